"""The routes: who asks is checked, what is asked is read, and the answer is sent whole or as it is made."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from windward.models import ModelError
from windward.recipes.serve.answers import Answer, Answerer
from windward.recipes.serve.bodies import DONE, Completion, event, models
from windward.recipes.serve.clients import Admission, identify
from windward.recipes.serve.config import ServeConfig, is_loopback
from windward.recipes.serve.errors import RequestError
from windward.recipes.serve.request import ChatRequest, read_request

READ_SECONDS = 30.0
"""A client has so long to send its request."""
WRITE_SECONDS = 30.0
"""A client that takes nothing for so long has left."""
CLIENT = web.RequestKey("client", str)
_log = logging.getLogger("windward.serve")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(config: ServeConfig, answerer: Answerer) -> web.Application:
    """The server's routes."""
    routes = _Routes(config, answerer)
    app = web.Application(middlewares=[routes.guard], client_max_size=int(config.body_mb * 1024 * 1024))
    app.router.add_get("/health", routes.health)
    app.router.add_get("/v1/models", routes.models)
    app.router.add_post("/v1/chat/completions", routes.chat)
    app.on_shutdown.append(routes.stop)
    return app


class _Routes:
    def __init__(self, config: ServeConfig, answerer: Answerer) -> None:
        self._config, self._answerer = config, answerer
        self._admission = Admission(config)
        self._started = int(time.time())
        self._answering: set[asyncio.Task[web.StreamResponse]] = set()

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Lets known clients in, and turns what goes wrong into errors that they can read."""
        try:
            self._require_own_host(request)
            if request.path != "/health":
                request[CLIENT] = self._client(request)
            return await handler(request)
        except RequestError as error:
            return _refusal(error)
        except web.HTTPRequestEntityTooLarge:
            most = f"{self._config.body_mb:g} MiB"
            return _refusal(RequestError(413, f"the body is larger than {most}", "request_too_large"))
        except web.HTTPException as error:
            told = "there is only POST /v1/chat/completions, GET /v1/models and GET /health"
            return _refusal(RequestError(error.status, told, "not_found"))

    async def health(self, request: web.Request) -> web.StreamResponse:
        """Whether the server is there."""
        return web.json_response({"status": "ok"})

    async def models(self, request: web.Request) -> web.StreamResponse:
        """The one model."""
        return web.json_response(models(self._config.model, self._started))

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answers the last message."""
        client = request[CLIENT]
        self._admission.count(client)
        if request.content_type != "application/json":  # what a page of another site cannot send
            raise RequestError(415, "send Content-Type: application/json", "invalid_content_type")
        try:
            async with asyncio.timeout(READ_SECONDS):
                raw = await request.read()
        except TimeoutError:
            raise RequestError(408, f"the body did not come within {READ_SECONDS:g} s", "timeout") from None
        asked = read_request(raw, self._config)
        with self._admission.answer(client):
            delivery = _Delivery(self._config, self._answerer, request, asked, client)
            task = asyncio.create_task(delivery.deliver())
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
            return await task

    async def stop(self, app: web.Application) -> None:
        """Stops answers under way: the server ends."""
        for task in self._answering:
            task.cancel()
        if self._answering:
            await asyncio.wait(self._answering)

    def _client(self, request: web.Request) -> str:
        client = identify(request.headers.get("Authorization"), self._config.tokens)
        if client is None:
            raise RequestError(
                401, "send the server's token as Authorization: Bearer TOKEN (api_key in OpenAI's clients)",
                "invalid_api_key",
            )  # fmt: skip
        return client

    def _require_own_host(self, request: web.Request) -> None:
        """Without tokens, a page in a browser must not reach us under a name of its own (DNS rebinding)."""
        if self._config.tokens:
            return
        try:
            name = urlsplit(f"//{request.host}").hostname or ""
        except ValueError:
            name = ""
        if not is_loopback(name):
            raise RequestError(403, "ask for localhost or 127.0.0.1, or start with --token", "wrong_host")


class _Delivery:
    """One answer on its way to its client."""

    def __init__(
        self,
        config: ServeConfig,
        answerer: Answerer,
        request: web.Request,
        asked: ChatRequest,
        client: str,
    ) -> None:
        self._answerer, self._request, self._asked, self._client = answerer, request, asked, client
        self._completion = Completion(config.model)
        self._response: web.StreamResponse | None = None

    async def deliver(self) -> web.StreamResponse:
        """Answers; an error that comes before the first piece has a status of its own."""
        started = time.monotonic()
        ended = "left"
        try:
            answer = await self._answerer.answer(self._client, self._asked, self._say)
            ended = answer.ended
            return await self._finish(answer)
        except RequestError as error:
            ended = error.code
            return await self._fail(error)
        except ConnectionError:  # the client has left
            raise
        except Exception as error:  # a model may be anybody's code: what it raises ends this answer only
            ended = type(error).__name__
            # Not to the client: it may name our own machines. As an ASCII literal: it may hold the model's text.
            _log.error("%s %s: %s", self._completion.id, ended, ascii(str(error)))
            what = "model" if isinstance(error, ModelError) else "server"
            status = 502 if isinstance(error, ModelError) else 500
            told = f"the {what} failed; the server's log says why under {self._completion.id}"
            return await self._fail(RequestError(status, told, f"{what}_error"))
        finally:
            _log.info("%s %s %s %.2f s", self._completion.id, self._client, ended, time.monotonic() - started)

    async def _say(self, piece: str) -> None:
        if self._asked.stream:
            response = await self._opened()
            await _write(response, self._completion.piece(piece))

    async def _opened(self) -> web.StreamResponse:
        if self._response is None:
            self._response = web.StreamResponse(
                headers={
                    "Content-Type": "text/event-stream; charset=utf-8",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",
                }
            )
            await self._response.prepare(self._request)
            await _write(self._response, self._completion.opened())
        return self._response

    async def _finish(self, answer: Answer) -> web.StreamResponse:
        if not self._asked.stream:
            return web.json_response(self._completion.whole(answer))
        response = await self._opened()
        await _write(response, self._completion.ended(answer, usage=self._asked.include_usage) + DONE)
        await response.write_eof()
        return response

    async def _fail(self, error: RequestError) -> web.StreamResponse:
        if self._response is None:
            return _refusal(error)
        await _write(self._response, event(error.body) + DONE)
        await self._response.write_eof()
        return self._response


async def _write(response: web.StreamResponse, data: bytes) -> None:
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            await response.write(data)
    except TimeoutError:
        raise ConnectionResetError(f"the client took nothing for {WRITE_SECONDS:g} s") from None


def _refusal(error: RequestError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return web.json_response(error.body, status=error.status, headers=headers)
