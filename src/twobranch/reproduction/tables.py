"""The document as tables of words: what Markdown and HTML both print, so that neither says more than the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from twobranch.evaluation.rank_metrics import RECALLS
from twobranch.reproduction.paper import TAGS

Kind = Literal["ours", "failed", "published", "finding", "stage"]

_METRICS = {
    "rsum": "rsum",
    "i2t": "sum of the i2t recalls",
    "t2i": "sum of the t2i recalls",
    "i2t-minus-t2i": "i2t recalls minus t2i recalls",
    "within-view": "sum of the within-view recalls",
    "probe_accuracy": "accuracy of a fresh probe in percent, lower is better",
}


@dataclass(frozen=True)
class Line:
    """A line of a table.

    Attributes:
        kind: what it is; decides how it looks.
        label: first cell.
        detail: a second, softer line in the first cell.
        cells: the other cells; fewer than the table has columns where a remark takes their place.
        remark: text in the place of the cells that are not there.
        bar: where an interval begins and ends on the table's scale from 0 to 1, for a drawing of it.
    """

    kind: Kind
    label: str
    detail: str
    cells: tuple[str, ...]
    remark: str = ""
    bar: tuple[float, float] | None = None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: its heading.
        groups: headings over several columns, with the number of columns; the first is that of the labels.
        head: headings of the columns, the labels' first.
        lines: its lines.
        barred: number of the column beside which bars are drawn; -1 where there are none.
        centered: whether bars lie on both sides of zero.
    """

    title: str
    groups: tuple[tuple[str, int], ...]
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    barred: int
    centered: bool = False


def paper_tables(paper: Mapping[str, Any]) -> list[Table]:
    """The tables of a paper that have lines: retrieval, findings, stages, other systems.

    Args:
        paper: an item of `papers` in the document.
    """
    tables = [_retrieval(paper["rows"]), _findings(paper["findings"]), _stages(paper["stages"])]
    tables.append(_retrieval_table("Other systems, for orientation", map(_published_line, paper["context"])))
    return [table for table in tables if table.lines]


def header(document: Mapping[str, Any]) -> dict[str, str]:
    """What the numbers belong to, by name."""
    split, seconds = document["split"], document["seconds"]
    gallery = f"; {split['images']:,} images, {split['sentences']:,} sentences" if split["images"] else ""
    return {
        "command": document["command"],
        "corpus": f"fingerprint {document['corpus']}",
        "trained on": f"split train, fingerprint {document['train']['fingerprint']}",
        "measured on": f"split {split['name']}, fingerprint {split['fingerprint']}{gallery}",
        "seeds": ", ".join(map(str, document["seeds"])),
        "machine": f"threads {_list(document['threads'])}, device {_list(document['devices'])}",
        "twobranch": _list(document["versions"]),
        "time": f"training {duration(seconds['training'])}, evaluation {duration(seconds['evaluation'])}; "
        f"this command {duration(seconds['this_command'])}",
        "a row by itself": "twobranch train DATA --recipe ROW --set seed=SEED --out RUN",
    }


def how_to_read() -> list[str]:
    """What a reader must know before comparing numbers."""
    tags = "; ".join(f"[{tag}] {meaning}" for tag, meaning in TAGS.items())
    return [
        "Our rows: mean over the seeds on the val split. R@K is success at K in percent, ties count against the query. "
        "Where a recipe keeps its best epoch, the val split chose it, which flatters the row.",
        "95 %: bootstrap over images of the mean over seeds. ±: standard deviation of rsum over the seeds. "
        "Within: R@1 of a sentence that looks for another sentence of its image; a scorer of pairs has none.",
        f"Published rows were measured on the data set and split beside them, with other image and text features and "
        f"mostly more training data: they are no targets for ours. A recall that no source gives is left out. {tags}.",
        "Findings: difference of two rows, seeds averaged, both on the same resamples of images; true if its 95 % "
        "interval lies on the claim's side, false if on the other, else undecided. The accuracy of a probe is compared "
        "over seeds (paired t-interval). The interval holds for these trainings; the difference of each seed shows "
        "what another training may give. Not corrected for the number of findings.",
    ]


