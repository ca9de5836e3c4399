"""What an endpoint may answer, and what becomes of it: a reply, or an error that says what, where, what to do."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from windward.models import ContextOverflowError, Message, Model, ModelError, OpenAICompatible, Sampling

ASK: list[Message] = [{"role": "user", "content": "2 + 2?"}]


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def completion(text: str = "4", **choice: Any) -> dict[str, Any]:
    return {
        "model": "served-name",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"} | choice],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3},
    }


@dataclass
class Endpoint:
    """A server on this machine that answers with whatever `handler` is."""

    url: str = ""
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)

    def answer(self, body: Any = None, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            text = body if isinstance(body, str) else json.dumps(body)
            return web.Response(text=text, status=status, headers=headers, content_type="application/json")

        self.handler = handler

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(await request.json())
        self.headers.append(request.headers)
        assert self.handler is not None
        return await self.handler(request)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    mine = Endpoint()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", mine)
    async with TestServer(app) as server:
        mine.url = str(server.make_url("/v1"))
        yield mine


async def failure(model: OpenAICompatible, sampling: Sampling | None = None) -> ModelError:
    try:
        with pytest.raises(ModelError) as caught:
            await model.generate(ASK, sampling or Sampling())
    finally:
        await model.close()
    return caught.value


async def test_a_reply_carries_text_usage_cost_and_the_raw_body(endpoint: Endpoint) -> None:
    endpoint.answer(completion("four"))
    model = OpenAICompatible("m", base_url=endpoint.url, price=(1.0, 10.0))
    reply = await model.generate(ASK, Sampling(temperature=0.5, max_tokens=9, stop=("\n",), seed=3))
    await model.close()
    assert (reply.text, reply.finish, reply.model) == ("four", "stop", "served-name")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (11, 3)
    assert reply.usage.cost == pytest.approx((11 * 1 + 3 * 10) / 1e6)
    assert reply.raw == completion("four")
    sent = endpoint.seen[0]
    assert (sent["model"], sent["messages"], sent["max_tokens"]) == ("m", ASK, 9)
    assert (sent["temperature"], sent["stop"]) == (0.5, ["\n"])
    assert "Authorization" not in endpoint.headers[0]
    assert isinstance(model, Model)


async def test_samples_of_one_seed_are_sent_with_different_seeds(endpoint: Endpoint) -> None:
    endpoint.answer(completion())
    model = OpenAICompatible("m", base_url=endpoint.url)
    for sample in (0, 1, 0):
        await model.generate(ASK, Sampling(seed=7), sample=sample)
    await model.close()
    first, second, third = (body["seed"] for body in endpoint.seen)
    assert first == third != second


async def test_logprobs_are_one_number_a_token(endpoint: Endpoint) -> None:
    tokens = [{"token": "4", "logprob": -0.25}, {"token": "!", "logprob": -1.5}]
    endpoint.answer(completion("4!", logprobs={"content": tokens}))
    model = OpenAICompatible("m", base_url=endpoint.url)
    reply = await model.generate(ASK, Sampling(logprobs=True))
    await model.close()
    assert reply.logprobs == (-0.25, -1.5)
    assert endpoint.seen[0]["logprobs"] is True


@pytest.mark.parametrize(
    ("told", "finish"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("tool_calls", "other")],
)
async def test_the_end_of_a_reply_is_named_in_our_words(endpoint: Endpoint, told: str, finish: str) -> None:
    endpoint.answer(completion(finish_reason=told))
    model = OpenAICompatible("m", base_url=endpoint.url)
    assert (await model.generate(ASK)).finish == finish
    await model.close()


async def test_a_reply_without_text_is_an_empty_text(endpoint: Endpoint) -> None:
    endpoint.answer(completion(message={"role": "assistant", "content": None}, finish_reason="length"))
    model = OpenAICompatible("m", base_url=endpoint.url)
    assert (await model.generate(ASK)).text == ""
    await model.close()


async def test_the_key_of_the_environment_is_sent(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    endpoint.answer(completion())
    model = OpenAICompatible("m", base_url=endpoint.url)
    await model.generate(ASK)
    await model.close()
    assert endpoint.headers[0]["Authorization"] == "Bearer secret"


async def test_a_missing_key_for_openai_is_said_before_anything_is_sent() -> None:
    error = await failure(OpenAICompatible("gpt-4o-mini"))
    assert "OPENAI_API_KEY" in str(error)
    assert not error.retryable


async def test_401_says_that_a_key_is_wanted(endpoint: Endpoint) -> None:
    endpoint.answer({"error": {"message": "bad key"}}, status=401)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert (error.status, error.retryable) == (401, False)
    assert "wants an API key" in str(error)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url, api_key="x"))
    assert "was not accepted" in str(error)
    assert "bad key" in str(error)


async def test_404_says_to_check_model_and_base_url(endpoint: Endpoint) -> None:
    error = await failure(OpenAICompatible("m", base_url=endpoint.url.removesuffix("/v1")))
    assert (error.status, error.retryable) == (404, False)
    assert "base_url" in str(error)
    assert "'m'" in str(error)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("soon", None)])
async def test_429_carries_retry_after_in_seconds(
    endpoint: Endpoint, header: str, seconds: float | None
) -> None:
    endpoint.answer({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": header})
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert (error.status, error.retryable, error.retry_after) == (429, True, seconds)


async def test_429_carries_retry_after_as_a_date(endpoint: Endpoint) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    endpoint.answer({}, status=429, headers={"Retry-After": then})
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert error.retry_after is not None
    assert 25 < error.retry_after <= 30


async def test_429_for_lack_of_credit_is_not_tried_again(endpoint: Endpoint) -> None:
    endpoint.answer({"error": {"message": "no money", "code": "insufficient_quota"}}, status=429)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert not error.retryable
    assert "credit" in str(error)


@pytest.mark.parametrize("status", [500, 502, 503, 529])
async def test_a_failing_server_may_be_asked_again(endpoint: Endpoint, status: int) -> None:
    endpoint.answer("<html>oops</html>", status=status)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert (error.status, error.retryable, error.raw) == (status, True, "<html>oops</html>")


async def test_a_refused_parameter_is_not_tried_again(endpoint: Endpoint) -> None:
    endpoint.answer({"error": {"message": "temperature must be at most 2"}}, status=400)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert not error.retryable
    assert not isinstance(error, ContextOverflowError)
    assert "temperature must be" in str(error)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "the request exceeds the available context size, try increasing it",
        "Input is too long for requested model.",
        "The prompt (9000 tokens) is longer than the model's context",
    ],
)
async def test_a_prompt_longer_than_the_context_is_its_own_error(endpoint: Endpoint, message: str) -> None:
    endpoint.answer({"error": {"message": message}}, status=400)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert isinstance(error, ContextOverflowError)
    assert not error.retryable
    assert "shorten it" in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty reply"),
        ("<html>hello</html>", "no JSON"),
        ('{"choices": [', "no JSON"),
        ("[1, 2]", "without a completion"),
        ("{}", "without a completion"),
        ('{"choices": []}', "without a completion"),
        ('{"choices": [{"message": "text"}]}', "without a completion"),
        ('{"choices": [{"message": {}}], "usage": {"prompt_tokens": -1}}', "without a completion"),
        ("[" * 100_000, "no JSON"),
    ],
)
async def test_a_bad_body_may_be_asked_for_again_and_is_kept(
    endpoint: Endpoint, body: str, said: str
) -> None:
    endpoint.answer(body)
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert said in str(error)
    assert (error.retryable, error.status, error.raw) == (True, 200, body)
    assert "base_url" in str(error)


async def test_an_error_under_status_200_is_taken_for_what_it_is(endpoint: Endpoint) -> None:
    endpoint.answer({"error": {"message": "no such model", "code": 404}})
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert (error.status, error.retryable) == (404, False)


async def test_a_cut_body_is_kept_as_far_as_it_came(endpoint: Endpoint) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"choices": [{"mess')
        assert request.transport is not None
        request.transport.close()
        return response

    endpoint.handler = cut
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert "cut after 19 characters" in str(error)
    assert (error.retryable, error.raw) == (True, '{"choices": [{"mess')


async def test_a_connection_closed_without_a_word_may_be_tried_again(endpoint: Endpoint) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    endpoint.handler = hang_up
    error = await failure(OpenAICompatible("m", base_url=endpoint.url))
    assert "closed the connection" in str(error)
    assert error.retryable


async def test_a_slow_server_runs_into_the_timeout(endpoint: Endpoint) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.json_response(completion())

    endpoint.handler = slow
    error = await failure(OpenAICompatible("m", base_url=endpoint.url, timeout=0.1))
    assert "within 0.1 s" in str(error)
    assert error.retryable


async def test_a_server_that_is_not_there_may_be_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await failure(OpenAICompatible("m", base_url=f"http://127.0.0.1:{port}/v1"))
    assert f"cannot connect to 127.0.0.1:{port}" in str(error)
    assert "is the server running" in str(error)
    assert error.retryable


async def test_a_host_that_does_not_exist_says_to_check_the_url() -> None:
    error = await failure(OpenAICompatible("m", base_url="http://no-such-host.invalid/v1"))
    assert "cannot find the host no-such-host.invalid" in str(error)
    assert "base_url" in str(error)


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host/v1", "", "http://"])
def test_a_base_url_that_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        OpenAICompatible("m", base_url=url)


def test_the_name_holds_the_host_but_not_the_port() -> None:
    assert OpenAICompatible("m", base_url="http://localhost:8001/v1/").name == "m@localhost"


def test_one_object_serves_several_event_loops_and_leaves_no_session_open(tmp_path: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio\n"
        "from aiohttp import web\n"
        "from aiohttp.test_utils import TestServer\n"
        "from windward.journal import run\n"
        "from windward.models import OpenAICompatible\n"
        "body = {'choices': [{'message': {'content': 'hi'}}]}\n"
        "async def answer(request):\n"
        "    return web.json_response(body)\n"
        "async def once():\n"
        "    app = web.Application()\n"
        "    app.router.add_post('/v1/chat/completions', answer)\n"
        "    async with TestServer(app, port=PORT) as server:\n"
        "        replies = await asyncio.gather(*(model.generate([]) for _ in range(3)))\n"
        "        print([reply.text for reply in replies])\n"
        "import socket\n"
        "with socket.socket() as s:\n"
        "    s.bind(('127.0.0.1', 0)); PORT = s.getsockname()[1]\n"
        "model = OpenAICompatible('m', base_url=f'http://127.0.0.1:{PORT}/v1')\n"
        "for start in (asyncio.run, run, run):\n"
        "    start(once())\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert run.stderr == ""
    assert run.stdout == "['hi', 'hi', 'hi']\n" * 3


def test_importing_the_models_does_not_import_aiohttp() -> None:
    code = "import sys, windward.models; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
