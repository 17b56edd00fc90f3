// The page: results as one pauses typing. Text from the index goes into the page as text only, never as HTML.
"use strict";

const PAUSE = 180; // milliseconds after the last key
const PAGE = 30;

const element = (id) => document.getElementById(id);
const query = element("query"), where = element("where"), results = element("results"), status = element("status");
const viewer = element("viewer"), more = element("more"), picture = element("picture");

const HINT = "Write what the picture shows; or choose, paste or drop a picture to find others like it.";

let empty = false;
let state = { q: "", like: "", where: "", file: null, k: PAGE };
let hits = [], shown = -1, pending = null, timer = 0;

function make(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const pathOf = (kind, id) => `${kind}/${id.split("/").map(encodeURIComponent).join("/")}`;
const percent = (p) => (p >= 0.995 ? "> 99 %" : p < 0.01 ? "< 1 %" : `${Math.round(p * 100)} %`);
const count = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

// The address bar holds the query, so that a search can be kept and shared.
function address() {
  const parts = new URLSearchParams();
  if (state.q) parts.set("q", state.q);
  if (state.like) parts.set("like", state.like);
  if (state.where) parts.set("where", state.where);
  return parts.size ? `?${parts}` : location.pathname;
}

function readAddress() {
  const parts = new URLSearchParams(location.search);
  state = { q: parts.get("q") ?? "", like: parts.get("like") ?? "", where: parts.get("where") ?? "", file: null, k: PAGE };
  query.value = state.q;
  where.value = state.where;
  element("filter").open = Boolean(state.where);
}

function change(changes, keep = false) {
  state = { ...state, k: PAGE, ...changes };
  history[keep ? "pushState" : "replaceState"](null, "", address());
  search();
}

async function ask() {
  const filter = state.where ? { where: state.where } : {};
  const options = { signal: pending.signal };
  if (state.file) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ k: state.k, ...filter })) body.append(name, value);
    body.append("image", state.file);
    return fetch("search", { ...options, method: "POST", body });
  }
  const what = state.like ? { like: state.like } : { query: state.q };
  return fetch(`search?${new URLSearchParams({ ...what, k: state.k, ...filter })}`, options);
}

async function search() {
  pending?.abort();
  showPicture();
  document.title = state.q ? `${state.q} – twobranch` : "twobranch";
  if (!state.q.trim() && !state.like && !state.file) return clear();
  const mine = (pending = new AbortController());
  results.classList.add("stale");
  const started = performance.now();
  try {
    const answer = await ask();
    const document = await answer.json();
    if (mine !== pending) return;
    if (!answer.ok) return fail(document.detail);
    show(document, performance.now() - started);
  } catch (error) {
    if (error.name !== "AbortError") fail("The server does not answer.");
  }
}

function clear() {
  hits = [];
  results.replaceChildren();
  results.classList.remove("stale");
  more.hidden = true;
  say(empty ? "The index holds no images." : HINT, "hint");
}

function fail(message) {
  clear();
  say(message, "error");
}

function say(text, kind = "", strong = "") {
  status.className = kind;
  status.replaceChildren(...(strong ? [make("b", { textContent: strong }), " "] : []), text);
}

function show(document, milliseconds) {
  hits = document.results;
  const doubtful = document.any_match !== null && document.any_match < 0.5;
  results.classList.remove("stale");
  results.classList.toggle("dim", doubtful);
  results.replaceChildren(...hits.map(tile));
  const among = count(document.candidates, "image");
  if (!hits.length) say(state.where ? "No image passes the filter." : "", "none", "No good match.");
  else if (doubtful) say(`${percent(document.any_match)} that any of ${among} shows this. The nearest:`, "none", "Perhaps no good match.");
  else say(`${among} in ${Math.round(milliseconds)} ms`);
  more.hidden = hits.length < state.k || hits.length >= document.candidates || state.k >= 990;
}

