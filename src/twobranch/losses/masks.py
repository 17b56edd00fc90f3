"""What a batch knows of the relation between its images and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class GroupMasks:
    """The relations of a batch whose images and sentences match where they share a group.

    Each is computed when a loss first asks for it. A sentence whose very words also describe an image of another group
    is ignored for that image: it is true of it, although nobody wrote it there.

    Attributes:
        image_groups: (B,) int64, equal codes match.
        sentence_groups: (C,) int64, of the same coding.
        text_codes: (C,) int64, equal codes are equal texts; None where texts are not compared.
    """

    image_groups: Tensor
    sentence_groups: Tensor
    text_codes: Tensor | None = None

    @cached_property
    def image_sentence(self) -> PairMask:
        """(B, C)."""
        match = _same(self.image_groups, self.sentence_groups)
        non_match = ~match
        if self._same_words is not None:
            # A sentence is ignored for the images of any sentence that has the same words.
            non_match &= (match.float() @ self._same_words.float()) == 0
        return PairMask(match, non_match)

    @cached_property
    def image_image(self) -> PairMask:
        """(B, B)."""
        match = _same(self.image_groups, self.image_groups)
        return PairMask(without_diagonal(match), ~match)

    @cached_property
    def sentence_sentence(self) -> PairMask:
        """(C, C)."""
        match = _same(self.sentence_groups, self.sentence_groups)
        non_match = ~match
        if self._same_words is not None:
            non_match &= ~self._same_words
        return PairMask(without_diagonal(match), non_match)

    @cached_property
    def _same_words(self) -> Tensor | None:
        """(C, C), equal words in other groups; None where there are none, which is soon seen."""
        texts = self.text_codes
        if texts is None or len(torch.unique(texts)) == len(texts):
            return None
        same = _same(texts, texts) & ~_same(self.sentence_groups, self.sentence_groups)
        return same if bool(same.any()) else None


def masks_of_groups(image_groups: Tensor, sentence_groups: Tensor, text_codes: Tensor | None = None) -> GroupMasks:
    """The masks of a batch whose relation is a group id; see `GroupMasks`.

    Example:
        >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 0, 1]))
        >>> masks.image_sentence.match.int().tolist()
        [[1, 1, 0], [0, 0, 1]]
        >>> masks.sentence_sentence.match.int().tolist()
        [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    return GroupMasks(image_groups, sentence_groups, text_codes)


def _same(rows: Tensor, columns: Tensor) -> Tensor:
    return rows[:, None] == columns[None, :]


def without_diagonal(mask: Tensor) -> Tensor:
    """A mask (R, R) in which no item is paired with itself."""
    return mask & ~torch.eye(len(mask), dtype=torch.bool, device=mask.device)
