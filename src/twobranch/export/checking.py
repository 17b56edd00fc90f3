"""The check of the written towers: their own files, the written tokenizer, against the matcher in float32."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from twobranch.errors import TwobranchError
from twobranch.export.formats import Run
from twobranch.export.parity import TOLERANCE, Parity, largest_difference, smallest_cosine
from twobranch.features.decoding import ImageSource
from twobranch.features.network_encoder import NetworkEncoder
from twobranch.features.network_images import NetworkImages
from twobranch.features.network_sentences import NetworkSentences
from twobranch.features.views import image_views
from twobranch.matcher import Matcher

Floats = NDArray[np.float32]

PICTURES, SENTENCES = 8, 16
"""Items that a tower is given at a time; the last ones come alone, so that another number is tried, too."""


def in_float32(matcher: Matcher) -> Matcher:
    """The same matcher with its encoders run by torch in float32, and nothing cached or rounded."""
    images, sentences = matcher.image_encoder, matcher.sentence_encoder
    return replace(
        matcher,
        network=copy.deepcopy(matcher.network).cpu(),
        image_encoder=images.in_float32() if isinstance(images, NetworkImages) else images,
        sentence_encoder=sentences.in_float32() if isinstance(sentences, NetworkSentences) else sentences,
        cache=None,
    )


def check_images(
    matcher: Matcher, reference: Matcher, run: Run, pictures: Sequence[ImageSource], parts: Sequence[str]
) -> Parity:
    """Compare the image tower.

    Args:
        matcher: as it runs here.
        reference: the same in float32.
        run: the written tower.
        pictures: at least one that can be read.
        parts: the views that the tower is given.

    Raises:
        TwobranchError: if no picture can be read, or the tower differs.
    """
    expected, failures = reference.try_encode_images(pictures)
    good = [picture for row, picture in enumerate(pictures) if row not in failures]
    if not good:
        raise TwobranchError(
            "pictures for the check", "one must be readable", found=next(iter(failures.values()), "none"),
            remedy="Name other data with --data, or leave it out.",
        )  # fmt: skip
    expected = np.delete(expected, list(failures), 0)
    size = matcher.image_encoder.size
    found = _in_turns(
        good, PICTURES, lambda some: run({"pixels": np.stack([image_views(one, parts, size) for one in some])})
    )
    return _compared(found, expected, matcher.encode_images(good), matcher.image_encoder).require("image")


def check_sentences(
    matcher: Matcher, reference: Matcher, run: Run, sentences: Sequence[str], tokenizer: Tokenizer
) -> Parity:
    """Compare the sentence tower, tokenizer included.

    Args:
        matcher: as it runs here.
        reference: the same in float32.
        run: the written tower.
        sentences: at least one.
        tokenizer: that was written.

    Raises:
        TwobranchError: if the tower differs.
    """
    found = _in_turns(sentences, SENTENCES, lambda some: run(tokens(tokenizer, some)))
    # Not by encode_sentences, which rounds features to float16.
    expected = reference.embed_sentence_features(reference.sentence_encoder.encode(sentences))
    as_used = matcher.encode_sentences(sentences)
    return _compared(found, expected, as_used, matcher.sentence_encoder).require("sentence")


def tokens(tokenizer: Tokenizer, sentences: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """What a sentence tower takes of C sentences: ids and mask (C, T)."""
    encoded = tokenizer.encode_batch(list(sentences))
    ids, mask = ([getattr(one, name) for one in encoded] for name in ("ids", "attention_mask"))
    return {"ids": np.array(ids, np.int64), "mask": np.array(mask, np.int64)}


def _in_turns(items: Sequence[Any], most: int, run: Callable[[Sequence[Any]], Floats]) -> Floats:
    first = max(0, len(items) - 1)
    slices = [slice(start, min(start + most, first)) for start in range(0, first, most)]
    return np.concatenate([run(items[some]) for some in [*slices, slice(first, len(items))]])


def _compared(found: Floats, expected: Floats, as_used: Floats, encoder: Any) -> Parity:
    precision = encoder.engine.precision if isinstance(encoder, NetworkEncoder) else "f32"
    difference = largest_difference(found, expected)
    return Parity(len(expected), difference, TOLERANCE, smallest_cosine(found, as_used), precision)
