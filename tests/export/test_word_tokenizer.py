import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from twobranch.export.text_forms import EveryPlace, PaddedRecurrent
from twobranch.export.word_tokenizer import word_tokenizer
from twobranch.features.words import words
from twobranch.models.text.recurrent import Recurrent
from twobranch.models.text.text_cnn import ResidualSlots

VOCABULARY = tuple(dict.fromkeys(words("a dog straße ΣΊΣΥΦΟΣ İstanbul naïve 42 x_y ᾳ ﬁre 猫 каша ǰ ᏣᎳᎩ", 1)))
TOKENIZER = word_tokenizer(VOCABULARY)


def expected(sentence):
    ids = {word: number for number, word in enumerate(VOCABULARY, start=1)}
    return [*(ids.get(word, 0) for word in words(sentence, 1)), 0]


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_split_as_twobranch_splits_it(sentence):
    if any(unicodedata.category(letter) == "Cn" for letter in sentence):
        return  # a letter to a newer Unicode than Python's
    assert TOKENIZER.encode(sentence).ids == expected(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["", "A DOG", "dog's", "STRASSE straße Straẞe", "ΣΊΣΥΦΟΣ σίσυφος", "İSTANBUL", "x_y-42", "ﬁre FIRE", "ᾼ", "ꭳ ᏣᎳᎩ",
     "naïve nai\u0308ve", "４２", "猫。猫", "a\x00dog\n\tdog", "Ab" * 5000],
)  # fmt: skip
def test_odd_texts(sentence):
    assert TOKENIZER.encode(sentence).ids == expected(sentence)


def test_a_known_word_has_its_number():
    assert [TOKENIZER.encode(word).ids[0] for word in VOCABULARY] == list(range(1, len(VOCABULARY) + 1))


def sentences(lengths, size=5):
    """Word vectors, random where there is a word, and the mask."""
    mask = torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
    return torch.randn(len(lengths), max(lengths), size, generator=torch.Generator().manual_seed(0)), mask


@pytest.mark.parametrize("cell", [torch.nn.GRU, torch.nn.LSTM])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_a_padded_recurrent_network_is_the_packed_one(cell, layers, bidirectional, pooling):
    torch.manual_seed(0)
    packed = Recurrent(cell(5, 4, layers, batch_first=True, bidirectional=bidirectional), pooling)
    vectors, mask = sentences([3, 7, 1, 5])
    with torch.inference_mode():
        torch.testing.assert_close(PaddedRecurrent(packed)(vectors, mask), packed(vectors, mask))


@pytest.mark.parametrize("shift", [True, False])
def test_a_text_cnn_at_all_places_at_once_is_the_one_in_a_loop(shift):
    torch.manual_seed(0)
    network = ResidualSlots(5, 6, [(8, 8, 1), (8, 16, 2)], shift=shift).eval()
    vectors, mask = sentences([3, 9, 1, 6])
    with torch.inference_mode():
        found, wanted = EveryPlace(network)(vectors, mask), network(vectors, mask)
    torch.testing.assert_close(found, wanted)
    assert np.ptp(wanted.numpy(), axis=0).max() > 0
