"""The galleries of a report: queries worth looking at, with what was found for them and what should have been."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple

import numpy as np

from twobranch.evaluation.reports.page import picture

Kind = Literal["best", "typical", "worst"]
Direction = Literal["t2i", "i2t"]

HEADINGS: dict[Kind, str] = {"best": "Best", "typical": "Typical", "worst": "Worst"}


class Answer(NamedTuple):
    """Something that was found, or should have been.

    Attributes:
        caption: a sentence, or the id of an image.
        match: whether it matches the query.
        picture: JPEG or PNG bytes, where it is an image.
        rank: where it stands.
    """

    caption: str
    match: bool
    picture: bytes | None
    rank: int


class GalleryItem(NamedTuple):
    """A query with what the matcher found for it.

    Attributes:
        direction: `t2i` (the query is a sentence) or `i2t` (the query is an image).
        kind: why it is shown.
        query: the sentence, or the id of the image.
        picture: JPEG or PNG bytes of the query, where it is an image.
        rank: rank of the best match.
        answers: the first ones, in order.
        wanted: the best match where it is not among them.
    """

    direction: Direction
    kind: Kind
    query: str
    picture: bytes | None
    rank: int
    answers: Sequence[Answer]
    wanted: Answer | None = None


def gallery_queries(ranks: np.ndarray, *, count: int = 3, seed: int = 0) -> dict[Kind, list[int]]:
    """Queries worth looking at: the best, those around the median rank, the worst; equal ranks are drawn at random.

    Args:
        ranks: (Q,) ranks of one direction, 0 = unmatched.
        count: queries of each kind; fewer where there are not enough, and none twice.
        seed: of the draw.

    Example:
        >>> gallery_queries(np.array([9, 1, 3, 0, 40]), count=1)
        {'best': [1], 'typical': [2], 'worst': [4]}
    """
    matched = np.flatnonzero(ranks > 0)
    shuffled = np.random.default_rng(seed).permutation(matched)
    order = shuffled[np.argsort(ranks[shuffled], kind="stable")]
    count = min(count, len(order) // 3)
    middle = max((len(order) - count) // 2, count)
    return {
        "best": order[:count].tolist(),
        "typical": order[middle : middle + count].tolist(),
        "worst": order[len(order) - count :][::-1].tolist(),
    }


def gallery_section(title: str, note: str, items: Sequence[GalleryItem]) -> str:
    """The queries of one direction; nothing without any.

    Raises:
        TwobranchError: if a picture is neither JPEG nor PNG.
    """
    parts = [f'<p class="soft">{escape(note)}</p>'] if items else []
    for kind, heading in HEADINGS.items():
        own = [item for item in items if item.kind == kind]
        parts += [f"<h3>{heading}</h3>"] if own else []
        parts += [_item(item) for item in own]
    return f"<h2>{escape(title)}</h2>{''.join(parts)}" if items else ""


def _item(item: GalleryItem) -> str:
    body = _pictures(item) if item.direction == "t2i" else _sentences(item)
    rank = f'<span class="rank">best match on rank {item.rank:,}</span>'
    return f'<div class="query"><header><span>{escape(item.query)}</span>{rank}</header>{body}</div>'


def _pictures(item: GalleryItem) -> str:
    cells = "".join(
        f"<div{_marked(answer)}>{_shown(answer, item.query)}{_tick(answer)}{escape(answer.caption)}</div>"
        for answer in item.answers
    )
    if item.wanted is not None:
        label = f"the match, rank {item.wanted.rank:,}"
        cells += f'<div class="wanted">{_shown(item.wanted, item.query)}{label}: {escape(item.wanted.caption)}</div>'
    return f'<div class="strip">{cells}</div>'


def _sentences(item: GalleryItem) -> str:
    lines = "".join(f"<li{_marked(answer)}>{_tick(answer)}{escape(answer.caption)}</li>" for answer in item.answers)
    wanted = ""
    if item.wanted is not None:
        wanted = f'<li class="wanted" value="{item.wanted.rank}">{escape(item.wanted.caption)}</li>'
    shown = "" if item.picture is None else picture(item.picture, item.query)
    return f'<div class="pair"><div>{shown}</div><ol>{lines}{wanted}</ol></div>'


def _shown(answer: Answer, query: str) -> str:
    return "" if answer.picture is None else picture(answer.picture, query)


def _marked(answer: Answer) -> str:
    return ' class="match"' if answer.match else ""


def _tick(answer: Answer) -> str:
    return '<span class="tick" title="match">✓</span> ' if answer.match else ""
