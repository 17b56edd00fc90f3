"""What `export.json` says: all that a program must know to embed pictures and sentences, and to judge their scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import twobranch
from twobranch.export.towers import Shown
from twobranch.features.views import CROP, DECODED_PER_PIXEL, shown_part
from twobranch.matcher import Matcher
from twobranch.matcher.calibration import BEST

VERSION = 1
"""Raised when an earlier reader could no longer use the folder."""

REFERENCES = {"images": "reference_images.npy", "sentences": "reference_sentences.npy"}
"""Embeddings of training images and sentences against which a score is judged."""

PIXELS = (
    "decode the file; a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size while both sides stay at least decode_side"
    " (Pillow: draft(None, (decode_side, decode_side)))",
    "take the first frame; gray of more than 8 bits is scaled to 0..255",
    "turn it upright, as its EXIF orientation says",
    "put what is transparent on white; convert to RGB",
    "for each box of parts, in shares of width and height: resize that part to size x size without keeping its"
    " proportions (Pillow: resize((size, size), BICUBIC, box=..., reducing_gap=3.0))",
    "stack to uint8 (items, parts, size, size, 3); mirroring, normalization and the mean over views are in the network",
)
TOKENS = (
    "tokenize with tokenizer.json (library tokenizers: encode_batch), which cuts and fills",
    "ids and attention mask as int64 (items, tokens): 1 for a token, 0 for filling",
)
PROBABILITY = (
    "score = image . sentence",
    "best(sentence) = mean of its `best` largest scores with the reference images; best(image) likewise with sentences",
    "ratio = intercept + score * s + image_gap * (s - best(image)) + sentence_gap * (s - best(sentence)), s the score",
    "pair judges a pair on its own, t2i the images of a sentence, i2t the sentences of an image",
    "probability = 1 / (1 + exp(-(ratio + log(prior / (1 - prior)))))",
)


@dataclass(frozen=True)
class Files:
    """Names of the files of both towers."""

    image: str
    sentence: str
    tokenizer: str = "tokenizer.json"


def describe(matcher: Matcher, format: str, files: Files, parity: dict[str, Any]) -> dict[str, Any]:
    """The document of a folder.

    Args:
        matcher: what was exported.
        format: name of the format.
        files: what was written.
        parity: the outcome of the check, by side.
    """
    return {
        "export": VERSION,
        "twobranch": twobranch.__version__,
        "format": format,
        "matcher": {
            "identity": matcher.identity,
            "recipe": matcher.recipe_name,
            "corpus": matcher.corpus_fingerprint,
        },
        "dim": matcher.dim,
        "similarity": matcher.similarity,
        "images": _images(matcher, files.image),
        "sentences": _sentences(matcher, files),
        "probability": _probability(matcher),
        "parity": parity,
    }


def _images(matcher: Matcher, file: str) -> dict[str, Any]:
    encoder = matcher.image_encoder
    shown = Shown.of(matcher.views)
    return {
        "network": file,
        "encoder": encoder.name,
        "license": encoder.license,
        "input": "pixels",
        "size": encoder.size,
        "decode_side": math.ceil(DECODED_PER_PIXEL * encoder.size / CROP),
        "parts": [list(shown_part(part)) for part in shown.parts],
        "steps": list(PIXELS),
    }


def _sentences(matcher: Matcher, files: Files) -> dict[str, Any]:
    encoder = matcher.sentence_encoder
    return {
        "network": files.sentence,
        "tokenizer": files.tokenizer,
        "encoder": encoder.name,
        "license": encoder.license,
        "languages": list(encoder.languages),
        "inputs": ["ids", "mask"],
        "steps": list(TOKENS),
    }


def _probability(matcher: Matcher) -> dict[str, Any] | None:
    if matcher.calibration is None:
        return None
    return {
        "evidences": matcher.calibration.evidences.model_dump(mode="json"),
        "references": REFERENCES,
        "best": BEST,
        "steps": list(PROBABILITY),
    }
