"""One module per format; `READERS` is the table of them."""

from twobranch.corpus.readers import (
    cite,
    coco_captions,
    flickr8k,
    flickr30k_entities,
    imagefolder,
    karpathy,
    pairs,
    parquet_shards,
    precomputed,
    table,
    webdataset,
)
from twobranch.corpus.readers.person_search import CUHK_PEDES, ICFG_PEDES, RSTPREID
from twobranch.corpus.reading import Reader

READERS: dict[str, Reader] = {
    "table": table,
    "pairs": pairs,
    "webdataset": webdataset,
    "parquet-shards": parquet_shards,
    "imagefolder": imagefolder,
    "flickr8k": flickr8k,
    "karpathy": karpathy,
    "coco-captions": coco_captions,
    "flickr30k-entities": flickr30k_entities,
    "precomputed": precomputed,
    "cite": cite,
    "cuhk-pedes": CUHK_PEDES,
    "icfg-pedes": ICFG_PEDES,
    "rstpreid": RSTPREID,
}
"""The readers by the name that `--format` takes."""
