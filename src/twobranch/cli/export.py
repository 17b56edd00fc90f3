"""`twobranch export`: a matcher as two networks that run without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.cli.options import Columns, Images, Json, Threads, open_corpus
from twobranch.cli.output import write_document
from twobranch.progress import console

if TYPE_CHECKING:
    from twobranch.export import Exported, Samples


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="openvino or onnx.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="Pictures and sentences of your own for the check.",
            show_default="generated pictures, sentences of known words",
        ),
    ] = None,
    images: Images = None,
    columns: Columns = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Write both towers of MODEL with their preprocessing, checked against it, for programs without torch.

    DIR holds two networks, tokenizer.json, export.json with the exact steps and the calibration, and a README.md.
    """
    from twobranch.export import export_matcher
    from twobranch.matcher import Matcher

    matcher = Matcher.load(model, device="cpu", threads=threads)
    exported = export_matcher(matcher, format, out, _samples(data, images, columns))
    if as_json:
        write_document(exported.document)
    else:
        _print(exported)


def _samples(data: Path | None, images: Path | None, columns: str | None) -> Samples | None:
    from twobranch.export import Samples

    if data is None:
        return None
    corpus = open_corpus(data, images, columns, None, skip_bad_rows=False)
    return Samples.of(corpus.image_paths, corpus.sentence_texts, str(data))


def _print(exported: Exported) -> None:
    lines = [f"image tower: {exported.images.summary}", f"sentence tower: {exported.sentences.summary}"]
    size = sum(file.stat().st_size for file in exported.folder.iterdir()) / 1e6
    lines.append(f"{exported.folder}: {size:.0f} MB; README.md there says how to use it")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
