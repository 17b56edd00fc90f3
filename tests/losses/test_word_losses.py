"""The pull of word vectors, against plain loops."""

from __future__ import annotations

import pytest
import torch

from twobranch.losses import LOSSES, WordLoss, WordVectorPull
from twobranch.models.text import WordTable


def test_the_pull_is_the_mean_square_of_what_moved() -> None:
    now, start = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    expected = sum((now[i, j].item() - start[i, j].item()) ** 2 for i in range(4) for j in range(3)) / 12
    assert WordVectorPull()(now, start).item() == pytest.approx(expected)
    assert torch.autograd.gradcheck(lambda vectors: WordVectorPull()(vectors, start), now.requires_grad_())


def test_vectors_that_stand_still_are_not_pulled() -> None:
    table = WordTable(vocabulary=5, size=3, frozen=False)
    assert WordVectorPull()(table.weight, table.start).item() == 0


def test_every_loss_on_words_is_tested_here() -> None:
    assert [name for name, loss in LOSSES.items() if issubclass(loss, WordLoss)] == ["word-vector-pull"]
