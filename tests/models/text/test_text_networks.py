"""Networks that read words: padding enters nothing, shapes and sizes are the papers', a few steps train them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from twobranch.errors import TwobranchError
from twobranch.models import BRANCHES
from twobranch.models.text import GRU, LSTM, SelfAttention, TemporalConvolution, TextCNN, WordTable, WordTableConfig
from twobranch.models.text.text_cnn import ResidualSlots, placed

WORDS = WordTableConfig(size=6)
SMALL = {
    "gru": GRU(words=WORDS, units=5),
    "gru, both directions, mean": GRU(words=WORDS, units=5, bidirectional=True, pooling="mean"),
    "lstm": LSTM(words=WORDS, units=5, layers=2),
    "lstm, both directions, max": LSTM(words=WORDS, units=5, bidirectional=True, pooling="max"),
    "self-attention": SelfAttention(words=WORDS, hidden=(9,)),
    "temporal-convolution": TemporalConvolution(words=WORDS, windows=(2, 3), filters=4, activation="tanh"),
    "text-cnn": TextCNN(words=WORDS, width=1 / 64, slots=8),
    "text-cnn, left": TextCNN(words=WORDS, width=1 / 64, slots=8, position_shift=False, output="rectified"),
}
TOKENS = torch.tensor([[3, 1, 4, 1], [5, 0, 0, 0], [2, 6, 0, 0], [0, 0, 0, 0]])


def built(config, seed=0):
    torch.manual_seed(seed)
    return config.build(input_size=9, output_size=7)


@pytest.mark.parametrize("name", SMALL)
def test_more_padding_and_other_neighbors_change_nothing(name):
    branch = built(SMALL[name]).eval()
    with torch.inference_mode():
        whole = branch(TOKENS)
        padded = branch(torch.nn.functional.pad(TOKENS, (0, 3)))
        alone = torch.cat([branch(row[: max(1, int((row != 0).sum()))][None]) for row in TOKENS])
    assert whole.shape == (4, 7)
    torch.testing.assert_close(padded, whole)
    torch.testing.assert_close(alone, whole)


@pytest.mark.parametrize("name", SMALL)
def test_a_few_steps_lower_a_loss(name):
    branch = built(SMALL[name]).train()
    target = torch.nn.functional.normalize(torch.randn(3, 7, generator=torch.Generator().manual_seed(1)), dim=1)
    optimizer = torch.optim.Adam(branch.parameters(), lr=0.02)
    losses = []
    for _ in range(25):
        loss = (1 - torch.nn.functional.cosine_similarity(branch(TOKENS[:3]), target)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    assert branch.words.weight[0].abs().sum() == 0, "the padding stays zero"


PAPER_SIZE = {
    "gru": GRU(words=WordTableConfig(size=300), units=512),
    "lstm": LSTM(words=WordTableConfig(size=300), units=512, bidirectional=True),
    "self-attention": SelfAttention(words=WordTableConfig(size=300), hidden=(2048,)),
    "temporal-convolution": TemporalConvolution(words=WordTableConfig(size=300)),
    "text-cnn": TextCNN(words=WordTableConfig(size=300), output="rectified"),
}


@pytest.mark.parametrize("name", PAPER_SIZE)
def test_a_few_steps_at_the_papers_size(name):
    torch.manual_seed(0)
    branch = PAPER_SIZE[name].build(input_size=1000, output_size=2048 if name == "text-cnn" else 512).train()
    tokens = torch.randint(1, 1000, (8, 14))
    tokens[::2, 9:] = 0
    classes = torch.nn.Linear(2048 if name == "text-cnn" else 512, 8)
    optimizer = torch.optim.Adam([*branch.parameters(), *classes.parameters()], lr=1e-3)
    losses = []
    for _ in range(5):
        loss = torch.nn.functional.cross_entropy(classes(branch(tokens)), torch.arange(8))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(("cell", "gates"), [(GRU, 3), (LSTM, 4)])
def test_recurrent_networks_have_the_papers_number_of_parameters(cell, gates):
    units, size = 512, 300
    branch = cell(words=WordTableConfig(size=size), units=units).build(input_size=10, output_size=512)
    expected = gates * units * (size + units + 2) + units * 512 + 512 + 10 * size
    assert sum(parameter.numel() for parameter in branch.parameters()) == expected


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_last_state_is_that_after_the_last_word(bidirectional):
    branch = built(GRU(words=WORDS, units=5, bidirectional=bidirectional)).eval()
    with torch.inference_mode():
        words = branch.words(TOKENS[2:3, :2])
        states, _ = branch.network.cell(words)  # (1, T, directions * units)
        expected = [states[:, -1, :5], *([states[:, 0, 5:]] if bidirectional else [])]
        found = branch.network(branch.words(TOKENS[2:3]), TOKENS[2:3] != 0)
    torch.testing.assert_close(found, torch.cat(expected, 1))


def test_self_attention_is_the_formula_and_forgets_the_order():
    branch = built(SelfAttention(words=WORDS)).eval()
    with torch.inference_mode():
        words = branch.words(TOKENS[0])
        score = branch.network.score
        joined = torch.cat([words, words.mean(0).expand_as(words)], 1)
        weights = torch.relu(joined @ score.weight[0] + score.bias).softmax(0)
        expected = torch.nn.functional.normalize(weights @ words, dim=0)
        torch.testing.assert_close(branch.network(words[None], torch.ones(1, 4, dtype=torch.bool))[0], expected)
        torch.testing.assert_close(branch(TOKENS[:1]), branch(TOKENS[:1].flip(1)))


def test_a_filter_gives_its_highest_answer_over_windows_full_of_words():
    branch = built(TemporalConvolution(words=WORDS, windows=(3,), filters=4)).eval()
    bank = branch.network.banks[0]
    with torch.inference_mode():
        words = branch.words(TOKENS[:1])
        answers = [
            torch.relu((bank.weight * words[0, start : start + 3].T).sum((1, 2)) + bank.bias) for start in range(2)
        ]
        found = branch.network(words, torch.ones(1, 4, dtype=torch.bool))
    torch.testing.assert_close(found[0], torch.stack(answers).amax(0))


def test_the_text_cnn_has_the_papers_layers():
    """Channels and lengths of methods.md 4.2, and the number of weights that follows from them by hand."""
    network = TextCNN(words=WordTableConfig(size=300)).network().eval()
    values, lengths, channels = torch.zeros(1, 32, 300), [], []
    with torch.inference_mode():
        for block in network.blocks:
            values = block(values)
            lengths.append(values.shape[1])
            channels.append(values.shape[2])
    assert lengths == [32] * 3 + [16] * 4 + [8] * 7
    assert channels == [256] * 3 + [512] * 4 + [1024] * 6 + [2048]
    inside = [128, 64, 64, 512, 128, 128, 128, 1024, 256, 256, 256, 256, 256, 2048]
    before = [300, *channels[:-1]]
    convolutions = sum(a * i + 2 * i * i + i * c for a, i, c in zip(before, inside, channels, strict=True))
    shortcuts = 300 * 256 + 256 * 512 + 512 * 1024 + 1024 * 2048
    normalizations = 2 * (300 + sum(2 * i + c for i, c in zip(inside, channels, strict=True)) + 256 + 512 + 1024 + 2048)
    assert sum(parameter.numel() for parameter in network.parameters()) == convolutions + shortcuts + normalizations


def test_a_block_is_its_convolutions():
    torch.manual_seed(0)
    network = ResidualSlots(6, 8, [(4, 5, 2)], shift=False).eval()
    block, values = network.blocks[0], torch.randn(3, 8, 6)

    def convolved(layer, norm, inputs, *, width=1, stride=1):
        weight = layer.weight.view(layer.out_features, width, -1).transpose(1, 2)  # (out, in, width)
        padded = torch.nn.functional.pad(inputs, (width - 1, 0))
        return norm(torch.nn.functional.conv1d(padded, weight, stride=stride))

    with torch.inference_mode():
        inputs = values.transpose(1, 2)
        state = torch.relu(convolved(block.first, block.first_norm, inputs))
        state = torch.relu(convolved(block.second, block.second_norm, state, width=2, stride=2))
        state = convolved(block.third, block.third_norm, state)
        expected = torch.relu(state + convolved(block.shortcut, block.shortcut_norm, inputs, stride=2))
        torch.testing.assert_close(block(values).transpose(1, 2), expected)


def test_in_use_a_sentence_is_read_at_each_place_where_it_fits():
    branch = built(SMALL["text-cnn"]).eval()
    network, sentence = branch.network, TOKENS[:1, :3]
    with torch.inference_mode():
        words = branch.words(sentence)
        single = [
            network._read(placed(words, torch.tensor([3]), torch.tensor([start]), 8)) for start in range(8 - 3 + 1)
        ]
        expected = torch.stack(single).mean(0)
        torch.testing.assert_close(network(words, sentence != 0), expected)
    assert not torch.allclose(single[0], single[-1])


def test_in_training_every_place_is_drawn_and_without_shift_only_the_left_one(monkeypatch):
    torch.manual_seed(0)
    sentence = torch.tensor([[3, 1, 4]]).repeat(200, 1)
    for shift, expected in ((True, {0, 1, 2, 3, 4, 5}), (False, {0})):
        network, seen = ResidualSlots(1, 8, [(2, 2, 1)], shift=shift), []
        monkeypatch.setattr(network, "_read", lambda slots, seen=seen: seen.append(slots) or slots.sum(1))
        network(sentence[:, :, None].float(), sentence != 0)
        assert set((seen[0][:, :, 0] != 0).long().argmax(1).tolist()) == expected


def test_a_sentence_longer_than_the_slots_is_cut():
    branch = built(SMALL["text-cnn"]).eval()
    long = torch.arange(12)[None] % 8 + 1
    with torch.inference_mode():
        torch.testing.assert_close(branch(long), branch(long[:, :8]))


def test_a_table_starts_from_vectors_at_unit_variance():
    table = WordTable(vocabulary=5, size=3, frozen=False)
    vectors = torch.randn(5, 3) * 7
    vectors[0] = 0
    table.begin(vectors)
    assert math.isclose(table.weight[1:].square().mean().item(), 1.0, rel_tol=1e-5)
    torch.testing.assert_close(table.start, table.weight.detach())
    ratio = (table.weight[1:] / vectors[1:]).detach()
    torch.testing.assert_close(ratio, torch.full_like(ratio, ratio[0, 0].item()))
    assert "start" not in table.state_dict(), "the start is not part of a saved network"


def test_frozen_vectors_are_no_parameters():
    assert not list(WordTable(vocabulary=5, size=3, frozen=True).parameters())


def test_vectors_of_another_length_are_refused_with_the_setting_that_helps():
    with pytest.raises(TwobranchError, match=r"Set model\.sentence\.branch\.words\.size=300"):
        WordTable(vocabulary=2, size=256, frozen=False).begin(torch.zeros(2, 300))
    with pytest.raises(TwobranchError, match="must not all be zero"):
        WordTable(vocabulary=2, size=3, frozen=False).begin(torch.zeros(2, 3))


def test_every_branch_of_words_is_tested_here():
    reading = {name for name, config in BRANCHES.items() if config.reads == "tokens"} - {"bag-mlp"}
    assert reading == {name.split(",")[0] for name in SMALL}
    assert np.isfinite(built(SMALL["gru"])(TOKENS).detach().numpy()).all()
