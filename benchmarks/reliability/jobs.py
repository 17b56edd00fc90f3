"""The commands that must lose nothing: what they do, what a folder holds of it, and what they have acknowledged.

A job writes into a folder of its own. Its state is a table from names of rows to hashes of their content, read by the
project's own code; times are no part of it. Rows of a killed job are those of before or of an undisturbed run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.material import Material, command

State = dict[str, str]


@dataclass(frozen=True)
class Ends:
    """The states before a job and after an undisturbed run of it."""

    before: State
    after: State

    @property
    def kept(self) -> set[str]:
        """Rows that must be there at every moment."""
        return set(self.before) & set(self.after)


def digest(*parts: Any) -> str:
    """A hash of arrays, bytes and plain values."""
    hashed = hashlib.sha256()
    for part in parts:
        if hasattr(part, "tobytes"):
            hashed.update(f"{part.dtype} {part.shape}".encode() + part.tobytes())
        else:
            hashed.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode())
    return hashed.hexdigest()[:16]


@dataclass(frozen=True)
class Job(ABC):
    """One command.

    Attributes:
        material: what it reads.
    """

    material: Material
    name = ""

    def prepare(self, folder: Path) -> None:
        """Put into the folder what is there before."""
        folder.mkdir(parents=True)

    @abstractmethod
    def run(self, folder: Path) -> None:
        """Do it, or go on with it; in a child."""

    @abstractmethod
    def state(self, folder: Path) -> State:
        """What is there; in a child. Raises where something cannot be read."""

    @abstractmethod
    def acknowledged(self, text: str) -> int:
        """How many rows a process has told of in its output."""

    @abstractmethod
    def held(self, state: State, ends: Ends) -> int:
        """How many of such rows there are."""

    def mixes(self, state: State, ends: Ends) -> bool:
        """Whether the state holds what belongs neither to the one end nor to the other."""
        return any(value not in (ends.before.get(name), ends.after.get(name)) for name, value in state.items())


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


class Training(Job):
    """`twobranch train`, with a checkpoint after every batch; going on is the same command with `--resume`."""

    name = "training"

    def run(self, folder: Path) -> None:
        """Train, or go on."""
        from twobranch.training import loop

        loop.CHECKPOINT_SECONDS = -1.0
        out, material = folder / "run", self.material
        command(["train", material.corpus, "--recipe", material.recipe, "--out", out, "--cache", material.cache,
                 "--threads", 1, *(["--resume"] if out.exists() else [])])()  # fmt: skip

    def state(self, folder: Path) -> State:
        """Rows of the history, weights of the checkpoints' best and of the matcher, and its calibration."""
        from safetensors.numpy import load_file

        from twobranch.training.checkpoint import load_position

        run, found = folder / "run", State()
        if (run / "metrics.jsonl").exists():
            for number, line in enumerate((run / "metrics.jsonl").read_text().splitlines()):
                row = json.loads(line)
                if (after := row.pop("after_stage", None)) is not None:
                    found[f"stage {number}"] = digest(after)
                found[f"epoch {number}"] = digest({**row, "seconds": 0})
        for checkpoint in ("best", "last"):
            if (run / "checkpoints" / f"{checkpoint}.safetensors").exists():
                load_position(run / "checkpoints" / f"{checkpoint}.safetensors")
        if (run / "model").exists():
            from twobranch.matcher import Matcher

            Matcher.load(run / "model", device="cpu", threads=1, cache=self.material.cache)
            for file in sorted((run / "model").rglob("*.safetensors")):
                found[f"model {file.name}"] = digest(*[(k, v.tobytes()) for k, v in sorted(load_file(file).items())])
            found["model calibration"] = digest(json.loads((run / "model" / "calibration.json").read_text()))
        if (run / "report.html").exists():
            for weights in ("best", "last"):
                tensors = load_file(run / "checkpoints" / f"{weights}.safetensors")
                found[f"checkpoint {weights}"] = digest(*[(k, v.tobytes()) for k, v in sorted(tensors.items())])
        return found

    def acknowledged(self, text: str) -> int:
        """Epochs that were told of."""
        return max([0, *(3 * (stage == "second") + int(n) for stage, n in re.findall(r"(\w+), epoch (\d+): ", text))])

    def held(self, state: State, ends: Ends) -> int:
        """Epochs of the history."""
        return sum(name.startswith("epoch") for name in state)


