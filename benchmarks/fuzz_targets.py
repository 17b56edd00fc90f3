"""What benchmarks/fuzz.py feeds: every reader, the decoder of pictures, and the loaders of saved files.

A target has seeds, which are valid files, and a function that takes the bytes of one. Where a target has several files,
the first byte says which of them the others are.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from scipy.io import savemat
from tests.corpus.test_feature_files import write_hdf5, write_tsv
from tests.features.test_word_vector_files import FILES as VECTORS
from tests.search.fakes import FakeMatcher, paint
from tests.valid_files import BOX_FILES, CORPORA, npy, parquet, picture

from twobranch.config import validated
from twobranch.corpus import read_corpus
from twobranch.corpus.contents import content, file_size
from twobranch.corpus.doctor import diagnose
from twobranch.corpus.pictures import examine_picture
from twobranch.corpus.read import read_options
from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.decoding import image_size
from twobranch.features.precomputed import Precomputed
from twobranch.features.sentence_encoders import TfidfConfig
from twobranch.features.word_vector_files import read_word_vectors
from twobranch.matcher import Matcher
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.calibration import Calibration, Evidence, Evidences
from twobranch.matcher.matcher import Provenance
from twobranch.regions.box_file import BoxFileConfig
from twobranch.search import Index
from twobranch.search.annotation import read_sentences
from twobranch.search.metadata import read_metadata
from twobranch.search.thumbnails import make_thumbnail
from twobranch.training.checkpoint import load_position, restore_weights
from twobranch.training.recipes import load_recipe, recipe_text


@dataclass(frozen=True)
class Target:
    """What is fed.

    Attributes:
        seeds: valid input.
        use: takes input; raises TwobranchError or nothing.
    """

    seeds: list[bytes]
    use: Callable[[bytes], None]


def _of_files(files: list[Path], use: Callable[[], None], before: Callable[[Path], None] = lambda file: None) -> Target:
    """A target of files on disk, of which one at a time is another."""
    contents = [file.read_bytes() for file in files]

    def changed(data: bytes) -> None:
        number = data[0] % len(files) if data else 0
        file = files[number]
        file.write_bytes(data[1:])
        before(file)
        try:
            use()
        finally:
            for one, content in zip(files, contents, strict=True):
                one.parent.mkdir(parents=True, exist_ok=True)
                one.write_bytes(content)

    return Target([bytes([number]) + content for number, content in enumerate(contents)], changed)


def _reader(name: str, folder: Path) -> Target:
    valid = CORPORA[name]
    data = valid.write(folder)

    def use() -> None:
        read_corpus(data, skip_bad_rows=True).summary()
        diagnosis = diagnose(data, read_options(None, None, None, False), threads=1)
        json.dumps(diagnosis.to_json(), ensure_ascii=False, allow_nan=False).encode()

    return _of_files([folder / file for file in valid.files], use)


def _boxes(folder: Path) -> Target:
    (folder / "a.jpg").write_bytes(picture("a.jpg"))
    files = _written(folder, BOX_FILES)

    def use() -> None:
        for file in files:
            BoxFileConfig(path=file, budget=3).load().propose(folder / "a.jpg")

    return _of_files(files, use)


def _feature_files(folder: Path) -> Target:
    rows = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    savemat(folder / "a.mat", {"image_features": rows, "names": np.array(["a", "b"], object)})
    savemat(folder / "b.mat", {"image_features": rows}, do_compression=True)
    write_hdf5(folder / "a.h5", {"image_features": rows.T, "36979": rows})
    write_tsv(folder / "a.tsv", [rows[:2], rows[2:]], header=True)
    (folder / "a.npy").write_bytes(npy(rows))
    encoder = Precomputed(dim=6)

    def use() -> None:
        for file, members in FEATURE_MEMBERS.items():
            for member in members:
                path = str(folder / file / member)
                with contextlib.suppress(TwobranchError):  # there may be no such row left
                    if file_size(path) >= 0 and len(content(path)) != file_size(path):
                        raise AssertionError("a row is not as long as it says")
                    encoder.read(path, ("image",))

    return _of_files([folder / file for file in FEATURE_MEMBERS], use)


FEATURE_MEMBERS = {
    "a.mat": ("image_features/0", "image_features/3", "names/0"),
    "b.mat": ("image_features/2",),
    "a.h5": ("36979", "image_features/1"),
    "a.tsv": ("100", "101"),
    "a.npy": ("0", "3"),
}
"""Rows that are asked for, by the file."""


def _word_vectors(folder: Path) -> Target:
    path = folder / "vectors"

    def use(data: bytes) -> None:
        path.write_bytes(data)
        read_word_vectors(path, ["paris", "dog", "zebra"])

    return Target(list(VECTORS.values()), use)


KINDS = (
    "JPEG",
    "PNG",
    "WEBP",
    "GIF",
    "TIFF",
    "BMP",
    "PPM",
    "JPEG2000",
    "AVIF",
    "TGA",
    "ICO",
    "PCX",
    "SGI",
    "DDS",
    "EPS",
)


def _pictures(folder: Path) -> Target:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    seeds = []
    for kind in KINDS:
        buffer = io.BytesIO()
        noise.save(buffer, kind, **({"exif": exif.tobytes()} if kind in ("JPEG", "PNG", "WEBP") else {}))
        seeds.append(buffer.getvalue())
    path = folder / "a.img"

    def use(data: bytes) -> None:
        path.write_bytes(data)
        examine_picture(str(path))
        make_thumbnail(path)
        image_size(path)

    return Target(seeds, use)


def _tables(folder: Path) -> Target:
    contents = {
        "a.csv": b"image,year\nred.png,1\n",
        "a.jsonl": b'{"image": "red.png", "year": 1}\n',
        "a.parquet": parquet([{"image": "red.png", "year": 1}]),
        "a.txt": b"A dog.\nA cat.\n",
    }
    files = _written(folder, contents)

    def use() -> None:
        for file in files[:3]:
            read_metadata(file, {"red.png": "/red.png"})
        read_sentences(files[3])

    return _of_files(files, use)


def _recipe(folder: Path) -> Target:
    (path,) = _written(folder, {"a.yaml": recipe_text("two-branch/embedding").encode()})
    return _of_files([path], lambda: _ignore(load_recipe(str(path))))


def _card(folder: Path) -> Target:
    (path,) = _written(folder, {"README.md": b"---\nlicense: mit\nlanguage:\n- en\n- de\n---\n# A model\n"})
    return _of_files([path], lambda: _ignore(CheckpointFolder(folder).about("language")))


def _matcher_folder(folder: Path) -> Path:
    values = {
        "embedding": 8,
        "image": {"encoder": "efficientnet-lite0", "views": ["image"], "branch": {"branch": "mlp", "hidden": []}},
        "sentence": {"encoder": {"encoder": "tfidf", "min_df": 1}, "branch": {"branch": "mlp", "hidden": []}},
    }
    architecture = validated(Architecture, values, "fuzz")
    images, sentences = architecture.image.encoder.load(device="cpu", threads=1), TfidfConfig(min_df=1).load()
    sentences.fit(["a red car", "a dog"])
    evidence = Evidence(intercept=0.0, score=1.0)
    references = torch.nn.functional.normalize(torch.randn(4, 8)).numpy()
    matcher = Matcher(
        architecture,
        architecture.build(images.dim, sentences.dim),
        images,
        sentences,
        Provenance("fuzz", {}, {"fingerprint": "0", "splits": {}}),
        Calibration(Evidences(pair=evidence, i2t=evidence, t2i=evidence), references, references),
    )
    matcher.save(folder / "model")
    config = type(architecture.image.encoder)
    config.load = lambda self, **_: images  # type: ignore[method-assign]  # it is not what is fed, and takes long
    return folder / "model"


def _matcher(folder: Path, *, weights: bool) -> Target:
    path = _matcher_folder(folder)
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != "README.md")
    description = path / "matcher.json"
    document = json.loads(description.read_text())

    def name_the_weights(file: Path) -> None:
        if weights:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            description.write_text(json.dumps({**document, "weights_sha256": digest}))

    def use() -> None:
        matcher = Matcher.load(path, device="cpu", threads=1)
        embeddings = matcher.encode_sentences(["a red car"])
        if matcher.calibration is not None:
            matcher.calibration.pair_probability(embeddings, embeddings, 0.5)

    return _of_files([path / "model.safetensors"] if weights else files, use, name_the_weights)


def _checkpoint(folder: Path) -> Target:
    network = torch.nn.Linear(2, 2)
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    header = {"format": 1, "recipe": {"seed": 0}, "corpus": "0", "best": 1.5, "sums": {"a": 1.0}, "mined": [1]}
    path = folder / "last.safetensors"
    save_file(tensors, path, {"twobranch": json.dumps(header)})

    def use() -> None:
        load_position(path)
        restore_weights(path, network)  # type: ignore[arg-type]

    return _of_files([path], use)


def _cache(folder: Path) -> Target:
    key = FeatureKey("fake", "a" * 64, "image", "vector", (3,))
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(4)]
    rows = np.ones((4, 3), np.float32)
    store = FeatureCache(folder).get(key)
    store.append(digests[:2], rows[:2])
    store.append(digests[2:], rows[2:])
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".json", ".npy"))

    def use() -> None:
        cache = FeatureCache(folder)
        cache.entries()
        store = cache.get(key)
        store.append(digests, rows)
        store.gather(store.lookup(digests))
        if (store.lookup(digests) < 0).any():
            raise AssertionError("rows are lost")
        shutil.rmtree(files[0].parent)

    return _of_files(files, use)


def _index(folder: Path, part: str) -> Target:
    for name in ("red", "green", "blue"):
        paint(folder / "photos" / f"{name}.png", name)
    Index.build(FakeMatcher(), folder / "photos", folder / "index")  # type: ignore[arg-type]
    path, kept = folder / "index", folder / "kept"
    shutil.copytree(path, kept)
    files = sorted(file for file in path.rglob("*") if file.is_file() and part in file.relative_to(path).parts)

    def use() -> None:
        try:
            if part == "store":
                shutil.rmtree(path / "derived")
            index = Index.open(path)
            index._matcher = FakeMatcher()  # type: ignore[assignment]
            found = index.search("red", k=2)
            json.dumps(found.to_json(), allow_nan=False)
            index.search("red", where="width > 10")
            for hit in found.hits:
                index.thumbnail(hit.id)
        finally:
            shutil.rmtree(path)
            shutil.copytree(kept, path)

    return _of_files(files, use)


def _written(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in contents]


def _ignore(result: object) -> None:
    del result


TARGETS: dict[str, Callable[[Path], Target]] = {
    **{f"reader {name}": functools.partial(_reader, name) for name in CORPORA},
    "box files": _boxes,
    "files of features": _feature_files,
    "word vectors": _word_vectors,
    "metadata tables, lists of sentences": _tables,
    "pictures": _pictures,
    "recipe": _recipe,
    "model card of a checkpoint": _card,
    "matcher folder": functools.partial(_matcher, weights=False),
    "matcher weights": functools.partial(_matcher, weights=True),
    "checkpoint": _checkpoint,
    "feature cache": _cache,
    "index description": functools.partial(_index, part="index.json"),
    "index derived": functools.partial(_index, part="derived"),
    "index store": functools.partial(_index, part="store"),
}
"""The targets by name; each is made in a folder of its own."""

__all__ = ["TARGETS", "Target", "TwobranchError"]
