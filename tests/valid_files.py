"""Small valid corpora of every format that is read: what the tests of hostile input and benchmarks/fuzz.py mutate."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

NAMES = ("a.jpg", "b.png", "7.jpg", "8.jpg")
"""The pictures that lie beside every corpus."""


def picture(name: str) -> bytes:
    """A picture of 32 x 24 pixels."""
    buffer = io.BytesIO()
    kind = "PNG" if name.endswith(".png") else "JPEG"
    Image.new("RGB", (32, 24), ("red", "blue", "green", "white")[NAMES.index(name)]).save(buffer, kind)
    return buffer.getvalue()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """A Parquet file of rows."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


@dataclass(frozen=True)
class Valid:
    """A corpus that can be read.

    Attributes:
        data: what is read, from the corpus's folder; "" for the folder itself.
        files: the annotations, by their place in the folder; the first is the one that matters most.
        pictures: where the pictures lie.
    """

    data: str
    files: dict[str, bytes]
    pictures: str = ""

    def write(self, folder: Path) -> Path:
        """Write it into a folder; gives the path to read."""
        contents = {f"{self.pictures}/{name}" if self.pictures else name: picture(name) for name in NAMES}
        for name, content in {**contents, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / self.data


ROWS: list[dict[str, Any]] = [
    {"image": "a.jpg", "sentences": ["A man and two dogs.", "Dogs."], "split": "train", "group": "1", "year": 1999},
    {"image": "b.png", "sentences": ["A cat."], "split": "val", "group": "2", "year": 2.5},
    {"image": "7.jpg", "sentences": ["Two red cars."], "split": "test", "group": "3", "year": 7},
]
PHRASES = [
    {"sentence": 0, "start": 0, "end": 5, "boxes": [[0, 0, 16, 24]], "types": ["people"]},
    {"sentence": 0, "start": 10, "end": 18, "boxes": [[16, 12, 24, 24], [24, 12, 32.5, 24]], "types": []},
]
PERSONS = [
    {"split": "train", "captions": ["A woman in red.", "Red."], "id": 1, "processed_tokens": [["a"]]},
    {"split": "val", "captions": ["A man with a bag."], "id": 2},
    {"split": "test", "captions": ["A tall person."], "id": 3},
]
ENTITIES = b"[/EN#1/people A man] in [/EN#2/clothing a red hat] .\nTwo [/EN#0/notvisual ways] .\n"
XML = (
    b"<annotation><filename>7.jpg</filename><size><width>64</width><height>48</height><depth>3</depth></size>"
    b"<object><name>1</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
    b"<object><name>2</name><scene>0</scene><nobndbox>1</nobndbox></object></annotation>"
)


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _persons(image: str) -> bytes:
    named = [{image: f"{name}", **entry} for name, entry in zip(NAMES, PERSONS, strict=False)]
    return json.dumps(named).encode()


def _karpathy() -> bytes:
    images = [
        {
            "filename": name,
            "imgid": number,
            "split": split,
            "sentids": [number],
            "sentences": [{"raw": f"Picture {number}.", "tokens": ["picture"], "imgid": number, "sentid": number}],
        }
        for number, (name, split) in enumerate(zip(NAMES, ("train", "val", "test", "restval"), strict=True))
    ]
    return json.dumps({"images": images, "dataset": "flickr8k"}).encode()


def _coco() -> bytes:
    images = [{"id": number, "file_name": name, "width": 32, "height": 24} for number, name in enumerate(NAMES)]
    annotations = [{"id": k, "image_id": k % len(NAMES), "caption": f"Caption {k}."} for k in range(6)]
    return json.dumps({"info": {"year": 2017}, "images": images, "annotations": annotations}).encode()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number, name in enumerate(NAMES):
            stem, _, ending = name.partition(".")
            sample = {ending: picture(name), "txt": b"A picture.", "json": json.dumps({"year": number}).encode()}
            for kind, content in sample.items():
                header = tarfile.TarInfo(f"{stem}.{kind}")
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


def _parquet_pictures() -> bytes:
    return parquet([{"image": {"bytes": picture(name), "path": name}, "text": f"This is {name}."} for name in NAMES])


def npy(array: Any) -> bytes:
    """An .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


CORPORA: dict[str, Valid] = {
    "csv": Valid(
        "captions.csv",
        {
            "captions.csv": b'image,caption,split,year\na.jpg,"A ""big"" dog,\nasleep.",train,1\n'
            b"b.png,Caf\xc3\xa9.,val,2\n"
        },
    ),
    "csv with boxes": Valid(
        "boxes.csv",
        {
            "boxes.csv": b"image,caption,phrase,x0,y0,x1,y1,type,start\na.jpg,A man.,A man,0,0,16,24,people,0\n"
            b"b.png,A cat.,cat,1.5,2,3,4,animals/pets,\n"
        },
    ),
    "csv with phrases": Valid(
        "phrases.csv",
        {"phrases.csv": f"image;caption;phrases\na.jpg;A man and two dogs.;{json.dumps(PHRASES)}\n".encode()},
    ),
    "tsv": Valid("rows.tsv", {"rows.tsv": b"file_name\tcaption_1\tcaption_2\na.jpg\tOne\tTwo\nb.png\t\tOnly\n"}),
    "jsonl": Valid("rows.jsonl", {"rows.jsonl": _lines([{**ROWS[0], "phrases": PHRASES}, *ROWS[1:]])}),
    "parquet": Valid("rows.parquet", {"rows.parquet": parquet([{**ROWS[0], "phrases": PHRASES}, *ROWS[1:]])}),
    "pairs": Valid("", {"train/a.txt": b"A dog.\nA wet dog.\n", "train/b.txt": b"A cat.\r\n"}, pictures="train"),
    "flickr8k": Valid(
        "",
        {
            "Flickr8k.token.txt": b"a.jpg#0\tA dog.\na.jpg#1\tDog.\nb.png#0\tA cat.\n",
            "Flickr_8k.trainImages.txt": b"a.jpg\n",
            "Flickr_8k.devImages.txt": b"b.png\n",
        },
    ),
    "flickr30k-entities": Valid(
        "",
        {
            "Sentences/7.txt": ENTITIES,
            "Sentences/8.txt": b"[/EN#3/animals A dog] .\n",
            "Annotations/7.xml": XML,
            "train.txt": b"7\n",
            "UNRELATED_CAPTIONS": b"# image caption\n8 2\n",
        },
        pictures="flickr30k-images",
    ),
    "cuhk-pedes": Valid("", {"reid_raw.json": _persons("file_path")}, pictures="imgs"),
    "icfg-pedes": Valid("", {"ICFG-PEDES.json": _persons("file_path")}, pictures="imgs"),
    "rstpreid": Valid("", {"data_captions.json": _persons("img_path")}, pictures="imgs"),
    "karpathy": Valid("", {"dataset_flickr8k.json": _karpathy()}),
    "coco-captions": Valid("", {"captions_train2017.json": _coco()}, pictures="train2017"),
    "imagefolder": Valid("", {"metadata.csv": b"file_name,text,year\na.jpg,A dog.,1\nb.png,A cat.,2\n"}),
    "token": Valid("", {"results_20130124.token": b"a.jpg#0\tA dog .\nb.png#0\tA cat .\n"}),
    "webdataset": Valid("shard-000000.tar", {"shard-000000.tar": _tar()}),
    "parquet with pictures": Valid("train.parquet", {"train.parquet": _parquet_pictures()}),
    "precomputed": Valid(
        "",
        {
            "train_ims.npy": npy(np.eye(4, 6, dtype=np.float32)),
            "train_caps.txt": b"A man.\nDogs.\nA cat.\nIt sleeps.\nA car.\nTwo cars.\nA bus.\nBuses.\n",
            "train_ids.txt": b"7\n8\n9\n10\n",
            "id_mapping.json": b'{"7": "7.jpg", "8": "8.jpg"}',
        },
    ),
}

BOX_FILES: dict[str, bytes] = {
    "boxes.csv": b"image,x0,y0,x1,y1,score\na.jpg,0,0,16,24,0.9\nb.png,4,4,9,9,0.2\n",
    "boxes.jsonl": b'{"image": "a.jpg", "boxes": [[0, 0, 16, 24], [4, 4, 9, 9.5]], "score": 1}\n',
    "boxes.parquet": parquet([{"image": "a.jpg", "boxes": [[0.0, 0.0, 16.0, 24.0]]}]),
}
"""Tables of region proposals."""
