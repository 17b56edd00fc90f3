"""The style sheet of the report: light and dark, and fit for paper."""

CSS = """
:root { color-scheme: light dark; --paper: #fbfbfa; --card: #fff; --ink: #1c2024; --soft: #60646c; --line: #e3e4e8;
  --good: #18794e; --good-soft: #e6f6eb; --bad: #b4232f; --series-1: #2a6fdb; --series-2: #d9730d; --series-3: #18945f;
  --series-4: #9a4bc9; --series-5: #c2306f; --series-6: #7a7f2a; }
@media (prefers-color-scheme: dark) { :root { --paper: #111315; --card: #191b1f; --ink: #edeef0; --soft: #a0a5ad;
  --line: #2e3238; --good: #4cc38a; --good-soft: #14301f; --bad: #ff8b8b; --series-1: #70a8ff; --series-2: #ff9f4a;
  --series-3: #4cc38a; --series-4: #c99bf0; --series-5: #f58ab8; --series-6: #c8cd6a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto,
  "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .8rem; } h3 { font-size: 1rem; margin: 1.6rem 0 .6rem; }
p { margin: .4rem 0 .8rem; max-width: 46rem; } .soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin: 1.6rem 0 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1.1rem; }
.card b { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
.card b span { font-size: .95rem; font-weight: 400; color: var(--soft); }
.card small { color: var(--soft); display: block; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); font-size: .86rem; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody th { padding-top: 1.1rem; color: var(--ink); font-size: .95rem; }
.up { color: var(--good); } .down { color: var(--bad); }
.range { width: 9rem; } .range i { display: block; position: relative; height: 6px; border-radius: 3px;
  background: var(--line); }
.range i i { position: absolute; background: var(--series-1); min-width: 3px; }
.range b { position: absolute; top: -4px; height: 14px; border-left: 2px solid var(--soft); }
.contents { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 1rem 0 0; font-size: .92rem; }
.contents a { color: var(--series-1); text-decoration: none; } .contents a:hover { text-decoration: underline; }
.slices { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .4rem 2.4rem; }
.slices th, .slices td { padding: .3rem .45rem; font-size: .88rem; } .slices .range { width: 6rem; }
.dense th, .dense td { padding: .34rem .5rem; font-size: .9rem; } .dense thead th { white-space: normal; }
td.wrap { white-space: normal; overflow-wrap: anywhere; min-width: 5.5rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } .plots figure { flex: 1 1 20rem; min-width: 0; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; }
figure svg { display: block; width: 100%; height: auto; margin: 0 auto; }
figcaption { color: var(--soft); font-size: .88rem; margin-top: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.4rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.query { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1.1rem;
  margin: 0 0 .8rem; break-inside: avoid; }
.query header { display: flex; gap: 1rem; justify-content: space-between; align-items: baseline; margin-bottom: .6rem; }
.query header span:first-child { font-weight: 600; overflow-wrap: anywhere; }
.rank { color: var(--soft); white-space: nowrap; font-size: .88rem; }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .7rem; }
.strip div { font-size: .78rem; color: var(--soft); word-break: break-all; line-height: 1.35; }
img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; background: var(--line);
  border-radius: 6px; margin-bottom: .3rem; }
.strip.wide { grid-template-columns: repeat(auto-fill, minmax(min(15rem, 45%), 1fr)); }
.match img { outline: 3px solid var(--good); outline-offset: -3px; }
.pair { display: grid; grid-template-columns: 11rem 1fr; gap: 1.1rem; align-items: start; }
ol { margin: 0; padding: 0 0 0 1.6rem; } li { padding: .12rem .4rem; border-radius: 5px; }
.wanted { opacity: .85; } .strip .wanted img { outline: 2px dashed var(--good); outline-offset: -2px; }
li.wanted { border-top: 1px dashed var(--line); margin-top: .3rem; padding-top: .3rem; color: var(--good); }
li.match { background: var(--good-soft); } .tick { color: var(--good); font-weight: 700; }
.dense td:first-child { white-space: normal; min-width: 9rem; } .card b { white-space: nowrap; }
@media (max-width: 34rem) { .pair { grid-template-columns: 1fr; } main { padding: 1.6rem .9rem 3rem; }
  .range { display: none; } th, td { padding: .38rem; }
  .slices th, .slices td { padding: .3rem .28rem; font-size: .8rem; }
  td.wrap { min-width: 3.6rem; } .query header { flex-direction: column; gap: .1rem; }
  .card { padding: .7rem .8rem; } .card b { font-size: 1.45rem; } .cards { gap: .6rem;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
  .strip { grid-template-columns: repeat(3, 1fr); gap: .5rem; } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --good: #18794e;
  --good-soft: #e6f6eb; --bad: #b4232f; --series-1: #2a6fdb; --series-2: #d9730d; --series-3: #18945f;
  --series-4: #9a4bc9; --series-5: #c2306f; --series-6: #7a7f2a; color-scheme: light; }
  main { max-width: none; padding: 0; } body { font-size: 9.5pt; print-color-adjust: exact; }
  .contents { display: none; } h2 { margin: 1.6rem 0 .5rem; } p { max-width: none; }
  h2, h3, h2 + p, tbody tr:has(th), .query header { break-after: avoid; }
  figure, .card, tr, .slices > * { break-inside: avoid; }
  th, td { padding: .2rem .5rem; } .table { overflow: visible; }
  .cards { grid-template-columns: repeat(auto-fit, minmax(6rem, 1fr)); gap: .5rem; margin-top: 1rem; }
  .card { padding: .5rem .7rem; } .card b { font-size: 1.25rem; } .card b span { font-size: .75rem; }
  .plots { gap: .6rem; } .plots figure { flex: 1 1 10rem; padding: .6rem; } figcaption { font-size: .8rem; }
  .slices { grid-template-columns: 1fr 1fr; gap: .2rem 1.2rem; } .slices > :only-child { grid-column: 1 / 3; }
  .slices th, .slices td { padding: .12rem .2rem; font-size: 7.5pt; } .slices .range { width: 3.4rem; }
  td.wrap { min-width: 3rem; }
  .dense th, .dense td { padding: .15rem .25rem; font-size: 8pt; }
  .query { padding: .5rem .7rem; } .strip { grid-template-columns: repeat(6, 1fr); gap: .4rem; }
  .strip.wide { grid-template-columns: repeat(3, 1fr); } .strip > div { break-inside: avoid; }
  .pair { grid-template-columns: 8rem 1fr; } @page { margin: 14mm; } }
"""
"""All of it; plots take their colors from `--series-1` and so on."""
