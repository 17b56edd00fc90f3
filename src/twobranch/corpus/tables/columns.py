"""Which column of a table plays which role."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twobranch.errors import TwobranchError, nearest

IMAGE, SENTENCE, SPLIT, GROUP = "image", "sentence", "split", "group"

SYNONYMS: dict[str, tuple[str, ...]] = {
    IMAGE: (
        *("image", "image_path", "image_file", "image_name", "img", "img_path", "file_name", "filename", "file_path"),
        *("filepath", "file", "path", "picture", "photo"),
    ),
    SENTENCE: (
        *("sentences", "sentence", "captions", "caption", "text", "texts", "description", "descriptions", "comment"),
        *("alt_text", "alt"),
    ),
    SPLIT: ("split", "subset", "partition"),
    GROUP: ("group", "group_id", "identity", "person_id"),
}
"""Names that are understood for each role, the best one first."""


@dataclass(frozen=True)
class ColumnRoles:
    """The user's column names by role.

    Attributes:
        sentences: one or several columns of sentences.
        split: None where the table has no such column; so `group`.
        notes: what was decided.
    """

    image: str
    sentences: tuple[str, ...]
    split: str | None
    group: str | None
    notes: tuple[str, ...]

    @property
    def used(self) -> set[str]:
        """All columns that play a role."""
        return {self.image, *self.sentences, self.split or "", self.group or ""}


def column_roles(columns: Sequence[str], given: Mapping[str, str], where: str) -> ColumnRoles:
    """Give each role a column: the one that the user names, or else the one whose name is most like it.

    Args:
        columns: the column names of the table.
        given: column names by role; "a+b" are several sentence columns.
        where: the table, for messages.

    Raises:
        TwobranchError: for an unknown role, a column that is not there, or no column for image or sentence.

    Example:
        >>> roles = column_roles(["file_name", "caption_1", "caption_2", "year"], {}, "photos.csv")
        >>> roles.image, roles.sentences
        ('file_name', ('caption_1', 'caption_2'))
    """
    chosen = {role: _given(role, name, columns, where) for role, name in given.items()}
    taken = {name for names in chosen.values() for name in names}
    notes = []
    for role in SYNONYMS:
        if role not in chosen:
            chosen[role], others = _detected(role, [name for name in columns if name not in taken])
            taken.update(chosen[role])
            if others:
                notes.append(
                    f"named like {role} too, but not read as it (--columns says otherwise): {', '.join(others)}"
                )
    for role in (IMAGE, SENTENCE):
        if not chosen[role]:
            raise TwobranchError(
                where,
                f"a column must name the {role}",
                found=f"the columns {', '.join(columns) or '(none)'}",
                remedy=f"Say which with --columns {role}=NAME; understood unsaid: {', '.join(SYNONYMS[role])}.",
            )
    said = [f"{role}={'+'.join(names)}" for role, names in chosen.items() if names]
    notes.insert(0, f"columns: {', '.join(said)}")
    split, group = (next(iter(chosen[role]), None) for role in (SPLIT, GROUP))
    return ColumnRoles(chosen[IMAGE][0], tuple(chosen[SENTENCE]), split, group, tuple(notes))


def roles_present(columns: Sequence[str]) -> int:
    """How many of the two roles that every table needs, image and sentence, some column is named like.

    Example:
        >>> roles_present(["file_name", "label"]), roles_present(["product", "price"])
        (1, 0)
    """
    return sum(bool(_detected(role, columns)[0]) for role in (IMAGE, SENTENCE))


def _given(role: str, name: str, columns: Sequence[str], where: str) -> list[str]:
    if role not in SYNONYMS:
        raise TwobranchError(f"--columns {role}={name}", "must name a role", remedy=nearest(role, list(SYNONYMS)))
    names = [name] if name in columns or role != SENTENCE else name.split("+")
    for part in names:
        if part not in columns:
            rule = f"must be a column of {where}"
            raise TwobranchError(
                f"--columns {role}={name}", rule, found=repr(part), remedy=nearest(part, list(columns))
            )
    return names


def _detected(role: str, columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns of a role, and those that lost to them; sentence columns may be numbered."""
    like: dict[str, list[str]] = {synonym: [] for synonym in SYNONYMS[role]}
    for name in columns:
        plain = re.sub(r"\W+", "_", name.casefold()).strip("_")
        stem = re.sub(r"_?\d+$", "", plain) if role == SENTENCE else plain
        if stem in like:
            like[stem].append(name)
    found = [names for names in like.values() if names]
    if not found:
        return [], []
    keep = len(found[0]) if role == SENTENCE else 1
    return found[0][:keep], found[0][keep:] + [name for names in found[1:] for name in names]
