"""The model card: what a matcher is, how good it was measured to be, and what it must not be taken for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

NAMES = {"i2t": "image to sentence (annotate)", "t2i": "sentence to image (search)"}

LANGUAGES = {"en": "English", "und": "not stated by the checkpoint"}
"""Names of language codes; a code without a name is shown as it is."""


def model_card(document: dict[str, Any]) -> str:
    """The Markdown text of a matcher folder's README.md, from its description."""
    architecture = document["architecture"]
    kind = OF_REGIONS if architecture.get("regions") else OF_PICTURES
    sections = [
        "# A twobranch matcher",
        kind.summary,
        "## Use",
        f"```\n{kind.commands}\n```",
        f'```python\nimport twobranch\n\nmatcher = twobranch.Matcher.load("THIS_FOLDER")\n{kind.call}\n```',
        "## What it is",
        _table(
            ("", ""),
            [
                ("recipe", f"`{document['recipe_name']}`"),
                ("embedding", f"{architecture['embedding']} dimensions, {architecture['similarity']} similarity"),
                ("image encoder", _encoder(document["image_encoder"])),
                ("views", ", ".join(architecture["image"]["views"])),
                ("sentence encoder", _encoder(document["sentence_encoder"])),
                ("trained with", f"twobranch {document['twobranch']}"),
                ("command", f"`{document.get('command') or 'twobranch.fit'}`"),
            ],
        ),
        "## Training corpus",
        _corpus(document["corpus"]),
        f"## {kind.task}",
        kind.metrics(document.get("metrics", {})) or "Not measured.",
        "## Probability",
        kind.probability(document.get("probability", {}))
        or "This matcher has no calibration, so it gives scores and no probabilities.",
        "## Limits",
        _limits(document),
        "## Licenses",
        f"Image encoder weights: {document['image_encoder']['license']}. "
        f"Sentence encoder weights: {document['sentence_encoder']['license']}. "
        "The trained branches carry whatever terms the training corpus imposes.",
    ]
    return "\n\n".join(sections) + "\n"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _encoder(encoder: dict[str, Any]) -> str:
    if encoder.get("output") == "tokens":
        return f"{encoder['name']}, {encoder['dim'] - 1:,} learned from the corpus, `{encoder['identity'][:16]}`"
    tuned = ", trained with the branches" if encoder.get("tuned") else ""
    return f"{encoder['name']}, {encoder['dim']} values, weights `{encoder['identity'][:16]}`{tuned}"


def _corpus(corpus: dict[str, Any]) -> str:
    rows = [
        (name, str(split["images"]), str(split["sentences"]), f"`{split['fingerprint']}`")
        for name, split in corpus.get("splits", {}).items()
    ]
    return f"Fingerprint `{corpus['fingerprint']}`.\n\n" + _table(("split", "images", "sentences", "fingerprint"), rows)


def _retrieval(metrics: dict[str, Any]) -> str:
    if not metrics:
        return ""
    rows = []
    for split, document in metrics.items():
        for direction, name in NAMES.items():
            values = document[direction]
            recalls = [_with_interval(values, key) for key in ("R@1", "R@5", "R@10")]
            rows.append((split, name, *recalls, str(values["MedR"])))
    note = "Success at K in percent with 95 % bootstrap intervals over groups; ties count against the matcher. "
    return _table(("split", "direction", "R@1", "R@5", "R@10", "MedR"), rows) + "\n\n" + note + _chosen(metrics)


def _localization(metrics: dict[str, Any]) -> str:
    return "\n\n".join(_localized(split, document) for split, document in metrics.items()) + _chosen(metrics)


def _localized(split: str, document: dict[str, Any]) -> str:
    rows = [
        (name, f"{values['phrases']:,}", *(_with_interval(values, key) for key in ("R@1", "R@5", "R@10")))
        for name, values in {"all": document, **document["by_type"]}.items()
    ]
    rows += [
        (f"the {name} as the answer", f"{document['phrases']:,}", _with_interval(values, "R@1"), "", "")
        for name, values in document["baselines"].items()
    ]
    note = (
        f"A box is right from an IoU of {document['iou']} with the {document['ground_truth']} of a phrase's boxes."
        f" Among at most {document['proposals']} proposals, {document['upper_bound']:.1f} % of the phrases have a right"
        " one."
        " Success at K in percent with 95 % bootstrap intervals over images; ties count against the matcher. "
    )
    return _table((f"split {split}, phrases", "count", "R@1", "R@5", "R@10"), rows) + f"\n\n{note}"


