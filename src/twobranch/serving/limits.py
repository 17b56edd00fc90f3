"""How much one request may take."""

from __future__ import annotations

MAX_BYTES = 32 << 20
"""Largest request body; a picture that is larger should be scaled down first."""

MAX_PIXELS = 60_000_000
"""Largest picture that is decoded for a client."""

UPLOAD_SECONDS = 60
"""How long the body of a request may take to arrive."""

ANSWER_SECONDS = 30
"""How long a search or an annotation may take, waiting included."""

GROUND_SECONDS = 60
"""How long a grounding may take: proposals of a large picture take seconds, and one is made at a time."""

ANSWERS_AT_ONCE = 32
"""Requests that are worked on together, and so the most that are encoded in one call."""

MOST_WAITING = 256
"""Requests of a kind that may wait or be worked on; the next one is told to come again."""


MAX_HITS = 20_000
"""Hits of all queries of a batch together."""


class TooLarge(Exception):
    """A request body that exceeds `MAX_BYTES`."""


class TooSlowUpload(Exception):
    """A request body that takes longer than `UPLOAD_SECONDS`."""
