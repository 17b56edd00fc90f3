"""`twobranch embed`: embeddings of pictures and sentences, for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.cli.options import Cache, Columns, Device, Format, Images, SkipBadRows, Threads, parse_columns
from twobranch.errors import TwobranchError, nearest
from twobranch.files import atomic_path
from twobranch.progress import log

if TYPE_CHECKING:
    import numpy as np

    from twobranch.matcher import Matcher

WHAT = ("images", "sentences", "both")


@dataclass
class _Embedded:
    """Embeddings of one kind: row i belongs to ids[i]."""

    kind: str
    ids: list[str]
    texts: list[str | None]
    rows: np.ndarray[Any, np.dtype[np.float32]]


def embed(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder of pictures, or images and sentences.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="FILE.parquet (id, kind, text, embedding), or FILE.npy with the ids in FILE.npy.ids.txt.",
            show_default=False,
        ),
    ],
    what: Annotated[
        str | None,
        typer.Option(
            "--what", metavar="NAME", help="images, sentences or both.", show_default="all there is; images for .npy"
        ),
    ] = None,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Write the embeddings of pictures and sentences: (N, D) float32, unit rows where MODEL compares by cosine."""
    from twobranch.matcher import Matcher
    from twobranch.search.sources import find_images

    _check(out, what)
    reading = {"images": images, "columns": parse_columns(columns), "format": format, "skip_bad_rows": skip_bad_rows}
    source = find_images(data, **reading)  # type: ignore[arg-type]
    texts = _sentences(data, reading, required=what in ("sentences", "both"))
    if what is None:
        what = "images" if out.suffix == ".npy" or not texts else "both"
    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    parts = []
    if what != "sentences":
        parts.append(_images(matcher, {image.id: image.path for image in source.images.values()}, source.problems))
    if what != "images":
        parts.append(
            _Embedded("sentence", list(texts), list(texts.values()), matcher.encode_sentences(list(texts.values())))
        )
    _write_npy(parts[0], out) if out.suffix == ".npy" else _write_parquet(parts, out)
    log.info("%s: %s, D = %d", out, ", ".join(f"{len(part.ids):,} {part.kind}s" for part in parts), matcher.dim)


def _check(out: Path, what: str | None) -> None:
    if out.suffix not in (".npy", ".parquet"):
        raise TwobranchError("--out", "must end in .npy or .parquet", found=out.name, remedy="Name the file so.")
    if what is not None and what not in WHAT:
        raise TwobranchError("--what", "must be known", found=repr(what), remedy=nearest(what, list(WHAT)))
    if what == "both" and out.suffix == ".npy":
        raise TwobranchError(
            "--out", "one .npy holds one kind", found="--what both", remedy="Write a .parquet, or two files."
        )


def _sentences(data: Path, reading: dict[str, Any], *, required: bool) -> dict[str, str]:
    """Sentences by id; none where the data is a plain folder of pictures."""
    from twobranch.corpus import read_corpus

    try:
        corpus = read_corpus(data, **reading)
    except TwobranchError:
        if required or not data.is_dir():
            raise
        return {}
    return dict(zip(corpus.sentences["id"].to_pylist(), corpus.sentence_texts, strict=True))


def _images(matcher: Matcher, paths: dict[str, str], problems: dict[str, str]) -> _Embedded:
    rows, failed = matcher.try_encode_images(list(paths.values()))
    ids = list(paths)
    failures = {**problems, **{ids[row]: message for row, message in failed.items()}}
    for image_id, message in failures.items():
        log.warning("%s is left out: %s", image_id, message)
    good = [row for row in range(len(ids)) if row not in failed]
    if not good:
        raise TwobranchError("images", "one must be readable", found="none", remedy="Name other files.")
    return _Embedded("image", [ids[row] for row in good], [None] * len(good), rows[good])


def _write_npy(part: _Embedded, out: Path) -> None:
    import numpy as np

    with atomic_path(out.with_name(out.name + ".ids.txt")) as temporary:
        temporary.write_text("".join(f"{one}\n" for one in part.ids), encoding="utf-8")
    with atomic_path(out) as temporary, temporary.open("wb") as stream:
        np.save(stream, part.rows)


def _write_parquet(parts: list[_Embedded], out: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    tables = [
        pa.table(
            {
                "id": pa.array(part.ids, pa.string()),
                "kind": pa.array([part.kind] * len(part.ids), pa.string()),
                "text": pa.array(part.texts, pa.string()),
                "embedding": pa.FixedSizeListArray.from_arrays(pa.array(part.rows.ravel()), part.rows.shape[1]),
            }
        )
        for part in parts
    ]
    with atomic_path(out) as temporary:
        parquet.write_table(pa.concat_tables(tables), temporary)
