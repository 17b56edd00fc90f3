"""What the doctor finds in the splits of a corpus: splits that are not there, and too little data."""

from __future__ import annotations

from collections.abc import Iterator

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.findings import Case, Finding, finding
from twobranch.corpus.splits import TEST, TRAIN, VAL

SMALL = 1000
"""Training images below which results are weak."""

SMALL_MEASURED = 100
"""Images of val or test below which what is measured on them is uncertain by more than ten points."""

EXPECTED = ((100, 19), (300, 32), (1000, 47), (3000, 60), (6000, 68))
"""Training images, and percent of the sentences of 1,000 other photographs whose image is then among the first ten of
these 1,000: the recipe `default` on parts of Flickr8k (docs/results.md, how much data)."""


def split_findings(corpus: Corpus) -> Iterator[Finding]:
    """Splits that are not there, images that are in none, and splits that are small."""
    absent = [name for name in (TRAIN, VAL, TEST) if name not in corpus.split_names]
    if TRAIN in absent:
        yield Finding("no-train-split", "error", "no image is in the split train, so there is nothing to train on")
    if VAL in absent:
        yield Finding("no-val-split", "warning", "no image is in the split val, by which the best model is chosen")
    if TEST in absent:
        yield Finding("no-test-split", "note", "no image is in the split test; results can be measured on val")
    unsplit = corpus.images.filter(corpus.images.column("split").is_null()).column("id").to_pylist()
    message = "images in no split: {n}; they are not used"
    yield from finding("images-in-no-split", "note", message, [Case(id, (id,)) for id in unsplit])
    sizes = {name: corpus.split(name).images.num_rows for name in (TRAIN, VAL, TEST) if name not in absent}
    cases = [Case(f"{name}: {size:,} images; {_expectation(name, size)}") for name, size in sizes.items()
             if size < (SMALL if name == TRAIN else SMALL_MEASURED)]  # fmt: skip
    yield from finding("small-corpus", "warning", "splits with too little data: {n}", cases)


def _expectation(split: str, size: int) -> str:
    """What a small split means for the results."""
    if split != TRAIN:
        return f"a percentage measured on them is uncertain by up to {min(98 / size**0.5, 100):.0f} points"
    steps = ", ".join(f"{percent} % after {images:,}" for images, percent in EXPECTED)
    return (
        "expect weak results: of 1,000 photographs of Flickr8k, the recipe default has the right one among its first "
        f"ten for this share of the sentences, by the number of training images: {steps}"
    )
