"""Who asks, and whether it is too much."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping

from windward.recipes.serve.config import LOCAL, ServeConfig
from windward.recipes.serve.errors import RequestError

_MINUTE = 60.0


def identify(authorization: str | None, tokens: Mapping[str, str]) -> str | None:
    """The client whose token an `Authorization: Bearer` header holds; None if it is nobody's.

    All tokens are compared, each in a time that does not depend on what is right in it.
    """
    if not tokens:
        return LOCAL
    scheme, _, sent = (authorization or "").partition(" ")
    digest = hashlib.sha256(sent.strip().encode(errors="replace")).digest()
    found = None
    for name, token in tokens.items():
        if hmac.compare_digest(digest, hashlib.sha256(token.encode()).digest()):
            found = name
    return found if scheme.lower() == "bearer" else None


class Admission:
    """Counts requests and answers under way, by client."""

    def __init__(self, config: ServeConfig) -> None:
        self._config = config
        self._asked: dict[str, deque[float]] = {}
        self._answering: dict[str, int] = {}

    def count(self, client: str) -> None:
        """Counts a request.

        Raises:
            RequestError: the client has sent too many in the last minute.
        """
        now = time.monotonic()
        asked = self._asked.setdefault(client, deque())
        while asked and asked[0] <= now - _MINUTE:
            asked.popleft()
        most = self._config.requests_per_minute
        if len(asked) >= most:
            wait = math.ceil(asked[0] + _MINUTE - now)
            raise RequestError(
                429, f"{most} requests a minute are taken: try again in {wait} s", "rate_limit_exceeded",
                retry_after=max(1, wait),
            )  # fmt: skip
        asked.append(now)

    @contextlib.contextmanager
    def answer(self, client: str) -> Iterator[None]:
        """While an answer is under way.

        Raises:
            RequestError: too many are.
        """
        mine, most = self._answering.get(client, 0), self._config.client_answers
        if mine >= most:
            raise RequestError(
                429, f"{most} answers at once are given: wait until one is finished", "too_many_answers",
                retry_after=1,
            )  # fmt: skip
        if sum(self._answering.values()) >= self._config.answers:
            raise RequestError(
                503, "the server gives as many answers as it can: try again shortly", "overloaded",
                retry_after=2,
            )  # fmt: skip
        self._answering[client] = mine + 1
        try:
            yield
        finally:
            self._answering[client] -= 1
