"""Run the application until someone stops it."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError
from twobranch.progress import log, without_bars
from twobranch.search import Index
from twobranch.search.threads import threads_for
from twobranch.serving.app import create_app, require_packages

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

GRACE_SECONDS = 5
"""How long requests that are being answered may take after the server was told to stop."""


def run_server(
    index: Index,
    host: str,
    port: int,
    token: str | None,
    ready: Callable[[str], None] = lambda address: None,
    *,
    grounder: Matcher | None = None,
) -> None:
    """Serve an index until SIGINT or SIGTERM; then requests that are being answered have a few seconds to end.

    The process ends here where one of them does not.

    Args:
        index: the index.
        host: address to listen at.
        port: port to listen at; 0 takes a free one.
        token: what clients must present; required where others than this machine can connect.
        ready: is called with the address when the server answers.
        grounder: the matcher that grounds; None for the index's own.

    Raises:
        TwobranchError: for a host that others can reach without a token, or a port that is taken.
    """
    check_host(host, token)
    require_packages()
    import uvicorn

    app = create_app(index, token, grounder)
    app.state.warm_up()
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS, server_header=False
        )
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listener.getsockname()[1]}/" + ("" if token is None else f"?token={token}"))
        server = uvicorn.Server(config)
        # Limits of BLAS threads hold for the whole process, so that requests would undo those of each other.
        with _stopping(server), without_bars(), threads_for(index.snapshot().matrix.size):
            server.run(sockets=[listener])
    if app.state.is_busy():
        _leave()


def check_host(host: str, token: str | None) -> None:
    """Refuse to listen where others can connect, unless they need a token.

    Raises:
        TwobranchError: if the host is not this machine only and there is no token, or an empty one.
    """
    if token is not None and not token.strip():
        raise TwobranchError("--token", "must not be empty", found=repr(token), remedy="Choose a long random text.")
    if token is None and not is_loopback(host):
        raise TwobranchError(
            f"--host {host}",
            "without a token only this machine may connect (127.0.0.1, ::1, localhost)",
            found="an address that others can reach",
            remedy="Add --token with a secret of your choice, or leave --host out.",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "photos.example")]
        [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise TwobranchError(
            f"--host {host} --port {port}",
            "the address must be this machine's and the port free",
            found=error.strerror or str(error),
            remedy="Choose another with --port, or 0 for any free one.",
        ) from None
    # Connections inherit it. asyncio sets it only where a socket names its protocol, and without it an answer of two
    # pieces waits 40 ms for the client's acknowledgment of the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _leave() -> None:
    """End the process at once: Python would wait for threads whose answers nobody waits for any more."""
    log.warning("stopped while a request was being answered; it had %d seconds to end", GRACE_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextlib.contextmanager
def _stopping(server: Any) -> Iterator[None]:
    """SIGINT and SIGTERM stop the server in order; the server's own way ends the process by the signal again."""
    server.capture_signals = contextlib.nullcontext

    def stop(number: int, frame: Any) -> None:
        server.handle_exit(number, frame)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
