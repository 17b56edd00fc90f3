"""Features of pictures and sentences."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from benchmarks.reliability.jobs.base import Ends, Job, State, digest, told


class Extraction(Job):
    """Features of pictures, two views each, and of sentences, into an empty cache, in shards of eight rows."""

    name = "extraction"

    def prepare(self, folder: Path) -> None:
        """The converted networks are there; they take seconds to make."""
        folder.mkdir(parents=True)
        os.symlink(self.material.cache / "converted", folder / "converted")

    def run(self, folder: Path) -> None:
        """Extract all of it."""
        import twobranch
        from twobranch.features import extract, writer
        from twobranch.features.cache import FeatureCache
        from twobranch.features.store import FeatureStore
        from twobranch.training.recipes import load_recipe

        extract._IMAGES, extract._SENTENCES, writer.SHARD_ROWS = 4, 64, 8
        append = FeatureStore.append

        def append_and_tell(store: FeatureStore, digests: Any, rows: Any) -> None:
            append(store, digests, rows)
            os.write(2, f"stored {len(digests)} rows\n".encode())

        FeatureStore.append = append_and_tell  # type: ignore[method-assign]
        model = load_recipe(str(self.material.recipe)).model
        corpus = twobranch.read_corpus(self.material.corpus)
        images = model.image.encoder.load(threads=1, cache=folder)
        sentences = model.sentence.encoder.load(threads=1, cache=folder)
        with told():
            extract.image_features(images, corpus.image_paths, model.image.views, FeatureCache(folder))
            extract.sentence_features(sentences, corpus.sentence_texts, FeatureCache(folder))

    def state(self, folder: Path) -> State:
        """Every row of every store, by the digest of what it was computed from."""
        import numpy as np

        from twobranch.features.cache import FeatureCache

        found: State = {}
        cache = FeatureCache(folder)
        cache.entries()
        for manifest in sorted((folder / "features").glob("*/manifest.json")):
            for shard in json.loads(manifest.read_text())["shards"]:
                ids = np.load(manifest.parent / f"{shard['name']}.ids.npy", allow_pickle=False)
                rows = np.load(manifest.parent / f"{shard['name']}.rows.npy", allow_pickle=False)
                for key, row in zip(ids, rows, strict=True):
                    name = f"{manifest.parent.name} {key.tobytes().hex()[:16]}"
                    if name in found:
                        raise ValueError(f"{name} is there twice")
                    found[name] = digest(row)
        return found

    def acknowledged(self, text: str) -> int:
        """Rows whose append has returned."""
        return sum(map(int, re.findall(r"stored (\d+) rows", text)))

    def held(self, state: State, ends: Ends) -> int:
        """All rows."""
        return len(state)
