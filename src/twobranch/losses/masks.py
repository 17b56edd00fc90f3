"""What a batch knows of the relation between its images and sentences."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class PairMask(NamedTuple):
    """One entry per pair: match, non-match, or (where both are false) ignore.

    | field | shape, dtype | meaning |
    |---|---|---|
    | match | (R, C) bool | the pair is a positive |
    | non_match | (R, C) bool | the pair may serve as a negative |
    """

    match: Tensor
    non_match: Tensor

    def transposed(self) -> PairMask:
        """The same pairs seen from the other side, (C, R)."""
        return PairMask(self.match.T, self.non_match.T)


class Masks(Protocol):
    """The three relations of a batch of B images (or regions) and C sentences (or phrases).

    | relation | shape | meaning of a match |
    |---|---|---|
    | image_sentence | (B, C) | the sentence describes the image |
    | image_image | (B, B) | the two images are neighbors; the diagonal, an image with itself, is ignored |
    | sentence_sentence | (C, C) | the two sentences are neighbors; the diagonal is ignored |
    """

    @property
    def image_sentence(self) -> PairMask:
        """(B, C)."""
        ...

    @property
    def image_image(self) -> PairMask:
        """(B, B)."""
        ...

    @property
    def sentence_sentence(self) -> PairMask:
        """(C, C)."""
        ...


class GroupMasks(NamedTuple):
    """The relations of a batch whose images and sentences match where they share a group."""

    image_sentence: PairMask
    image_image: PairMask
    sentence_sentence: PairMask


def masks_of_groups(image_groups: Tensor, sentence_groups: Tensor, text_codes: Tensor | None = None) -> GroupMasks:
    """The masks of a batch whose relation is a group id.

    A sentence whose very words also describe an image of another group is ignored for that image: it is
    true of it, although nobody wrote it there.

    Args:
        image_groups: (B,) int64, equal codes match.
        sentence_groups: (C,) int64, of the same coding.
        text_codes: (C,) int64, equal codes are equal texts; None where texts are not compared.

    Example:
        >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 0, 1]))
        >>> masks.image_sentence.match.int().tolist()
        [[1, 1, 0], [0, 0, 1]]
        >>> masks.sentence_sentence.match.int().tolist()
        [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    image_sentence = _same(image_groups, sentence_groups)  # (B, C)
    image_image = _same(image_groups, image_groups)  # (B, B)
    sentence_sentence = _same(sentence_groups, sentence_groups)  # (C, C)
    sentence_non_match = ~sentence_sentence
    image_non_match = ~image_sentence
    if text_codes is not None:
        same_text = _same(text_codes, text_codes) & sentence_non_match  # (C, C): equal words, other group
        if bool(same_text.any()):
            sentence_non_match &= ~same_text
            # A sentence is ignored for the images of any sentence that has the same words.
            image_non_match &= (image_sentence.float() @ same_text.float()) == 0
    return GroupMasks(
        PairMask(image_sentence, image_non_match),
        PairMask(without_diagonal(image_image), ~image_image),
        PairMask(without_diagonal(sentence_sentence), sentence_non_match),
    )


def _same(rows: Tensor, columns: Tensor) -> Tensor:
    return rows[:, None] == columns[None, :]


def without_diagonal(mask: Tensor) -> Tensor:
    """A mask (R, R) in which no item is paired with itself."""
    return mask & ~torch.eye(len(mask), dtype=torch.bool, device=mask.device)
