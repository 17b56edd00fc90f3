"""Readers of annotation files on whatever such a file may hold: a corpus comes out, or the project's own error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from PIL import Image
from tests.corpus.hostile_values import QUICK, VALUES, as_json, damaged, mutated, reads_or_refuses, with_each_odd_value

KARPATHY = {
    "images": [
        {
            "filepath": "val2014",
            "filename": name,
            "imgid": number,
            "split": split,
            "sentids": [number],
            "sentences": [{"raw": "A dog.", "tokens": ["a", "dog"], "sentid": number, "imgid": number}],
        }
        for number, (name, split) in enumerate([("a.jpg", "restval"), ("b.jpg", "test")])
    ],
    "dataset": "coco",
}
COCO = {
    "info": {"year": 2014},
    "images": [{"id": number, "file_name": name, "height": 8} for number, name in enumerate(["a.jpg", "b.jpg"])],
    "annotations": [{"id": 7 + number, "image_id": number, "caption": "A dog."} for number in (0, 1)],
}
METADATA = [{"file_name": "a.jpg", "text": ["A dog."], "year": 1}, {"file_name": "b.jpg", "text": "A cat.", "year": 2}]
RESULTS = b"image_name| comment_number| comment\nval2014/a.jpg| 0| A dog .\nval2014/a.jpg| 1   Dogs .\n"
TOKENS = b"val2014/a.jpg#0\tA dog .\nval2014/b.jpg#1\tA cat .\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures; each test writes over the file of its own, and reads nothing but it."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("a.jpg", "b.jpg"):
        (folder / "val2014").mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(folder / "val2014" / name)
    return folder


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("name", "document"), [("dataset_coco.json", KARPATHY), ("captions_val2014.json", COCO)])
def test_each_odd_value_in_each_place(folder: Path, name: str, document: Any) -> None:
    for changed in with_each_odd_value({key: value for key, value in document.items() if key != "info"}):
        reads_or_refuses(written(folder / name, as_json(changed)))


@QUICK
@given(document=mutated(KARPATHY))
def test_karpathy_values(folder: Path, document: Any) -> None:
    reads_or_refuses(written(folder / "dataset_coco.json", as_json(document)))


@QUICK
@given(content=damaged(as_json(KARPATHY)))
def test_karpathy_bytes(folder: Path, content: bytes) -> None:
    reads_or_refuses(written(folder / "dataset_coco.json", content))


@QUICK
@given(document=mutated(COCO))
def test_coco_values(folder: Path, document: Any) -> None:
    reads_or_refuses(written(folder / "captions_val2014.json", as_json(document)))


@QUICK
@given(content=damaged(as_json(COCO)))
def test_coco_bytes(folder: Path, content: bytes) -> None:
    reads_or_refuses(written(folder / "captions_val2014.json", content))


@QUICK
@given(document=VALUES)
def test_any_document_by_either_name(folder: Path, document: Any) -> None:
    for format in ("karpathy", "coco-captions"):
        path = written(folder / "captions_val2014.json", as_json({"filename": document, "images": document}))
        reads_or_refuses(path, format=format)


@QUICK
@given(rows=mutated(METADATA))
def test_imagefolder_values(folder: Path, rows: Any) -> None:
    lines = rows if isinstance(rows, list) else [rows]
    written(folder / "val2014" / "metadata.jsonl", "\n".join(map(json.dumps, lines)).encode())
    reads_or_refuses(folder / "val2014")


@QUICK
@given(content=damaged(b"file_name,text,split\na.jpg,A dog.,train\nb.jpg,A cat.,val\n"))
def test_imagefolder_bytes(folder: Path, content: bytes) -> None:
    (folder / "val2014" / "metadata.jsonl").unlink(missing_ok=True)
    path = written(folder / "val2014" / "metadata.csv", content)
    reads_or_refuses(folder / "val2014")
    path.unlink()


@QUICK
@given(content=damaged(RESULTS))
def test_flickr30k_results(folder: Path, content: bytes) -> None:
    reads_or_refuses(written(folder / "results.csv", content))


@QUICK
@given(content=damaged(TOKENS))
def test_tokens(folder: Path, content: bytes) -> None:
    reads_or_refuses(written(folder / "results.token", content))


@pytest.mark.parametrize("depth", [100, 900, 985, 990, 995, 100_000])
def test_values_nested_without_end(folder: Path, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    karpathy, coco = as_json(KARPATHY).replace(b'"A dog."', deep), as_json(COCO).replace(b'"A dog."', deep)
    reads_or_refuses(written(folder / "dataset_coco.json", karpathy))
    reads_or_refuses(written(folder / "captions_val2014.json", coco))