class Indexing(Job):
    """`twobranch index` on an index of 24 pictures: 16 are new, 4 changed, 4 renamed, 4 gone; commits of four rows."""

    name = "indexing"
    seed = 0  # of the matcher

    def prepare(self, folder: Path) -> None:
        """The index as it was."""
        folder.mkdir(parents=True)
        shutil.copytree(self.material.index, folder / "index")

    def run(self, folder: Path) -> None:
        """Bring it up to date."""
        from twobranch.search import building

        building.COMMIT_ROWS, building._ENCODE_ROWS = 4, 4
        command(["index", self.material.model(self.seed), self.material.after, "--out", folder / "index", "--cache",
                 self.material.cache, "--threads", 1, "--json"])()  # fmt: skip

    def state(self, folder: Path) -> State:
        """Every row of the store with embedding and thumbnail; the index answers, with these rows."""
        import numpy as np

        from twobranch.errors import TwobranchError
        from twobranch.search import Index

        found: State = {}
        index = Index.open(folder / "index", device="cpu", threads=1, cache=self.material.cache)
        while True:
            generation = index.description.generation
            try:
                snapshot = index.snapshot()
                table = index.store_of(snapshot).take(snapshot.row_ids.tolist()).to_pylist()
                break
            except TwobranchError:
                if Index.open(folder / "index").description.generation == generation:
                    raise
        matrix = {int(row_id): snapshot.matrix[row] for row, row_id in enumerate(snapshot.row_ids)}
        for row in table:
            embedding = np.asarray(row.pop("embedding"), np.float32)
            if not np.array_equal(embedding, matrix[row.pop("_rowid")]):
                raise ValueError(f"{row['id']}: the matrix is not the store's")
            name = f"row {row['id']}"
            if name in found:
                raise ValueError(f"{name} is there twice")
            found[name] = digest(row, embedding)
        answer = index.search(like="00" + Path(table[0]["id"]).suffix, k=1000)  # maybe from a newer version by now
        if len({hit.id for hit in answer.hits}) != answer.images:
            raise ValueError("a search does not find every picture once")
        return found

    def search_until_done(self, folder: Path) -> None:
        """Search by sentence and by picture, and look at thumbnails, until there is a file `done`."""
        from twobranch.search import Index

        index = Index.open(folder / "index", device="cpu", threads=1, cache=self.material.cache)
        kept = {f"{number:02}" for number in range(12)}
        while not (folder / "done").exists():
            for query in ({"sentence": "a dog and a red car"}, {"like": "00.jpg"}):
                answer = index.search(k=1000, **query)  # type: ignore[arg-type]
                names = [Path(hit.id).stem for hit in answer.hits]
                if len(set(names)) != answer.images or not kept <= set(names):
                    raise ValueError(f"not every picture is found once: {names}")
                index.thumbnail("01.jpg")
                os.write(2, b"answered\n")

    def acknowledged(self, text: str) -> int:
        """Encoded pictures that were told of."""
        return max([0, *map(int, re.findall(r"(\d+) of \d+ images in the index", text))])

    def held(self, state: State, ends: Ends) -> int:
        """Rows of pictures that are encoded: new or changed ones."""
        encoded = [name for name in ends.after if not name.startswith("row renamed") and int(name[4:6]) >= 12]
        return sum(state.get(name) == ends.after[name] for name in encoded)


