"""`twobranch ground`: where in a picture a phrase is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.cli.options import Cache, Device, Json, Threads
from twobranch.cli.output import write_document
from twobranch.errors import TwobranchError
from twobranch.progress import log

if TYPE_CHECKING:
    from twobranch.matcher import Matcher
    from twobranch.matcher.grounding import Grounding
    from twobranch.regions.noun_phrases import Phrase

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def ground(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture.", show_default=False)],
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A phrase, or a sentence with several.", show_default=False)
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="Boxes per phrase.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Draw the boxes into a copy of the picture.", show_default=False),
    ] = None,
    as_phrase: Annotated[
        bool, typer.Option("--as-phrase", help="Take TEXT as one phrase instead of looking for noun phrases in it.")
    ] = False,
    proposals: Annotated[
        str | None,
        typer.Option(
            "--proposals",
            metavar="NAME",
            help="Where regions come from: selective-search, edge-boxes, whole, or a part of the matcher's own, such as"
            " centers, which is fast.",
            show_default="those of the matcher",
        ),
    ] = None,
    as_json: Json = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Find boxes in IMAGE for a phrase, or for every noun phrase of a sentence."""
    if out is not None and out.suffix.lower() not in PICTURES:
        raise TwobranchError(
            "--out", f"the picture is written as one of {', '.join(PICTURES)}", found=out.name, remedy="Rename it."
        )
    from twobranch.matcher import Matcher
    from twobranch.matcher.grounding import ground as ground_phrases
    from twobranch.matcher.grounding import proposer_of
    from twobranch.regions.noun_phrases import Phrase, noun_phrases

    if not text.strip():
        raise TwobranchError("TEXT", "must say something", found="nothing", remedy="Name what to look for.")
    phrases = [Phrase(text, 0, len(text))] if as_phrase else noun_phrases(text)
    if not phrases:
        raise TwobranchError("TEXT", "must hold a word", found=repr(text), remedy="Name what to look for.")
    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    if not matcher.matches_regions:
        log.warning(
            "this matcher was trained on whole pictures: each region is judged as if it were a picture, which is less"
            " precise than a recipe of regions (twobranch recipes list)"
        )
    proposer = None if proposals is None else proposer_of(matcher, proposals)
    found = ground_phrases(matcher, image, [phrase.text for phrase in phrases], k, proposer=proposer)
    if out is not None:
        draw(image, found, out)
        log.info("drawn: %s", out)
    if as_json:
        write_document(_document(matcher, image, text, phrases, found))
    else:
        _print(found)


def draw(image: Path, found: list[list[Grounding]], out: Path) -> None:
    """Write a copy of a picture with the boxes that were found.

    Args:
        image: the picture.
        found: the boxes of each phrase.
        out: a PNG, JPEG or WebP file.
    """
    from twobranch.features.decoding import decode_image
    from twobranch.files import atomic_path
    from twobranch.regions.drawing import DrawnBox, draw_boxes

    boxes = [DrawnBox(one.box, one.phrase, one.probability) for answers in found for one in answers]
    drawn = draw_boxes(decode_image(image), boxes)
    with atomic_path(out) as temporary:
        drawn.save(temporary, format={".png": "PNG", ".webp": "WEBP"}.get(out.suffix.lower(), "JPEG"))


def _document(
    matcher: Matcher, image: Path, text: str, phrases: list[Phrase], found: list[list[Grounding]]
) -> dict[str, Any]:
    from twobranch.features.decoding import image_size

    width, height = image_size(image)
    return {
        "model": matcher.identity,
        "trained_on": "regions" if matcher.matches_regions else "whole pictures",
        "image": str(image),
        "width": width,
        "height": height,
        "text": text,
        "phrases": [
            {
                "phrase": phrase.text,
                "start": phrase.start,
                "end": phrase.end,
                "boxes": [one.to_json() for one in answers],
            }
            for phrase, answers in zip(phrases, found, strict=True)
        ],
    }


def _print(found: list[list[Grounding]]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for answers in found:
        console.print(Text(answers[0].phrase, style="bold"))
        for one in answers:
            chance = f"{one.score:.3f}" if one.probability is None else f"{one.probability:4.0%}"
            box = " ".join(f"{side:7.1f}" for side in one.box)
            console.print(Text.assemble("  ", (chance, "green"), f"  {box}"))
