"""The index folder: what it is made of, who may write it, and how one generation takes over from another.

    photos.index/
      index.json       the description: format version, matcher, views, folders of this generation
      matcher/         a copy of the matcher folder, so that the index opens without being told its model
      store/           the LanceDB table `images`: the truth
      derived/         the matrix of exact search, made from the store and stamped with its version

Embeddings of two matchers are never mixed. Where an index gets another matcher, a second generation
(`matcher-2/`, `store-2/`) grows beside the first, described by `pending.json`, while the first one still answers;
renaming `pending.json` to `index.json` is the moment at which it takes over.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError
from twobranch.files import read_json, sync, write_json
from twobranch.locks import only_writer
from twobranch.temporaries import remove_leftovers

FORMAT = "twobranch-index"
FORMAT_VERSION = 1
LOCK_NAME = ".twobranch-index.lock"
WAIT = "Wait until it has ended, then run the command again; searching goes on meanwhile."
"""What to do while another process writes an index."""

GENERATION = re.compile(r"(matcher|store)(-\d+)?")
"""Names of the folders of a generation."""


class Description(Config):
    """What `index.json` says."""

    format: str = Field(FORMAT, description="always twobranch-index")
    version: int = Field(FORMAT_VERSION, description="version of the folder's layout")
    matcher_identity: str = Field(description="identity of the matcher that made every embedding in the store")
    similarity: str = Field(description="cosine or dot")
    dim: int = Field(description="D, the length of an embedding")
    views: tuple[str, ...] = Field(description="views of an image whose embeddings are averaged")
    images: str = Field(description="the images folder, absolute: ids are relative to it")
    created: str = Field(description="when this generation was begun, UTC")
    generation: int = Field(1, ge=1, le=1_000_000, description="grows each time the index gets another matcher")

    @property
    def matcher_folder(self) -> str:
        """Name of the folder of this generation's matcher."""
        return "matcher" if self.generation == 1 else f"matcher-{self.generation}"

    @property
    def store_folder(self) -> str:
        """Name of the folder of this generation's store."""
        return "store" if self.generation == 1 else f"store-{self.generation}"


def now() -> str:
    """The time in UTC, to the second, as index.json writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_description(folder: Path, name: str = "index.json") -> Description:
    """Read `index.json`.

    Raises:
        TwobranchError: if the folder is no index, or one of a layout that this version does not read.
    """
    if not (folder / name).is_file():
        raise TwobranchError(
            str(folder),
            "an index is a folder with an index.json",
            found="no such folder" if not folder.exists() else "none in it",
            remedy="Make one with: twobranch index MODEL IMAGES --out INDEX",
        )
    return _description(read_json(folder / name, "the index's description"), str(folder / name))


def described(text: bytes, where: str) -> Description:
    """Read the text of an `index.json` that lies elsewhere.

    Raises:
        TwobranchError: if it is none, or one of a layout that this version does not read.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TwobranchError(
            where, "the index's description must be a JSON document", found=error, remedy="Make the index anew."
        ) from None
    return _description(document, where)


def _description(document: Any, where: str) -> Description:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TwobranchError(
            where, f'"format" must be "{FORMAT}"', found="something else", remedy="Name an index folder."
        )
    if document.get("version") != FORMAT_VERSION:
        raise TwobranchError(
            where,
            f"this twobranch reads indexes of version {FORMAT_VERSION}",
            found=f"version {document.get('version')}",
            remedy="Use the twobranch that made the index, or make it anew in another folder.",
        )
    return validated(Description, document, where)


def write_description(folder: Path, description: Description, name: str = "index.json") -> None:
    """Write `index.json` (or `pending.json`) atomically."""
    write_json(folder / name, description.model_dump(mode="json"))


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only writer of the index at `folder`, which is made where there is none.

    Raises:
        TwobranchError: if the path holds something that is not an index (nothing is touched), or if another
            process is writing this index.
    """
    _refuse_foreign(folder)
    with only_writer(folder, LOCK_NAME, "an index", remedy=WAIT):
        remove_leftovers(folder)
        yield


def _refuse_foreign(folder: Path) -> None:
    """An existing path may be written only if it is an index, one that was begun, or an empty folder."""
    if (folder / "index.json").is_file():
        read_description(folder)
        return
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_dir() and ((folder / LOCK_NAME).exists() or not any(folder.iterdir())):
        return
    raise TwobranchError(
        str(folder),
        "--out must be a new path or an index",
        found="a folder that is not an index" if folder.is_dir() else "a file",
        remedy="Choose another path; nothing was touched.",
    )


def generation_for(folder: Path, wanted: Description) -> tuple[Description, bool]:
    """The generation that takes the embeddings of the wanted matcher and views, and whether it is the current one.

    The current generation where its matcher and views are the wanted ones; else a pending one that an interrupted
    run has begun with them; else a new pending one. A pending one of yet another matcher is removed, and so is what a
    killed run has left of others: their embeddings must never be taken for those of a new one.
    """
    generation, is_current = _chosen_generation(folder, wanted)
    _remove_strays(folder)
    return generation, is_current


def _chosen_generation(folder: Path, wanted: Description) -> tuple[Description, bool]:
    current = read_description(folder) if (folder / "index.json").is_file() else None
    if current is not None and same_embeddings(current, wanted):
        discard_pending(folder)
        return current, True
    if (folder / "pending.json").is_file():
        pending = read_description(folder, "pending.json")
        if same_embeddings(pending, wanted):
            return pending, False
        discard_pending(folder)
    number = 1 if current is None else current.generation + 1
    return wanted.model_copy(update={"generation": number}), current is None


def same_embeddings(one: Description, other: Description) -> bool:
    """Whether two descriptions tell of embeddings that may stand in one store."""
    return (one.matcher_identity, one.views) == (other.matcher_identity, other.views)


def discard_pending(folder: Path) -> None:
    """Remove a generation that was begun and is not wanted any more."""
    if (folder / "pending.json").is_file():
        pending = read_description(folder, "pending.json")
        (folder / "pending.json").unlink()
        _remove_generation(folder, pending)


def activate(folder: Path) -> None:
    """Let the pending generation take over, and remove the one before it."""
    before, after = read_description(folder), read_description(folder, "pending.json")
    os.replace(folder / "pending.json", folder / "index.json")
    sync(folder)
    if before.generation != after.generation:
        _remove_generation(folder, before)


def _remove_strays(folder: Path) -> None:
    """Remove matchers and stores that neither index.json nor pending.json names."""
    named = set()
    for name in ("index.json", "pending.json"):
        if (folder / name).is_file():
            description = read_description(folder, name)
            named |= {description.store_folder, description.matcher_folder}
    for child in folder.iterdir():
        if GENERATION.fullmatch(child.name) and child.name not in named:
            shutil.rmtree(child)


def _remove_generation(folder: Path, description: Description) -> None:
    shutil.rmtree(folder / description.store_folder, ignore_errors=True)
    shutil.rmtree(folder / description.matcher_folder, ignore_errors=True)