def _chosen(metrics: dict[str, Any]) -> str:
    return "The val split also chose the epoch, so its figures flatter." if "val" in metrics else ""


def _with_interval(values: dict[str, Any], key: str) -> str:
    interval = values.get("interval", {}).get(key)
    shown = f"{values[key]:.1f}"
    return f"{shown} ({interval[0]:.1f} to {interval[1]:.1f})" if interval else shown


def _of_boxes(report: dict[str, Any]) -> str:
    if not report:
        return ""
    rows = [_judged(report["first_box"])]
    return "That the first box of a phrase is right, cross-fitted by image on the validation split.\n\n" + _table(
        ("AUROC", "Brier score", "of a constant", "calibration error"), rows
    )


def _of_pairs(report: dict[str, Any]) -> str:
    if not report:
        return ""
    pairs = [(NAMES[way], *_judged(report[way]["pairs"])) for way in NAMES]
    any_match = [
        (NAMES[way], size, *_judged(metrics)) for way in NAMES for size, metrics in report[way]["any_match"].items()
    ]
    columns = ("AUROC", "Brier score", "of a constant", "calibration error")
    return (
        "Cross-fitted by group on the validation split: of a pair that it matches,\n\n"
        + _table(("direction", *columns), pairs)
        + "\n\nand of a gallery that it holds a match of the query (half of them do; in the others it was removed):\n\n"
        + _table(("direction", "gallery", *columns), any_match)
    )


def _judged(metrics: dict[str, Any]) -> tuple[str, str, str, str]:
    auroc = "none" if metrics["auroc"] is None else f"{metrics['auroc']:.3f}"
    return auroc, f"{metrics['brier']:.5f}", f"{metrics['brier_constant']:.5f}", f"{metrics['calibration_error']:.4f}"


def _limits(document: dict[str, Any]) -> str:
    sentence = document["sentence_encoder"]
    codes = sentence.get("languages", [])
    languages = ", ".join(LANGUAGES.get(code, code) for code in codes) or "those of the training sentences"
    lines = [
        f"- Languages of the sentences: {languages}.",
        "- It knows what its corpus describes; pictures and words of another domain are matched by what its "
        "encoders make of them.",
        "- Probabilities hold for queries and galleries like those of the validation split, at the prior that is shown "
        "with them.",
        "- It does not recognize persons, and it repeats the biases of its sentences.",
    ]
    if sentence["name"] == "minilm":
        lines.append(
            "- MiniLM's public training data contains the captions of Flickr30k and COCO: results on those corpora "
            "(and on Flickr8k, most of whose images are in Flickr30k) are not those of an encoder that never saw them."
        )
    return "\n".join(lines)


class Kind(NamedTuple):
    """What a card says of one kind of matcher."""

    summary: str
    commands: str
    call: str
    task: str
    metrics: Callable[[dict[str, Any]], str]
    probability: Callable[[dict[str, Any]], str]


OF_PICTURES = Kind(
    "It puts pictures and sentences into one space: search pictures by sentence, annotate pictures with sentences.",
    'twobranch index THIS_FOLDER photos/ --out photos.index\ntwobranch search photos.index "two dogs run through snow"',
    'matcher.score(["photo.jpg"], ["two dogs run through snow"])',
    "Retrieval",
    _retrieval,
    _of_pairs,
)
OF_REGIONS = Kind(
    "It matches regions of pictures with phrases: where in a picture is what a phrase names?",
    'twobranch ground THIS_FOLDER photo.jpg "two dogs run through snow" --out found.png',
    'matcher.ground("photo.jpg", "two dogs")',
    "Localization",
    _localization,
    _of_boxes,
)
