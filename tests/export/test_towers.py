"""Every sentence encoder and network that can leave twobranch computes there what it computes here."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.export.small_matchers import SENTENCES, described, matcher
from tests.small_encoders import SIZE
from twobranch.export import export_matcher

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "search_without_torch.py"
WORDS = {"encoder": "words", "min_count": 1, "longest": 6, "vectors": "none"}


def text(branch, **options):
    return {"branch": {"branch": branch, "words": {"size": 12}, **options}, "encoder": WORDS}


CNN = text("text-cnn", slots=8, width=0.02)
MATCHERS = {
    "network": {},
    "network, dot": {"similarity": "dot"},
    "network, crops": {"views": ("crop-center", "mirror", "crop-top-left")},
    "word vectors": {"encoder": "word-vectors"},
    "tf-idf": {"encoder": {"encoder": "tfidf", "min_df": 1}},
    "bag of words": {
        "branch": {"branch": "bag-mlp", "hidden": [16]},
        "encoder": {"encoder": "ngrams", "min_count": 1},
    },
    "gru": text("gru", units=7),
    "gru, both ways, max": text("gru", units=7, layers=2, bidirectional=True, pooling="max"),
    "lstm, both ways, last": text("lstm", units=7, layers=2, bidirectional=True),
    "lstm, mean": text("lstm", units=7, pooling="mean"),
    "self-attention": text("self-attention"),
    "temporal convolution": text("temporal-convolution", windows=(2, 3), filters=5),
    "text cnn": CNN,
    "text cnn, left": text("text-cnn", slots=8, width=0.02, position_shift=False, output="rectified"),
}


@pytest.fixture
def reader():
    """The example's functions, which know nothing of twobranch."""
    spec = importlib.util.spec_from_file_location("search_without_torch", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pictures(tmp_path):
    random = np.random.default_rng(0)
    paths = []
    for number, (width, height) in enumerate([(40, 70), (300, 200), (33, 32)]):
        colors = random.integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
        paths.append(tmp_path / f"{number}.jpg")
        Image.fromarray(colors).resize((width, height)).save(paths[-1])
    return paths


def embedded(reader, folder, pictures, sentences):
    """Both sides as a program without twobranch computes them."""
    from tokenizers import Tokenizer

    about = described(folder)
    images, texts = (reader.network(folder / about[side]["network"]) for side in ("images", "sentences"))
    tokenizer = Tokenizer.from_file(str(folder / about["sentences"]["tokenizer"]))
    rows = [images(pixels=reader.pixels(path, about["images"])[None]) for path in pictures]
    encoded = tokenizer.encode_batch(list(sentences))
    ids, mask = (np.array([getattr(one, name) for one in encoded]) for name in ("ids", "attention_mask"))
    return np.concatenate(rows), texts(ids=ids, mask=mask)


SLOW = {("text cnn", "openvino"), ("text cnn, left", "onnx"), ("text cnn, left", "openvino")}
"""A network of 14 blocks takes seconds to trace."""


@pytest.mark.parametrize(
    ("name", "format"),
    [
        pytest.param(name, format, marks=pytest.mark.slow if (name, format) in SLOW else ())
        for name in MATCHERS
        for format in ("openvino", "onnx")
    ],
)
def test_a_tower_computes_what_the_matcher_does(name, format, reader, pictures, tmp_path):
    original = matcher(**MATCHERS[name])
    exported = export_matcher(original, format, tmp_path / "out")
    for parity in (exported.images, exported.sentences):
        assert parity.largest_difference < 2e-6
        assert parity.items >= 8
    sentences = ["", "xyzzy", *SENTENCES, " ".join(SENTENCES)]
    images, texts = embedded(reader, tmp_path / "out", pictures, sentences)
    for found, expected in ((images, original.encode_images(pictures)), (texts, original.encode_sentences(sentences))):
        lengths = np.linalg.norm(expected, axis=1)
        assert found.dtype == np.float32
        assert ((found * expected).sum(1) / lengths / np.linalg.norm(found, axis=1) > 0.999).all()
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), lengths, rtol=0.02)
        assert np.ptp(expected, axis=0).max() > 0.01  # nothing is shown by embeddings that are all alike


def test_the_description_says_what_a_tower_takes(tmp_path):
    export_matcher(matcher(views=("crop-center", "mirror", "image")), "onnx", tmp_path / "out")
    about = described(tmp_path / "out")
    assert about["images"]["parts"] == [[0.125, 0.125, 0.875, 0.875], [0.0, 0.0, 1.0, 1.0]]
    assert (about["images"]["size"], about["dim"], about["similarity"]) == (SIZE, 8, "cosine")
    assert about["parity"]["images"]["largest_difference"] < about["parity"]["images"]["tolerance"]
    import onnxruntime

    session = onnxruntime.InferenceSession(tmp_path / "out" / "image.onnx")
    assert [(one.name, one.shape[1:]) for one in session.get_inputs()] == [("pixels", [2, SIZE, SIZE, 3])]
    guide = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "pixels (items, 2, 32, 32, 3) uint8" in guide
    assert about["parity"]["sentences"]["precision"] in guide


def test_probabilities_follow_from_the_folder(tmp_path):
    """As the steps of export.json say it, with the files that it names."""
    original = matcher()
    export_matcher(original, "onnx", tmp_path / "out")
    about = described(tmp_path / "out")["probability"]
    references = {side: np.load(tmp_path / "out" / name) for side, name in about["references"].items()}
    images, texts = original.encode_images([np.full((40, 50, 3), 90, np.uint8)]), original.encode_sentences(SENTENCES)
    best = [np.sort(side @ other.T)[:, -about["best"] :].mean(1) for side, other in
            ((images, references["sentences"]), (texts, references["images"]))]  # fmt: skip
    scores, pair = images @ texts.T, about["evidences"]["pair"]
    ratio = pair["intercept"] + pair["score"] * scores
    ratio = ratio + pair["image_gap"] * (scores - best[0][:, None]) + pair["sentence_gap"] * (scores - best[1][None])
    found = 1 / (1 + np.exp(-(ratio + np.log(0.2 / 0.8))))
    np.testing.assert_allclose(found, original.calibration.pair_probability(images, texts, 0.2), atol=1e-5)


def test_pixels_of_the_example_are_those_of_the_matcher(reader, tmp_path):
    """Bit for bit: large and turned JPEG, alpha, palette and gray with transparency."""
    from twobranch.features.views import image_views, shown_part

    random = np.random.default_rng(1)
    views = ("image", "crop-center", "crop-bottom-right")
    about = {"size": 48, "decode_side": 128, "parts": [list(shown_part(view)) for view in views]}
    turned = Image.Exif()
    turned[0x0112] = 6
    colors = Image.fromarray(random.integers(0, 256, (9, 7, 4), dtype=np.uint8)).resize((900, 601))
    colors.convert("RGB").save(tmp_path / "a.jpg", exif=turned)
    colors.save(tmp_path / "b.png")
    colors.convert("P").save(tmp_path / "c.png", transparency=3)
    colors.convert("LA").save(tmp_path / "d.png")
    for path in sorted(tmp_path.iterdir()):
        np.testing.assert_array_equal(reader.pixels(path, about), image_views(path, views, 48), err_msg=path.name)
