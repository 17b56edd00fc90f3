"""Names of splits, and a split for a corpus that comes without one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

TRAIN, VAL, TEST = "train", "val", "test"

ALIASES = {"training": TRAIN, "dev": VAL, "valid": VAL, "validation": VAL, "testing": TEST}
"""Other names of the three splits."""

TRAIN_SHARE, VAL_SHARE = 0.8, 0.1
"""Shares of the groups in a split made here; the rest is the test split."""


def canonical_split(name: str) -> str:
    """The name that the project uses for a split; a name of the user's own stays as it is.

    Example:
        >>> canonical_split("Dev"), canonical_split("fold-3")
        ('val', 'fold-3')
    """
    folded = name.strip().casefold()
    folded = ALIASES.get(folded, folded)
    return folded if folded in (TRAIN, VAL, TEST) else name.strip()


def split_of_name(path: PurePath) -> str | None:
    """The split that a file of many images is named after: by a word of its own name, or else by a folder of it.

    Args:
        path: relative to the data.

    Example:
        >>> split_of_name(PurePath("coco-train-000.tar")), split_of_name(PurePath("dev/00001.tar"))
        ('train', 'val')
        >>> split_of_name(PurePath("00000.tar")), split_of_name(PurePath("train-and-test.tar"))
        (None, None)
    """
    for part in (path.name, *reversed(path.parent.parts)):
        words = {canonical_split(word) for word in re.split(r"[-_.]", part)} & {TRAIN, VAL, TEST}
        if words:
            return words.pop() if len(words) == 1 else None
    return None


def ordered_splits(names: Iterable[str]) -> list[str]:
    """Each name once: train, val, test, then the others by name.

    Example:
        >>> ordered_splits(["test", "extra", "train", "test"])
        ['train', 'test', 'extra']
    """
    present = set(names)
    return [name for name in (TRAIN, VAL, TEST) if name in present] + sorted(present - {TRAIN, VAL, TEST})


def split_by_group(groups: Iterable[str]) -> dict[str, str]:
    """A split for each group id, from a hash of the id alone.

    A group keeps its split when the corpus grows or its rows change places; about 80 % of the groups are train,
    10 % val, 10 % test. In a corpus so small that a split would come out empty, groups move to fill it;
    with fewer than three groups everything is train.

    Example:
        >>> sorted(split_by_group(["a", "b", "c"]).values())
        ['test', 'train', 'val']
    """
    places = {group: _place(group) for group in groups}
    if len(places) < 3:
        return dict.fromkeys(places, TRAIN)
    splits = {group: _split_at(place) for group, place in places.items()}
    for empty in (name for name in (TRAIN, VAL, TEST) if name not in set(splits.values())):
        largest = Counter(splits.values()).most_common(1)[0][0]
        moved = max((group for group in splits if splits[group] == largest), key=places.__getitem__)
        splits[moved] = empty
    return splits


def _place(group: str) -> float:
    """A number in [0, 1) that depends on the group id alone."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64


def _split_at(place: float) -> str:
    if place < TRAIN_SHARE:
        return TRAIN
    return VAL if place < TRAIN_SHARE + VAL_SHARE else TEST
