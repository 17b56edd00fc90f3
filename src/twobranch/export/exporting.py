"""Write a matcher as two networks, and check them before the folder takes its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError, nearest
from twobranch.export.checking import check_images, check_sentences, in_float32, tokens
from twobranch.export.description import REFERENCES, Files, describe
from twobranch.export.formats import FORMATS, Format, Tower
from twobranch.export.guide import guide
from twobranch.export.parity import Parity
from twobranch.export.readings import Reading, reading_of
from twobranch.export.samples import Samples
from twobranch.export.towers import ImageTower, Shown, image_tower, sentence_tower
from twobranch.files import atomic_path, write_json
from twobranch.matcher import Matcher
from twobranch.progress import log

DESCRIPTION, GUIDE = "export.json", "README.md"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: with all files.
        document: the content of `export.json`.
        images: the outcome of the check of the image tower.
        sentences: the same of the sentence tower.
    """

    folder: Path
    document: dict[str, Any]
    images: Parity
    sentences: Parity


def export_matcher(matcher: Matcher, format: str, out: Path, samples: Samples | None = None) -> Exported:
    """Write both towers of a matcher, the tokenizer, the references of its probabilities, and what a program must know.

    The written files are opened again and compared with the matcher in float32. A folder that does not pass is not
    left behind.

    Args:
        matcher: one that embeds whole pictures and sentences.
        format: a name of `FORMATS`.
        out: the folder; an earlier export in it is replaced.
        samples: what is compared; generated pictures and the encoder's own sentences if None.

    Raises:
        TwobranchError: if the matcher or one of its encoders cannot be exported, the folder holds something else, a
            package is missing, or a written tower computes something else.
    """
    if format not in FORMATS:
        raise TwobranchError("--format", "must be known", found=format, remedy=nearest(format, list(FORMATS)))
    written = FORMATS[format]
    written.require()
    _require_embeddings(matcher)
    _require_place(out)
    reading = reading_of(matcher.sentence_encoder)
    images = image_tower(matcher)
    with atomic_path(out) as folder:
        folder.mkdir()
        return _write(matcher, format, folder, out, reading, images, samples or Samples.generated())


def _write(
    matcher: Matcher, format: str, folder: Path, out: Path, reading: Reading, images: ImageTower, samples: Samples
) -> Exported:
    written = FORMATS[format]
    files = Files(f"image{written.suffix}", f"sentence{written.suffix}")
    log.info("writing both towers for %s", format)
    written.write(_image(matcher, images), folder)
    written.write(_sentence(matcher, reading), folder)
    reading.tokenizer.save(str(folder / files.tokenizer))
    log.info("checking them against the matcher")
    found = _checked(matcher, written, folder, files, reading, samples)
    parity = {"data": samples.source, **{side: one.to_json() for side, one in found.items()}}
    document = describe(matcher, format, files, parity)
    if matcher.calibration is not None:
        np.save(folder / REFERENCES["images"], matcher.calibration.reference_images, allow_pickle=False)
        np.save(folder / REFERENCES["sentences"], matcher.calibration.reference_sentences, allow_pickle=False)
    write_json(folder / DESCRIPTION, document)
    (folder / GUIDE).write_text(guide(document, found), encoding="utf-8")
    return Exported(out, document, found["images"], found["sentences"])


def _image(matcher: Matcher, tower: ImageTower) -> Tower:
    size, parts = matcher.image_encoder.size, len(Shown.of(matcher.views).parts)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (2, parts, size, size, 3), dtype=np.uint8)
    return Tower("image", tower, {"pixels": pixels}, {"pixels": (-1, parts, size, size, 3)})


def _sentence(matcher: Matcher, reading: Reading) -> Tower:
    example = tokens(reading.tokenizer, reading.probe[:2])
    return Tower("sentence", sentence_tower(matcher, reading), example, dict.fromkeys(example, (-1, -1)))


def _checked(
    matcher: Matcher, written: Format, folder: Path, files: Files, reading: Reading, samples: Samples
) -> dict[str, Parity]:
    reference, parts = in_float32(matcher), Shown.of(matcher.views).parts
    sentences = [*reading.probe, *samples.sentences]
    tower = written.load(folder / files.image)
    images = check_images(matcher, reference, tower, samples.pictures, parts)
    tower = written.load(folder / files.sentence)
    return {"images": images, "sentences": check_sentences(matcher, reference, tower, sentences, reading.tokenizer)}


def _require_embeddings(matcher: Matcher) -> None:
    if matcher.matches_regions or matcher.scores_pairs:
        found = "one of regions and phrases" if matcher.matches_regions else "one with a head that scores pairs"
        raise TwobranchError(
            "this matcher",
            "must embed whole pictures and sentences to be exported as two towers",
            found=found,
            remedy="Export a matcher whose recipe has neither model.regions nor model.head.",
        )


def _require_place(out: Path) -> None:
    if out.exists() and not (out / DESCRIPTION).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise TwobranchError(
            str(out),
            "an export goes into a new folder, an empty one, or over an earlier export",
            found="something else",
            remedy="Name another folder with --out.",
        )
