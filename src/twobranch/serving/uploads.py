"""Bodies are counted and timed while they arrive: neither their length nor their end need be announced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from twobranch.serving import limits

if TYPE_CHECKING:
    from starlette.types import Message, Receive


def limited(receive: Receive) -> Receive:
    """Receive a body of limited size in limited time.

    Raises:
        TooLarge: on the way, where it is larger than `MAX_BYTES`.
        TooSlowUpload: where it takes longer than `UPLOAD_SECONDS`.
    """
    seen, complete = 0, False
    deadline = asyncio.get_running_loop().time() + limits.UPLOAD_SECONDS

    async def counting() -> Message:
        nonlocal seen, complete
        try:
            async with asyncio.timeout_at(None if complete else deadline):
                message = await receive()
        except TimeoutError:
            raise limits.TooSlowUpload from None
        complete = not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > limits.MAX_BYTES:
            raise limits.TooLarge
        return message

    return counting