class Reindexing(Indexing):
    """The same with another matcher: a second generation grows beside the first, which answers until it is complete."""

    name = "reindexing"
    seed = 1

    def acknowledged(self, text: str) -> int:
        """Nothing can be seen before the generation takes over."""
        return 0

    def mixes(self, state: State, ends: Ends) -> bool:
        """Rows of two matchers must never stand together."""
        return not (state.items() <= ends.before.items() or state.items() <= ends.after.items())


class FirstIndexing(Indexing):
    """The same where there is no index yet."""

    name = "first indexing"

    def prepare(self, folder: Path) -> None:
        """Nothing."""
        folder.mkdir(parents=True)

    def state(self, folder: Path) -> State:
        """No row before there is a table."""
        from twobranch.search.store import store_stamp

        started = (folder / "index" / "index.json").exists() and store_stamp(folder / "index" / "store")
        return super().state(folder) if started and self._rows(folder) else {}

    def _rows(self, folder: Path) -> int:
        from twobranch.search.store import Store

        return len(Store(folder / "index" / "store"))

    def held(self, state: State, ends: Ends) -> int:
        """All rows are encoded."""
        return len(state)


class Reproduction(Job):
    """The rows of a table, two trainings, as `twobranch reproduce` makes them; a checkpoint after every batch."""

    name = "reproduction"

    def run(self, folder: Path) -> None:
        """Train what is missing."""
        import twobranch
        from twobranch.config import validated
        from twobranch.reproduction.bench import FrozenFeatures
        from twobranch.reproduction.paper import Paper
        from twobranch.reproduction.reproducing import write_tables
        from twobranch.reproduction.rows import Rows
        from twobranch.training import loop
        from twobranch.training.encoding import Place
        from twobranch.training.recipes import load_recipe

        loop.CHECKPOINT_SECONDS = -1.0
        recipes = {"tiny": load_recipe(str(self.material.recipe), ["stages.1.epochs=1"])}
        corpus = twobranch.read_corpus(self.material.corpus)
        paper = validated(Paper, {"title": "A table", "rows": [{"recipe": "tiny", "title": "tiny"}]}, "paper")
        prints = [corpus.split(name).fingerprint for name in ("train", "val")]
        rows = Rows(recipes, range(2), *prints, folder / "out")
        with told():
            write_tables({"table": paper}, rows, FrozenFeatures(corpus, Place("cpu", 1, self.material.cache)))

    def state(self, folder: Path) -> State:
        """Ranks, metrics and history of each training; the table reads as JSON."""
        import numpy as np

        found: State = {}
        for result in sorted((folder / "out" / "runs").glob("*/seed-?")):
            facts = json.loads((result / "result.json").read_text())
            history = [{**row, "seconds": 0} for row in facts["history"]]
            with np.load(result / "ranks.npz", allow_pickle=False) as arrays:
                ranks = [array for _, array in sorted(arrays.items())]
            found[result.name] = digest(facts["key"], facts["metrics"], history, facts["stages"], *ranks)
        if (folder / "out" / "table.json").exists():
            table = json.loads((folder / "out" / "table.json").read_text())
            if len(found) == len(table["seeds"]):
                found["table"] = digest([row.get("rsum") for row in table["papers"][0]["rows"]])
        return found

    def acknowledged(self, text: str) -> int:
        """Trainings that were told of."""
        return len(re.findall(r"seed \d+: rsum", text))

    def held(self, state: State, ends: Ends) -> int:
        """Results."""
        return sum(name.startswith("seed") for name in state)


class told:
    """Messages and errors as the command line prints them, where a job is no command."""

    def __enter__(self) -> None:
        from twobranch.cli.main import _ToConsole
        from twobranch.progress import log

        log.addHandler(_ToConsole())
        log.setLevel("INFO")

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        from twobranch.errors import TwobranchError

        if isinstance(error, TwobranchError):
            os.write(2, f"error: {error}\n".encode())
            sys.exit(2)


JOBS: dict[str, type[Job]] = {
    job.name: job for job in (Extraction, Training, Indexing, Reindexing, FirstIndexing, Reproduction)
}
"""By name."""