function tile(hit, position) {
  const image = make("img", { src: pathOf("thumbnails", hit.id), alt: hit.id, loading: position < PAGE ? "eager" : "lazy" });
  const button = make("button", { type: "button", className: "hit", title: hit.id }, [image]);
  button.style.setProperty("--ratio", Math.min(2.4, Math.max(0.5, hit.width / hit.height)));
  if (hit.probability !== null) {
    const bar = make("progress", { max: 1, value: hit.probability });
    bar.setAttribute("aria-label", "probability");
    button.append(make("span", { className: "bar" }, [bar, percent(hit.probability)]));
  }
  button.addEventListener("click", () => view(position));
  return button;
}

function view(position) {
  if (position < 0 || position >= hits.length) return;
  shown = position;
  const hit = hits[position];
  const image = viewer.querySelector(".stage img");
  image.onerror = () => { image.onerror = null; image.src = pathOf("thumbnails", hit.id); };
  image.src = pathOf("images", hit.id);
  image.alt = hit.id;
  viewer.querySelector("h2").textContent = hit.id;
  const chance = hit.probability === null ? "" : `${percent(hit.probability)} that it matches, `;
  viewer.querySelector(".chance").textContent = `${chance}score ${hit.score.toFixed(3)}`;
  const facts = [["size", `${hit.width} × ${hit.height}`], ...Object.entries(hit.metadata).filter(([, value]) => value !== null)];
  viewer.querySelector("dl").replaceChildren(
    ...facts.flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: String(value) })]));
  viewer.querySelector(".actions a").href = pathOf("images", hit.id);
  if (!viewer.open) viewer.showModal();
}

function showPicture() {
  const image = picture.querySelector("img");
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  picture.hidden = !state.file && !state.like;
  if (state.file) image.src = URL.createObjectURL(state.file);
  else if (state.like) image.src = pathOf("thumbnails", state.like);
  else image.removeAttribute("src");
  query.placeholder = picture.hidden ? "What does the picture show?" : "Pictures like this one";
}

function usePicture(file) {
  if (!file?.type.startsWith("image/")) return;
  query.value = "";
  change({ q: "", like: "", file }, true);
}

function typed() {
  clearTimeout(timer);
  timer = setTimeout(() => change({ q: query.value, where: where.value.trim(), ...(query.value ? { like: "", file: null } : {}) }), PAUSE);
}

query.addEventListener("input", typed);
where.addEventListener("change", typed);
element("search").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  change({ q: query.value, where: where.value.trim(), ...(query.value ? { like: "", file: null } : {}) }, true);
});
element("file").addEventListener("change", (event) => usePicture(event.target.files[0]));
element("drop-picture").addEventListener("click", () => { element("file").value = ""; change({ like: "", file: null }, true); query.focus(); });
more.addEventListener("click", () => { state.k += PAGE; search(); });
element("like").addEventListener("click", () => {
  viewer.close();
  query.value = "";
  change({ q: "", file: null, like: hits[shown].id }, true);
  scrollTo({ top: 0 });
});
viewer.querySelector(".close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") view(shown + 1);
  if (event.key === "ArrowLeft") view(shown - 1);
});
addEventListener("popstate", () => { readAddress(); search(); });
addEventListener("keydown", (event) => {
  if (event.key === "/" && !viewer.open && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    query.focus();
  }
});
addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) { event.preventDefault(); usePicture(file); }
});
addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  element("dropping").hidden = false;
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) element("dropping").hidden = true; });
addEventListener("drop", (event) => {
  event.preventDefault();
  element("dropping").hidden = true;
  usePicture(event.dataTransfer.files[0]);
});

readAddress();
search();
fetch("about").then((answer) => answer.json()).then((about) => {
  empty = about.images === 0;
  if (empty) clear();
  element("about").textContent = `${about.name} · ${count(about.images, "image")}`;
  element("columns").textContent = `An SQL condition. Columns: ${about.columns.join(", ")}`;
}).catch(() => {});
