"""One process at a time writes an index on object storage, which knows no locks: a lease that its holder renews.

Who finds no lease, or one that has run out, writes its own, waits longer than anybody needs between looking and
writing, and has it if it is still there (Fischer's algorithm). The holder renews it, and looks at it before each
commit, so that a process that was stopped for long does not go on beside the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from twobranch.corpus import object_storage as storage
from twobranch.errors import TwobranchError
from twobranch.search.folder import WAIT

NAME = "writer.json"
SECONDS = 120.0
"""A lease that was not renewed for so long has run out: its process was killed."""

SETTLE_SECONDS = 1.0
"""Between writing a lease and having it."""


class Lease:
    """The right to write the index at an address.

    Args:
        url: the address of the index.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._file = storage.join(url, NAME)
        self._token = uuid.uuid4().hex
        self._renewed = 0.0
        self._ended = threading.Event()

    @contextlib.contextmanager
    def held(self) -> Iterator[Callable[[], None]]:
        """Have the lease for the length of the block; yields a check that it is still held.

        Raises:
            TwobranchError: if another process has it.
        """
        if not _is_free(found := self._read()):
            raise self._refusal(found)
        self._write()
        time.sleep(SETTLE_SECONDS)
        self.check()
        thread = threading.Thread(target=self._renew, daemon=True)
        thread.start()
        try:
            yield self.check
        finally:
            self._ended.set()
            thread.join()
            with contextlib.suppress(TwobranchError):  # it runs out by itself
                if self._read().get("token") == self._token:
                    storage.delete(self._file)

    def check(self) -> None:
        """See that the lease is still this process's.

        Raises:
            TwobranchError: if another process has it.
        """
        found = self._read()
        if found.get("token") != self._token:
            raise self._refusal(found)

    def _renew(self) -> None:
        while not self._ended.wait(SECONDS / 4):
            with contextlib.suppress(TwobranchError):  # the next time, or `check` says it
                self.check()
                self._write()

    def _write(self) -> None:
        document = {
            "token": self._token, "host": socket.gethostname(), "process": os.getpid(), "until": time.time() + SECONDS,
        }  # fmt: skip
        storage.write(self._file, json.dumps(document).encode())

    def _read(self) -> dict[str, Any]:
        """The lease that is there; empty where there is none, or one that nobody can hold."""
        if storage.version(self._file) is None:
            return {}
        try:
            document = json.loads(storage.read(self._file))
        except ValueError:
            return {}
        return document if isinstance(document, dict) and isinstance(document.get("until"), float) else {}

    def _refusal(self, found: dict[str, Any]) -> TwobranchError:
        until = time.strftime("%H:%M:%S", time.localtime(found.get("until", time.time())))
        return TwobranchError(
            self._url,
            "one process at a time writes an index",
            found=f"process {found.get('process')} of {found.get('host')}, whose lease holds until {until}",
            remedy=WAIT,
        )


def _is_free(found: dict[str, Any]) -> bool:
    """Whether nobody holds a lease: it has run out, or its process was on this machine and is gone."""
    if not found or found["until"] < time.time():
        return True
    if found.get("host") != socket.gethostname() or os.name != "posix" or not isinstance(found.get("process"), int):
        return False
    try:
        os.kill(found["process"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
