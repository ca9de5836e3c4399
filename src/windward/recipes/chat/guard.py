"""Who may speak to the server: whoever holds the token; without one, pages of this machine's own browser only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "windward_chat"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SAFE = ("GET", "HEAD", "OPTIONS")
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; script-src-attr 'none'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_LOGIN = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Windward</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:22rem;margin:20vh auto;padding:0 1rem}
input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.25rem 0}</style>
<h1>Windward</h1><form method="get"><label>Token <input name="token" type="password" autofocus required></label>
<button>Open</button></form><p>It was given to <code>windward chat</code> as <code>--token</code>.</p></html>"""


class Guard:
    """Stands before an ASGI app, and lets through what comes from its user.

    With a token, every request (pages, API, files) carries it: as `Authorization: Bearer`, in the cookie, or once as
    `?token=`, which sets the cookie. Without one, the host that is asked for must be this machine, so that a foreign
    page cannot reach the server under a name of its own. What changes something must come from our own page.

    Args:
        app: what is guarded.
        token: None for a server that only this machine can reach.
    """

    def __init__(self, app: App, token: str | None) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or refuses it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # the page uses none
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        origin = headers.get("origin")
        if self._token is None and _name(host) not in LOOPBACK:
            await _answer(send, 403, b"This server answers to this machine only.")
        elif scope["method"] not in _SAFE and origin is not None and urlsplit(origin).netloc != host:
            await _answer(send, 403, b"This comes from another site.")
        elif self._token is None or self._known(headers):
            await self._app(scope, receive, _with_headers(send))
        elif self._matches(parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]):
            await _answer(send, 303, b"", [*self._welcome(scope)])
        else:
            wants_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
            await _answer(
                send, 401, _LOGIN if wants_page else b"The token is missing or wrong.", page=wants_page
            )

    def _known(self, headers: dict[str, str]) -> bool:
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._matches(value.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._seal().encode())

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._token or "").encode())

    def _seal(self) -> str:
        """What the cookie holds in the token's place."""
        return hashlib.sha256(f"windward chat {self._token}".encode()).hexdigest()

    def _welcome(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Sets the cookie, and sends the browser to the same page without the token in its address."""
        rest = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        address = "?" + urlencode(rest)
        cookie = f"{COOKIE}={self._seal()}; HttpOnly; SameSite=Strict; Path=/"
        return [(b"location", address.encode("latin-1")), (b"set-cookie", cookie.encode())]


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message.get("headers", [])}
            message["headers"] = [
                *message.get("headers", []), *(pair for pair in _HEADERS if pair[0] not in there)
            ]  # fmt: skip
        await send(message)

    return sending


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    page: bool = False,
) -> None:
    kind = b"text/html; charset=utf-8" if page else b"text/plain; charset=utf-8"
    all_headers = [(b"content-type", kind), (b"cache-control", b"no-store"), *_HEADERS, *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})
