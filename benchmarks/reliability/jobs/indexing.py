"""`twobranch index`: an index brought up to date, one that gets another matcher, and a new one."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from benchmarks.reliability.jobs.base import Ends, Job, State, digest
from benchmarks.reliability.material import command


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