def duration(seconds: float) -> str:
    """Seconds as a person reads them.

    Example:
        >>> duration(41.2), duration(754), duration(7260)
        ('41 s', '12 min 34 s', '2 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _retrieval(rows: Iterable[Mapping[str, Any]]) -> Table:
    rows = list(rows)
    intervals = [row["rsum_interval"] for row in rows if row["seeds"]]
    low, high = (min(i[0] for i in intervals), max(i[1] for i in intervals)) if intervals else (0.0, 1.0)
    lines: list[Line] = []
    for row in rows:
        if row["seeds"]:
            begin, end = ((value - low) / ((high - low) or 1.0) for value in row["rsum_interval"])
            lines.append(Line("ours", row["title"], row["recipe"], _measured(row), bar=(begin, end)))
        for message in dict.fromkeys(row["failures"].values()):
            seeds = ", ".join(seed for seed, other in row["failures"].items() if other == message)
            lines.append(Line("failed", row["title"], row["recipe"], (), f"seed {seeds} not trained: {message}"))
        lines += map(_published_line, row["published"])
    return _retrieval_table("Retrieval", lines)


def _retrieval_table(title: str, lines: Iterable[Line]) -> Table:
    groups = (("", 1), ("annotation (i2t)", 3), ("search (t2i)", 3), ("both", 3), ("within", 1), ("", 2))
    head = ("", *RECALLS, *RECALLS, "rsum", "95 %", "±", "R@1", "s a seed", "parameters")
    return Table(title, groups, head, tuple(lines), barred=8)


def _measured(row: Mapping[str, Any]) -> tuple[str, ...]:
    within, deviation = row["within_view"], row["rsum_deviation"]
    return (
        *(f"{row[way][key]:.1f}" for way in ("i2t", "t2i") for key in RECALLS),
        f"{row['rsum']:.1f}",
        _interval(row["rsum_interval"]),
        "" if deviation is None else f"{deviation:.1f}",
        "" if within is None else f"{within['R@1']:.1f}",
        f"{row['training_seconds']:.0f}",
        f"{row['parameters'] / 1e6:.2f} M",
    )


def _published_line(published: Mapping[str, Any]) -> Line:
    recalls = (published[way].get(key) for way in ("i2t", "t2i") for key in RECALLS)
    cells = ["" if value is None else f"{value:.1f}" for value in recalls]
    rsum = "" if published["rsum"] is None else f"{published['rsum']:.1f}"
    note = f"; {published['note']}" if published["note"] else ""
    source = f"source: {published['source']} [{published['tag']}]{note}"
    label = f"published, {published['dataset']}, {published['split']}"
    return Line("published", label, published["system"], (*cells, rsum), source)


def _findings(findings: Iterable[Mapping[str, Any]]) -> Table:
    findings = list(findings)
    reach: dict[str, float] = {}
    for finding in findings:
        ends = [abs(end) for end in finding["interval"] or (0.0,)]
        reach[finding["metric"]] = max(reach.get(finding["metric"], 0.0), *ends)
    head = ("", "favored", "other", "difference", "95 %", "each seed", "verdict")
    lines = tuple(_finding_line(finding, reach[finding["metric"]]) for finding in findings)
    return Table("Findings", (), head, lines, barred=4, centered=True)


def _finding_line(finding: Mapping[str, Any], reach: float) -> Line:
    tolerance = f" (a loss of less than {finding['tolerance']:g} counts as none)" if finding["tolerance"] else ""
    rows = f"{finding['better']} against {finding['worse']}, {_METRICS[finding['metric']]}{tolerance}"
    detail = f"{rows}. Source: {finding['source']}"
    if finding["verdict"] == "not tested":
        return Line("finding", finding["claim"], detail, (), f"not tested: {finding['why']}")
    interval = finding["interval"]
    cells = (
        f"{finding['better_value']:.1f}",
        f"{finding['worse_value']:.1f}",
        f"{finding['difference']:+.1f}",
        _interval(interval, sign=True) if interval else "one seed",
        ", ".join(f"{value:+.1f}" for value in finding["per_seed"]),
        finding["verdict"],
    )
    bar = None if not interval or not reach else (0.5 + interval[0] / reach / 2, 0.5 + interval[1] / reach / 2)
    return Line("finding", finding["claim"], detail, cells, bar=bar)


def _stages(stages: Iterable[Mapping[str, Any]]) -> Table:
    head = ("", "rsum", "classifier accuracy", "accuracy of a fresh probe", "95 %", "distance of the means")
    return Table("After each stage", (), head, tuple(map(_stage_line, stages)), barred=-1)


def _stage_line(stage: Mapping[str, Any]) -> Line:
    cells = []
    for name, digits in (("rsum", 1), ("classifier_accuracy", 1), ("probe_accuracy", 1), ("mean_distance", 2)):
        value, deviation = stage[name], stage[f"{name}_deviation"]
        spread = "" if deviation is None else f" ± {deviation:.{digits}f}"
        cells.append("" if value is None else f"{value:.{digits}f}{spread}")
    cells.insert(3, _interval(stage["probe_interval"]) if stage["probe_interval"] else "")
    return Line("stage", f"{stage['title']}: {stage['stage']}", stage["recipe"], tuple(cells))


def _interval(interval: Any, *, sign: bool = False) -> str:
    plus = "+" if sign else ""
    return f"{interval[0]:{plus}.1f} to {interval[1]:{plus}.1f}"


def _list(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values)) or "none"
