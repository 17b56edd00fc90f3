"""Who may ask, and how much: token, host name, web site, size; and the headers that keep a browser safe."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.responses import RedirectResponse, Response

from twobranch.serving.limits import MAX_BYTES
from twobranch.serving.refusals import problem, too_large
from twobranch.serving.uploads import limited

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
    as localhost: a web page of a foreign domain whose name was made to lead here (DNS rebinding) is refused. In both
    cases a browser that asks for the page of another web site is refused, except where somebody follows a link.

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
        await self.app(scope, limited(receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BYTES:
            return too_large()
        if from_another_site(scope["method"], headers):
            return problem("pages of other web sites may not ask this server", 403)
        if self._token is None:
            if is_local_name(headers.get("host", "")):
                return None
            return problem("this server answers to localhost; start it with --token for others", 403)
        if scope["path"] == "/health":
            return None
        return self._check_token(scope, headers, self._token)

    def _check_token(self, scope: Scope, headers: dict[str, str], token: str) -> Response | None:
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
        return problem(
            "this server needs its token: open it with ?token=... at the end of the address, or send the header "
            "Authorization: Bearer ...",
            401,
            {"www-authenticate": "Bearer"},
        )


def from_another_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks because a page of another web site told it to.

    Browsers say so in Sec-Fetch-Site, and where they are old in Origin; programs send neither. A link that somebody
    follows leads to a new page, whose content the other site cannot see.

    Example:
        >>> from_another_site("POST", {"origin": "https://evil.example", "host": "localhost:8000"})
        True
        >>> from_another_site("POST", {"origin": "http://localhost:8000", "host": "localhost:8000"})
        False
    """
    site = headers.get("sec-fetch-site")
    if site is None:
        origin = headers.get("origin")
        return origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
    followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return site not in ("same-origin", "none") and not (method == "GET" and followed)


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


def _with_headers(send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in present]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return adding
