"""Sentence encoders out of checkpoints of other projects: what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.encoder import identity_of
from twobranch.features.network import Batch, Network
from twobranch.features.network_sentences import NetworkSentences, Tokenize, padded
from twobranch.features.probe_sentences import PROBE_SENTENCES

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from twobranch.features.token_network import TokenNetwork


def external_sentences(
    name: str,
    license: str,
    languages: tuple[str, ...],
    files: dict[str, str],
    reading: dict[str, Any],
    tokenize: Tokenize,
    build: Callable[[], TokenNetwork],
    *,
    dim: int,
    unit: bool = False,
    portable: Callable[[], Tokenizer] | None = None,
    **place: Any,
) -> NetworkSentences:
    """Make a sentence encoder.

    Args:
        name: of the encoder: library and kind of network.
        license: of its weights.
        languages: codes of the languages that it understands.
        files: SHA-256 of all files that decide its features.
        reading: what else decides how a sentence is read.
        tokenize: from sentences to token ids.
        build: makes the network with its weights.
        dim: length F of a feature.
        unit: whether features are scaled to length 1.
        portable: makes the same tokenizer as the library tokenizers has it; None if it is none.
        **place: device, threads and cache, and the adapters that a stage may train.
    """
    network = Network(
        name=name,
        identity=identity_of(name=name, files=files, reading=reading),
        build=lambda: build().float().eval(),
        inputs=((-1, -1), (-1, -1)),
        outputs=("vector",),
        probe=lambda: _probe(tokenize(PROBE_SENTENCES)),
    )
    return NetworkSentences(
        network, license, tokenize=tokenize, dim=dim, languages=languages, unit=unit, portable=portable, **place
    )


def _probe(tokens: Sequence[Sequence[int]]) -> list[Batch]:
    """Batches of long and short sentences: a mask of nothing but ones could be left out of a converted network."""
    batches: list[Batch] = [padded(tokens[k : k + 4]) for k in range(0, len(tokens), 4)]
    return [*batches, padded(tokens[:1]), padded(tokens[2:3])]


def languages_of(folder: CheckpointFolder) -> tuple[str, ...]:
    """The languages that a checkpoint's model card states; "und" (undetermined) where it states none."""
    stated = folder.about("language")
    return tuple(stated.split(", ")) if stated else ("und",)
