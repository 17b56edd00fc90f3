"""The small files of an index on object storage, copied to and from a folder of this machine.

A reader copies index.json and the matcher that it names. The only writer works on the folder as on any index folder,
and publishes it in an order that leaves a readable index at every moment: what a description names is there before it,
and goes away after it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from twobranch.corpus import object_storage as storage
from twobranch.errors import TwobranchError
from twobranch.files import atomic_path, read_json, write_json
from twobranch.search.folder import (
    GENERATION,
    Description,
    described,
    read_description,
    same_embeddings,
)
from twobranch.search.lease import NAME as LEASE

DESCRIPTIONS = ("index.json", "pending.json")
_COPIED = "copied.json"  # the versions of the files of each matcher that was copied here


def refuse_foreign(url: str) -> None:
    """An address may be written only if there is an index, one that was begun, or nothing.

    Raises:
        TwobranchError: if there is something else, or an index of another version.
    """
    names = storage.children(url)
    if "index.json" in names:
        described(storage.read(storage.join(url, "index.json")), storage.join(url, "index.json"))
    elif names and not {*DESCRIPTIONS, LEASE} & set(names):
        raise TwobranchError(
            url,
            "--out must be a new address or an index",
            found=f"other objects, such as {names[0]}",
            remedy="Choose another address; nothing was touched.",
        )


def pull(url: str, folder: Path, names: Sequence[str], *, may_be_missing: bool = False) -> None:
    """Make descriptions and matchers in a folder those at an address.

    Args:
        url: the address of the index.
        folder: where the copies are.
        names: which of `DESCRIPTIONS`.
        may_be_missing: whether it is no error that there is no index yet.

    Raises:
        TwobranchError: if there is no index, or it cannot be read.
    """
    for name in names:
        there = storage.join(url, name)
        if storage.version(there) is None:
            if name == "index.json" and not may_be_missing:
                raise TwobranchError(
                    url,
                    "an index is a folder with an index.json",
                    found="none below the address",
                    remedy="Make one with: twobranch index MODEL IMAGES --out INDEX",
                )
            (folder / name).unlink(missing_ok=True)
            continue
        description = described(storage.read(there), there)
        _pull_matcher(url, folder, description.matcher_folder)
        if not (folder / name).is_file() or read_description(folder, name) != description:
            write_json(folder / name, description.model_dump(mode="json"))


def _pull_matcher(url: str, folder: Path, name: str) -> None:
    there = storage.join(url, name)
    files = storage.listing(there)
    now = [[file.path.removeprefix(there), file.bytes, file.mtime_ns] for file in files]
    copied = read_json(folder / _COPIED, "the list of copies") if (folder / _COPIED).is_file() else {}
    if (folder / name).is_dir() and copied.get(name) == now:
        return
    with atomic_path(folder / name) as temporary:
        temporary.mkdir()
        for file in files:
            target = temporary / _inside(file.path.removeprefix(f"{there}/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            storage.download(file.path, target)
    write_json(folder / _COPIED, {**copied, name: now})


def _inside(key: str) -> Path:
    """The relative path of a key; one that leads out of the folder is no file of a matcher."""
    if any(part in ("", ".", "..") for part in key.split("/")) or "\\" in key or "\0" in key:
        raise TwobranchError(
            key, "a file of a matcher lies inside its folder", found="another place", remedy="Make the index anew."
        )
    return Path(key)


def push(folder: Path, url: str) -> None:
    """Make descriptions and matchers at an address those in a folder; only the writer of the index may do that.

    A generation at the address that the folder does not name, or names for another matcher, is deleted with its store.

    Raises:
        TwobranchError: if it cannot be written.
    """
    before = {name: found for name in DESCRIPTIONS if (found := _published(url, name))}
    after = {name: read_description(folder, name) for name in DESCRIPTIONS if (folder / name).is_file()}
    answering = before.get("index.json")
    stale = [name for name in storage.children(url) if GENERATION.fullmatch(name) and not _goes_on(name, before, after)]
    pending = before.get("pending.json")
    if pending is not None and not any(_same(pending, one) for one in after.values()):
        storage.delete(storage.join(url, "pending.json"))  # before what it names
    last = [name for name in stale if answering and name in (answering.matcher_folder, answering.store_folder)]
    for name in stale:
        if name not in last:
            storage.delete(storage.join(url, name))
    for description in after.values():
        _push_matcher(folder / description.matcher_folder, storage.join(url, description.matcher_folder))
    for name in after:
        storage.write(storage.join(url, name), (folder / name).read_bytes())
    if "pending.json" not in after:
        storage.delete(storage.join(url, "pending.json"))
    for name in last:
        storage.delete(storage.join(url, name))
    for child in folder.iterdir():
        if GENERATION.fullmatch(child.name) and child.name not in {one.matcher_folder for one in after.values()}:
            shutil.rmtree(child, ignore_errors=True)


def _published(url: str, name: str) -> Description | None:
    there = storage.join(url, name)
    return None if storage.version(there) is None else described(storage.read(there), there)


def _same(one: Description, other: Description) -> bool:
    return one.generation == other.generation and same_embeddings(one, other)


def _goes_on(name: str, before: dict[str, Description], after: dict[str, Description]) -> bool:
    """Whether a folder at the address belongs to a generation that was and still is."""
    return any(
        name in (now.matcher_folder, now.store_folder) and any(_same(now, was) for was in before.values())
        for now in after.values()
    )


def _push_matcher(folder: Path, there: str) -> None:
    """Upload the files that differ; what describes the matcher comes last."""
    present = {file.path.removeprefix(f"{there}/"): file.bytes for file in storage.listing(there)}
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    for name in sorted(files, key=lambda name: (name == "matcher.json", name)):
        data = files[name].read_bytes()
        if present.get(name) != len(data) or storage.read(storage.join(there, name)) != data:
            storage.write(storage.join(there, name), data)
    for name in present.keys() - files.keys():
        storage.delete(storage.join(there, name))
