"""Any endpoint with OpenAI's chat completions: OpenAI, vLLM, SGLang, Ollama, llama-server, OpenRouter and others."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from windward.models.encoding import Received, canonical, messages_text
from windward.models.openai_errors import (
    Endpoint,
    broken_body,
    no_connection,
    refused,
    timed_out,
    unusable,
)
from windward.models.openai_stream import Assembled
from windward.models.protocol import FinishReason, Message, ModelError, Reply, Sampling, Usage
from windward.models.streaming import Held, OnText, cut

OPENAI_URL = "https://api.openai.com/v1"
_GREEDY = Sampling()
_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


class OpenAICompatible:
    """A model behind an OpenAI-compatible endpoint.

    Its name is `<model>@<host>`: the port is left out, because a local server's often changes between runs.
    One session is shared by all calls; how many run at once is the caller's affair (the journal's `Limits`).

    Args:
        model: the model's name at the endpoint.
        base_url: what comes before `/chat/completions`; it usually ends in `/v1`.
        api_key: default: the environment variable `OPENAI_API_KEY`; without one no key is sent.
        price: US dollars a million prompt tokens, and a million completion tokens.
        timeout: seconds for one whole call.

    Raises:
        ValueError: `base_url` is no http(s) URL.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = OPENAI_URL,
        api_key: str | None = None,
        price: tuple[float, float] = (0.0, 0.0),
        timeout: float = 600.0,
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"base_url {base_url!r} is no http(s) URL; give e.g. http://localhost:8000/v1")
        self.price = price
        self._model = model
        self._name = f"{model}@{address.hostname}"
        self._key = (api_key or os.environ.get("OPENAI_API_KEY") or "").strip() or None
        url = base_url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self._endpoint = Endpoint(url, model, timeout, has_key=self._key is not None)
        self._lacks_key = self._endpoint.needs_key and not self._endpoint.has_key
        # OpenAI's own newer models refuse the older word, most other servers know only that one.
        self._max_tokens = "max_completion_tokens" if address.hostname == "api.openai.com" else "max_tokens"
        self._session: aiohttp.ClientSession | None = None
        self._sessions: AsyncGenerator[aiohttp.ClientSession, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """`<model>@<host>`."""
        return self._name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = _GREEDY, *, sample: int = 0
    ) -> Reply:
        """Asks once; nothing is retried here.

        Raises:
            ContextOverflowError: prompt and new tokens do not fit the model's context.
            ModelError: what failed, at which endpoint, what to do, and whether the same call may succeed later.
        """
        endpoint = self._endpoint
        session = self._session
        if session is None or self._loop is not asyncio.get_running_loop():
            session = await self._open()
        body = self._body(messages, sampling, sample)
        try:
            async with asyncio.timeout(endpoint.timeout), session.post(endpoint.url, data=body) as response:
                raw, broken = await _read(response)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        except aiohttp.ClientError as error:
            raise no_connection(endpoint, error) from error
        if response.status != 200:
            raise refused(endpoint, response.status, raw, response.headers)
        if broken:
            raise broken_body(endpoint, raw, broken)
        return self._reply(_payload(endpoint, raw), raw, sampling)

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """The reply that `generate` gives, heard as it comes; `raw` is put together from its pieces.

        It is read to its end even where the endpoint writes past a stop string, because its usage comes last. An
        endpoint that answers whole all the same is heard at the end.

        Raises:
            ContextOverflowError: prompt and new tokens do not fit the model's context.
            ModelError: as of `generate`; also where the stream ends before the reply does.
        """
        endpoint = self._endpoint
        session = self._session
        if session is None or self._loop is not asyncio.get_running_loop():
            session = await self._open()
        body = self._body(messages, sampling, sample, streamed=True)
        try:
            async with asyncio.timeout(endpoint.timeout), session.post(endpoint.url, data=body) as response:
                if response.status == 200 and response.content_type == "text/event-stream":
                    return await self._heard(response, sampling, on_text)
                raw, broken = await _read(response)
        except TimeoutError as error:
            raise timed_out(endpoint) from error
        except aiohttp.ClientError as error:
            raise no_connection(endpoint, error) from error
        if response.status != 200:
            raise refused(endpoint, response.status, raw, response.headers)
        if broken:
            raise broken_body(endpoint, raw, broken)
        reply = self._reply(_payload(endpoint, raw), raw, sampling)
        on_text(reply.text)
        return reply

    async def _heard(self, response: aiohttp.ClientResponse, sampling: Sampling, on_text: OnText) -> Reply:
        """Reads server-sent events until the reply is whole."""
        held, stream = Held(sampling.stop), Assembled(self._endpoint)

        def say(texts: Iterable[str]) -> None:
            for text in texts:
                if certain := held.feed(text):
                    on_text(certain)

        try:
            while not stream.done and (block := await response.content.readany()):
                say(stream.feed(block))
        except aiohttp.ClientError as error:
            raise stream.broken(error) from error
        say(stream.close())
        reply = self._reply(stream.payload, stream.raw, sampling)
        if rest := held.close():
            on_text(rest)
        return reply

    async def close(self) -> None:
        """Closes the session; the next call opens a new one."""
        if self._sessions is not None:
            await self._sessions.aclose()
            self._session = self._sessions = None

    async def _open(self) -> aiohttp.ClientSession:
        if self._lacks_key:
            raise ModelError(
                f"no API key for {self._endpoint.url}: set OPENAI_API_KEY, or pass api_key (or base_url of another "
                "server)"
            )
        self._loop = asyncio.get_running_loop()
        self._sessions = self._open_sessions()
        self._session = await anext(self._sessions)
        return self._session

    async def _open_sessions(self) -> AsyncGenerator[aiohttp.ClientSession, None]:
        """One session, as an async generator: `asyncio.run` closes those before its loop, called or not."""
        headers = {"Content-Type": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            # `generate` has a timeout of its own: aiohttp's costs a fifth of a call's CPU.
            timeout=aiohttp.ClientTimeout(total=None),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        async with session:
            yield session

    def _body(
        self, messages: Sequence[Message], sampling: Sampling, sample: int, *, streamed: bool = False
    ) -> bytes:
        seed = '"stream":true,"stream_options":{"include_usage":true},' if streamed else ""
        if sampling.seed is not None:
            # One seed for all samples would draw the same text each time.
            seed += f'"seed":{(sampling.seed * 1_000_003 + sample) % 2**31},'
        parameters = _parameters(self._model, sampling, self._max_tokens)
        return f'{{"messages":{messages_text(messages)},{seed}{parameters}'.encode()

    def _reply(self, payload: dict[str, Any], raw: str, sampling: Sampling) -> Reply:
        try:
            choice = payload["choices"][0]
            text = choice["message"].get("content") or ""
            logprobs = _logprobs(choice) if sampling.logprobs else None
            usage = self._usage(payload.get("usage") or {})
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise unusable(self._endpoint, payload, raw) from error
        text = cut(text, sampling.stop)
        finish = _FINISH.get(choice.get("finish_reason") or "stop", "other")
        return Reply(text, finish, usage, logprobs, str(payload.get("model") or self._model), payload)

    def _usage(self, usage: dict[str, Any]) -> Usage:
        prompt = _count(usage.get("prompt_tokens"))
        completion = _count(usage.get("completion_tokens"))
        cost = (prompt * self.price[0] + completion * self.price[1]) / 1e6
        return Usage(prompt, completion, cost)


@lru_cache(maxsize=256)
def _parameters(model: str, sampling: Sampling, max_tokens: str) -> str:
    """What the requests of one model and sampling have in common: the end of a JSON object."""
    fields: dict[str, Any] = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        max_tokens: sampling.max_tokens,
    }
    if sampling.stop:
        fields["stop"] = list(sampling.stop)
    if sampling.logprobs:
        fields["logprobs"] = True
    return canonical(fields)[1:]


def _count(tokens: Any) -> int:
    count = int(tokens or 0)
    if not 0 <= count < 2**53:
        raise ValueError(f"{count} is no number of tokens")
    return count


async def _read(response: aiohttp.ClientResponse) -> tuple[str, aiohttp.ClientError | None]:
    """The body as far as it came, and why it is not whole."""
    blocks: list[bytes] = []
    broken: aiohttp.ClientError | None = None
    try:
        while block := await response.content.readany():
            blocks.append(block)
    except aiohttp.ClientError as error:
        broken = error
    return _decoded(blocks), broken


def _decoded(blocks: list[bytes]) -> str:
    return b"".join(blocks).decode(errors="replace")


def _payload(endpoint: Endpoint, raw: str) -> dict[str, Any]:
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise broken_body(endpoint, raw, error) from error
    if not isinstance(payload, dict):
        raise unusable(endpoint, payload, raw)
    return Received(payload, raw)


def _logprobs(choice: dict[str, Any]) -> tuple[float, ...] | None:
    tokens = (choice.get("logprobs") or {}).get("content")
    return None if tokens is None else tuple(float(token["logprob"]) for token in tokens)
