"""Handing files to a page as people do."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

_TRANSFER = """([data, name, type]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  return transfer;
}"""


def transfer(page: Any, file: Path, kind: str = "image/jpeg") -> Any:
    """A file as it is in the hands of somebody who drops or pastes it."""
    data = base64.b64encode(file.read_bytes()).decode()
    return page.evaluate_handle(_TRANSFER, [data, file.name, kind])


def drop(page: Any, file: Path, on: str, kind: str = "image/jpeg") -> None:
    """Drag a file over the page and drop it on a part of it."""
    held = transfer(page, file, kind)
    page.dispatch_event("body", "dragover", {"dataTransfer": held})
    page.dispatch_event(on, "dragover", {"dataTransfer": held})
    page.dispatch_event(on, "drop", {"dataTransfer": held})


def paste(page: Any, file: Path) -> None:
    """Paste a file from the clipboard."""
    held = transfer(page, file)
    page.evaluate(
        "(held) => dispatchEvent(new ClipboardEvent('paste', { clipboardData: held, cancelable: true }))", held
    )
