"""Who may ask, and how much: token, host name, size of a request, and the headers that keep a browser safe."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from twobranch.serving.limits import MAX_BYTES, TooLarge

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "twobranch"

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware in front of everything.

    With a token, every path but `/health` needs it: as `Authorization: Bearer T`, or as `?token=T`, which the page
    exchanges for a cookie. Without one, requests must be addressed to an IP address or to a name without a dot, such
    as localhost: a web page of a foreign domain whose name was made to lead here (DNS rebinding) is refused.

    Args:
        app: the application.
        token: the token; None for a server that only this machine reaches.
    """

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self.app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or hand it on with limits on what comes in and headers on what goes out."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self.app(scope, _limited(receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> Any:
        from starlette.responses import JSONResponse

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BYTES:
            return JSONResponse({"detail": f"a request has at most {MAX_BYTES >> 20} MB"}, 413)
        if self._token is None:
            if is_local_name(headers.get("host", "")):
                return None
            return JSONResponse({"detail": "this server answers to localhost; start it with --token for others"}, 403)
        if scope["path"] == "/health":
            return None
        return self._check_token(scope, headers, self._token)

    def _check_token(self, scope: Scope, headers: dict[str, str], token: str) -> Any:
        from starlette.responses import PlainTextResponse, RedirectResponse

        bearer = headers.get("authorization", "")
        if bearer.lower().startswith("bearer ") and _same(bearer[7:].strip(), token):
            return None
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token")
        if given is not None and _same(given, token):
            if scope["path"] not in ("/", "/docs"):
                return None
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            response = RedirectResponse(quote(scope["path"]) + (f"?{rest}" if rest else ""), 303)
            response.set_cookie(COOKIE, _cookie_value(token), httponly=True, samesite="lax")
            return response
        if cookie is not None and _same(cookie.value, _cookie_value(token)):
            return None
        return PlainTextResponse(
            "This server needs its token: open it with ?token=... at the end of the address, or send the header "
            "Authorization: Bearer ...\n",
            401,
            {"www-authenticate": "Bearer"},
        )


def is_local_name(host: str) -> bool:
    """Whether a Host header cannot be the name of a foreign web site.

    Example:
        >>> [is_local_name(host) for host in ("localhost:8000", "127.0.0.1", "[::1]:80", "evil.example", "")]
        [True, True, True, False, False]
    """
    name = host.rsplit(":", 1)[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return bool(name) and "." not in name.rstrip(".")
    return True


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _cookie_value(token: str) -> str:
    return hashlib.sha256(f"twobranch {token}".encode()).hexdigest()


def _limited(receive: Receive) -> Receive:
    """Count the bytes of a body: its length need not be announced."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BYTES:
            raise TooLarge
        return message

    return counting


def _with_headers(send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in present]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return adding
