"""Encoders whose weights a stage trains: in chunks as at once, and the same network before and after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.small_encoders import SENTENCE_DIM, SIZE, SmallPictures, SmallWords
from twobranch.errors import TwobranchError
from twobranch.features import SENTENCE_ENCODERS
from twobranch.features.efficientnet_lite import probe_pictures
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.precision import first_percentile_cosine
from twobranch.features.trainable import CHUNK

SENTENCES = ["a dog", "two men run on a long beach", "", "a red car"]


@pytest.fixture
def images(tmp_path: Path) -> ImageEncoder:
    return SmallPictures().load(device="cpu", cache=tmp_path)


@pytest.fixture
def words(tmp_path: Path) -> SentenceEncoder:
    return SmallWords().load(device="cpu", cache=tmp_path)


def pictures(count: int, size: int = SIZE) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8))


def one_step(module: torch.nn.Module, batch: torch.Tensor, rate: float = 0.1) -> None:
    """Plain gradient descent on the mean square of the features."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    gradients = torch.autograd.grad(module(batch).square().mean(), parameters, allow_unused=True)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if gradient is not None:
                parameter -= rate * gradient


def test_chunks_give_the_features_and_gradients_of_the_whole(images: ImageEncoder) -> None:
    module, batch = images.trainable().train(), pictures(2 * CHUNK + 5)
    features = module(batch)
    plain = module.network(batch)[0]
    torch.testing.assert_close(features, plain)
    parameters = list(module.parameters())
    ours, expected = (torch.autograd.grad(x.square().sum(), parameters) for x in (features, plain))
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_batch_normalization_stands_still(images: ImageEncoder) -> None:
    module = images.trainable().train()
    assert module.training
    before = {name: value.clone() for name, value in module.network.named_buffers()}
    first = module(pictures(3))[0]
    torch.testing.assert_close(first, module(pictures(9))[0])  # whatever its neighbors
    for name, value in module.network.named_buffers():
        assert value.equal(before[name]), name


def test_each_module_is_a_new_one(images: ImageEncoder) -> None:
    one, other = images.trainable(), images.trainable()
    one_step(one, pictures(4))
    assert not one(pictures(4)).equal(other(pictures(4)))


def test_the_tuned_encoder_computes_what_the_trained_module_does(images: ImageEncoder) -> None:
    module, batch = images.trainable().train(), pictures(40)
    before = images.encode(batch.numpy())
    one_step(module, batch)
    tuned = images.tuned(module.weights())
    expected = module.eval()(batch).detach().numpy()
    np.testing.assert_allclose(tuned.encode(batch.numpy()), expected, rtol=0.02, atol=0.02)
    assert not np.allclose(before, expected, rtol=0.02, atol=0.02)
    np.testing.assert_array_equal(images.encode(batch.numpy()), before)  # the encoder that it came from is as it was
    assert tuned.identity != images.identity
    assert images.tuned(module.weights()).identity == tuned.identity


def test_tuned_weights_are_saved_and_loaded(images: ImageEncoder, tmp_path: Path) -> None:
    module = images.trainable()
    one_step(module, pictures(4))
    tuned = images.tuned(module.weights())
    tuned.save(tmp_path)
    again = SmallPictures().load(device="cpu", cache=tmp_path)
    again.load(tmp_path)
    assert again.identity == tuned.identity
    np.testing.assert_array_equal(again.encode(pictures(5).numpy()), tuned.encode(pictures(5).numpy()))
    module = again.trainable()  # training goes on from the tuned weights
    np.testing.assert_allclose(
        module(pictures(5)).detach().numpy(), tuned.encode(pictures(5).numpy()), rtol=0.02, atol=0.02
    )


def test_an_encoder_as_it_came_writes_nothing(images: ImageEncoder, tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    images.save(tmp_path / "encoder")
    assert not list((tmp_path / "encoder").iterdir())
    identity = images.identity
    images.load(tmp_path / "encoder")
    assert images.identity == identity


def test_damaged_weights_are_named(images: ImageEncoder, tmp_path: Path) -> None:
    images.tuned(images.trainable().weights()).save(tmp_path)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    images.load(tmp_path)
    with pytest.raises(TwobranchError, match=r"weights\.safetensors: must hold the weights of the encoder"):
        images.encode(pictures(1).numpy())


def test_tokens_are_what_the_network_reads(words: SentenceEncoder) -> None:
    module = words.trainable()
    tokens = torch.from_numpy(words.tokens(SENTENCES))
    assert tokens.shape == (4, 7)
    assert (tokens != 0).sum(1).tolist() == [2, 7, 1, 3]
    found = module(tokens).detach().numpy()
    assert found.shape == (4, SENTENCE_DIM)
    assert first_percentile_cosine(found, words.encode(SENTENCES)) > 0.999
    longer = torch.nn.functional.pad(tokens, (0, 9))
    np.testing.assert_allclose(module(longer).detach().numpy(), found, rtol=1e-5)  # padding enters nothing


def test_words_of_the_corpus_have_no_network() -> None:
    encoder = SENTENCE_ENCODERS["words"]().load()
    for refused in (encoder.trainable, lambda: encoder.tokens([]), lambda: encoder.tuned({})):
        with pytest.raises(TwobranchError, match='encoder "words": is no network'):
            refused()


def test_efficientnet_is_trained_and_tuned(lite0: ImageEncoder) -> None:
    batch = torch.from_numpy(probe_pictures(224, 6))
    module = lite0.trainable().train()
    assert sum(parameter.numel() for parameter in module.parameters()) == pytest.approx(3.37e6, rel=0.01)
    assert first_percentile_cosine(module(batch).detach().numpy(), lite0.encode(batch.numpy())) > 0.99
    one_step(module, batch, rate=0.01)
    tuned = lite0.tuned(module.weights())
    found = tuned.encode(batch.numpy())
    assert first_percentile_cosine(module.eval()(batch).detach().numpy(), found) > 0.99
    assert first_percentile_cosine(lite0.encode(batch.numpy()), found) < 0.99999


def test_minilm_is_trained_and_tuned(minilm: SentenceEncoder) -> None:
    module = minilm.trainable().train()
    tokens = torch.from_numpy(minilm.tokens(SENTENCES))
    assert first_percentile_cosine(module(tokens).detach().numpy(), minilm.encode(SENTENCES)) > 0.99
    before = {name: value.clone() for name, value in module.network.named_parameters()}
    target = torch.nn.functional.one_hot(torch.arange(4), 384).float()
    loss = -(module(tokens) * target).sum()
    parameters = list(module.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= 0.01 * gradient
    assert all(not value.equal(before[name]) for name, value in module.network.named_parameters())
    found = minilm.tuned(module.weights()).encode(SENTENCES)
    assert first_percentile_cosine(module.eval()(tokens).detach().numpy(), found) > 0.99
    assert first_percentile_cosine(minilm.encode(SENTENCES), found) < 0.999
