"""A reply that is heard while it is written is the reply that would have been given whole."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from windward.models import (
    ContextOverflowError,
    Message,
    ModelError,
    OpenAICompatible,
    Reply,
    Sampling,
    local,
    scripted,
)
from windward.models.local_model import Local
from windward.models.speaking import Detokenizer
from windward.models.streaming import Held, Streamed, Streams, cut

ASK: list[Message] = [{"role": "user", "content": "How many cows?"}]
STOP = ("</execute>", "</solution>")


# -- stop strings ------------------------------------------------------------------------------------


@given(
    st.text("ab<", max_size=40), st.lists(st.text("ab<", min_size=1, max_size=4), max_size=3), st.integers()
)
def test_held_pieces_are_the_text_before_the_first_stop_however_it_was_divided(
    text: str, stops: list[str], seed: int
) -> None:
    rng, held, said, at = random.Random(seed), Held(stops), "", 0
    while at < len(text):
        step = rng.randint(1, 5)
        said += held.feed(text[at : at + step])
        at += step
        assert cut(text, stops).startswith(said)
    assert said + held.close() == cut(text, stops)


def test_nothing_is_held_that_no_stop_string_begins_with() -> None:
    held = Held(STOP)
    assert held.feed("1 < 2 <") == "1 < 2 "
    assert held.feed("b>bold</") == "<b>bold"
    assert held.feed("execute>rest") == ""
    assert held.over and held.close() == ""


# -- scripts -----------------------------------------------------------------------------------------


async def test_a_script_is_said_word_by_word() -> None:
    pieces: list[str] = []
    model = scripted(["One two\n three</execute> four"])
    assert isinstance(model, Streams)
    reply = await model.stream(ASK, Sampling(stop=STOP), pieces.append)
    assert pieces == ["One", " two", "\n three"]
    assert reply.text == "One two\n three"


async def test_a_model_that_cannot_stream_is_heard_at_the_end() -> None:
    class Plain:
        name = "plain"

        async def generate(self, messages: Any, sampling: Any = None, *, sample: int = 0) -> Reply:
            return Reply("all at once")

    pieces: list[str] = []
    assert (await Streamed(Plain(), pieces.append).generate(ASK)).text == "all at once"
    assert pieces == ["all at once"]


# -- local checkpoints -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> Local:
    import torch

    torch.set_num_threads(1)
    return local(tiny_checkpoint, max_batch=4)


def cases() -> list[tuple[list[Message], Sampling]]:
    rng = random.Random(1)
    stops = [(), ("e",), ("\n", " a"), ("ab", "the"), ("\ufffd",), ("print", "r")]
    return [
        (
            [{"role": "user", "content": f"Tom has {i} apples"}],
            Sampling(temperature=rng.choice([0.0, 1.0]), max_tokens=rng.randint(1, 60), stop=stop, seed=i),
        )
        for i, stop in enumerate(stops * 4)
    ]


async def test_pieces_of_a_local_reply_are_the_reply_that_generate_gives(model: Local) -> None:
    async def heard(messages: list[Message], sampling: Sampling) -> tuple[list[str], Reply]:
        pieces: list[str] = []
        return pieces, await model.stream(messages, sampling, pieces.append, sample=3)

    together = await asyncio.gather(*(heard(*case) for case in cases()))
    for (messages, sampling), (pieces, reply) in zip(cases(), together, strict=True):
        assert reply == await model.generate(messages, sampling, sample=3)
        assert "".join(pieces) == reply.text
        assert all(pieces)
    assert max(len(pieces) for pieces, _ in together) > 10


async def test_the_pieces_come_while_the_model_still_writes(model: Local) -> None:
    done_at: list[int] = []
    pieces: list[str] = []

    def hear(piece: str) -> None:
        pieces.append(piece)
        done_at.append(call.done())

    call = asyncio.create_task(model.stream(ASK, Sampling(temperature=1, max_tokens=200, seed=5), hear))
    await call
    assert len(pieces) > 20
    assert not any(done_at)


async def test_who_no_longer_listens_frees_the_place_in_the_batch(model: Local) -> None:
    first = asyncio.Event()
    pieces: list[str] = []

    def hear(piece: str) -> None:
        pieces.append(piece)
        first.set()

    call = asyncio.create_task(model.stream(ASK, Sampling(temperature=1, max_tokens=450, seed=2), hear))
    await first.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    heard = len(pieces)
    while model._running:
        await asyncio.sleep(0.005)
    assert not model._batch.live and not model._batch.waiting
    assert len(pieces) == heard < 450


def test_a_listener_whose_loop_has_closed_hurts_nobody(model: Local) -> None:
    async def leave() -> None:
        first = asyncio.Event()
        call = asyncio.create_task(
            model.stream(ASK, Sampling(temperature=1, max_tokens=400, seed=4), lambda _: first.set())
        )
        await first.wait()
        del call

    asyncio.run(leave())
    assert asyncio.run(model.generate(ASK, Sampling(max_tokens=5))).usage.completion_tokens > 0


async def test_generate_makes_no_pieces(model: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a reply that nobody listens to was said")

    monkeypatch.setattr("windward.models.local_model.Speech", never)
    decoded = 0
    plain = model._text

    def counted(tokens: Any) -> str:
        nonlocal decoded
        decoded += 1
        return plain(tokens)

    monkeypatch.setattr(model, "_text", counted)
    await model.generate(ASK, Sampling(max_tokens=30))
    assert decoded == 1


async def test_a_streamed_prompt_that_does_not_fit_is_refused(model: Local) -> None:
    long: list[Message] = [{"role": "user", "content": "cows " * 600}]
    with pytest.raises(ContextOverflowError):
        await model.stream(long, Sampling(), lambda _: None)


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=30))
def test_no_piece_ends_within_a_character(tokens: list[bytes]) -> None:
    def decode(ids: Any) -> str:
        return b"".join(tokens[i] for i in ids).decode(errors="replace")

    text, said = Detokenizer(decode), ""
    for n in range(len(tokens) + 1):
        said += text.feed(range(n))
        assert decode(range(len(tokens))).startswith(said)


def test_a_character_of_several_tokens_is_said_once_it_is_whole() -> None:
    tokens = list("né 🙂".encode())
    text = Detokenizer(lambda ids: bytes(ids).decode(errors="replace"))
    assert [text.feed(tokens[: n + 1]) for n in range(len(tokens))] == ["n", "", "é", " ", "", "", "", "🙂"]


# -- endpoints ---------------------------------------------------------------------------------------


class Endpoint:
    """Answers whole or in pieces, as it is asked."""

    def __init__(self) -> None:
        self.url = ""
        self.text = "I count.\n<execute>\nprint(é)\n</execute> and 🙂"
        self.handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.seen.append(body)
        if self.handler is not None:
            return await self.handler(request)
        if not body.get("stream"):
            return web.json_response(self.whole())
        response = await events(request)
        payload = b": a comment\n\n" + b"".join(
            f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n".encode() for chunk in self.chunks()
        )
        payload += b"data: [DONE]\n\n"
        for at in range(0, len(payload), 7):  # cut in the middle of lines and characters
            await response.write(payload[at : at + 7])
            await asyncio.sleep(0)
        return response

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.text}
        tokens = {"content": [{"token": c, "logprob": -0.5} for c in self.text]}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": tokens}
        usage = {"prompt_tokens": 11, "completion_tokens": 3}
        return {"id": "x", "object": "chat.completion", "created": 5, "model": "served", "choices": [choice], "usage": usage}  # fmt: skip

    def chunks(self) -> list[dict[str, Any]]:
        head = {"id": "x", "object": "chat.completion.chunk", "created": 5, "model": "served"}
        chunks: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
        ]
        for at in range(0, len(self.text), 3):
            part = self.text[at : at + 3]
            logprobs = {"content": [{"token": c, "logprob": -0.5} for c in part]}
            chunks.append({"choices": [{"index": 0, "delta": {"content": part}, "logprobs": logprobs}]})
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None})
        chunks.append({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3}})
        return [head | chunk for chunk in chunks]


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    return response


def says(*lines: str, cut_after: bool = False) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await events(request)
        for line in lines:
            await response.write(f"data: {line}\n\n".encode())
        if cut_after:
            await asyncio.sleep(0.05)
            assert request.transport is not None
            request.transport.close()
        return response

    return handler


def chunk(text: str, **choice: Any) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": {"content": text}} | choice]})


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Endpoint]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    mine = Endpoint()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", mine)
    async with TestServer(app) as server:
        mine.url = str(server.make_url("/v1"))
        yield mine


async def failure(url: str, **options: Any) -> tuple[ModelError, list[str]]:
    model = OpenAICompatible("m", base_url=url, **options)
    pieces: list[str] = []
    try:
        with pytest.raises(ModelError) as caught:
            await model.stream(ASK, Sampling(), pieces.append)
    finally:
        await model.close()
    return caught.value, pieces


@pytest.mark.parametrize("stop", [(), STOP, ("zzz",), ("print(", "<execute>\nprint"), ("🙂",), ("I",)])
async def test_a_streamed_reply_equals_the_one_sent_whole(endpoint: Endpoint, stop: tuple[str, ...]) -> None:
    model = OpenAICompatible("m", base_url=endpoint.url, price=(1.0, 10.0))
    sampling = Sampling(temperature=0.5, max_tokens=9, stop=stop, seed=3, logprobs=True)
    pieces: list[str] = []
    streamed = await model.stream(ASK, sampling, pieces.append, sample=2)
    whole = await model.generate(ASK, sampling, sample=2)
    await model.close()
    assert streamed == whole
    assert "".join(pieces) == whole.text
    asked, plain = endpoint.seen
    assert (asked.pop("stream"), asked.pop("stream_options")) == (True, {"include_usage": True})
    assert asked == plain


async def test_an_endpoint_that_answers_whole_all_the_same_is_heard(endpoint: Endpoint) -> None:
    async def whole(request: web.Request) -> web.StreamResponse:
        return web.json_response(endpoint.whole())

    endpoint.handler = whole
    model = OpenAICompatible("m", base_url=endpoint.url)
    pieces: list[str] = []
    reply = await model.stream(ASK, Sampling(stop=STOP), pieces.append)
    await model.close()
    assert pieces == [reply.text] == ["I count.\n<execute>\nprint(é)\n"]


async def test_a_server_that_forgets_the_last_mark_is_understood(endpoint: Endpoint) -> None:
    endpoint.handler = says(chunk("four"), chunk("", finish_reason="length"))
    model = OpenAICompatible("m", base_url=endpoint.url)
    reply = await model.stream(ASK, Sampling(), lambda _: None)
    await model.close()
    assert (reply.text, reply.finish) == ("four", "length")


async def test_a_refused_stream_is_the_error_of_a_refused_call(endpoint: Endpoint) -> None:
    async def slow_down(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "wait"}}, status=429, headers={"Retry-After": "7"})

    endpoint.handler = slow_down
    error, pieces = await failure(endpoint.url)
    assert (error.status, error.retryable, error.retry_after, pieces) == (429, True, 7.0, [])


@pytest.mark.parametrize("cut_after", [True, False])
async def test_a_stream_that_breaks_off_is_an_error_that_keeps_what_came(
    endpoint: Endpoint, cut_after: bool
) -> None:
    endpoint.handler = says(chunk("One "), chunk("two"), cut_after=cut_after)
    error, pieces = await failure(endpoint.url)
    assert "cut after" in str(error)
    assert pieces == ["One ", "two"]
    assert error.retryable and error.raw is not None and error.raw.count("data:") == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "no JSON"),
        ("[" * 50_000, "no JSON"),
        ("[]", "without a completion"),
        ("{}", "without a completion"),
        ('{"choices": [{"delta": {"content": 4}}]}', "without a completion"),
        ('{"choices": "no"}', "without a completion"),
    ],
)
async def test_an_event_that_is_no_chunk_is_an_error(endpoint: Endpoint, line: str, said: str) -> None:
    endpoint.handler = says(chunk("One "), line, "[DONE]")
    error, _ = await failure(endpoint.url)
    assert said in str(error)
    assert (error.retryable, error.status) == (True, 200)


async def test_an_error_in_the_middle_is_taken_for_what_it_is(endpoint: Endpoint) -> None:
    endpoint.handler = says(chunk("One "), '{"error": {"message": "out of memory", "code": 503}}')
    error, pieces = await failure(endpoint.url)
    assert (error.status, error.retryable, pieces) == (503, True, ["One "])
    assert "out of memory" in str(error)


async def test_a_stream_that_stalls_runs_into_the_timeout(endpoint: Endpoint) -> None:
    async def stall(request: web.Request) -> web.StreamResponse:
        response = await says(chunk("One "))(request)
        await asyncio.sleep(5)
        return response

    endpoint.handler = stall
    error, pieces = await failure(endpoint.url, timeout=0.2)
    assert "within 0.2 s" in str(error)
    assert pieces == ["One "]


async def test_a_stream_to_a_server_that_is_not_there_may_be_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error, _ = await failure(f"http://127.0.0.1:{port}/v1")
    assert "is the server running" in str(error)
    assert error.retryable


async def test_a_listener_that_leaves_hangs_up_on_the_endpoint(endpoint: Endpoint) -> None:
    gone = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = await events(request)
        try:
            while True:
                await response.write(f"data: {chunk('on ')}\n\n".encode())
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    endpoint.handler = endless
    model = OpenAICompatible("m", base_url=endpoint.url)
    heard = asyncio.Event()
    call = asyncio.create_task(model.stream(ASK, Sampling(), lambda _: heard.set()))
    await heard.wait()
    call.cancel()
    await asyncio.wait_for(gone.wait(), 10)
    await model.close()


async def test_a_reply_that_was_heard_in_part_is_not_bought_again(endpoint: Endpoint, tmp_path: Path) -> None:
    from windward.journal import Journal, JournaledModel

    endpoint.handler = says(chunk("One "), chunk("two"))
    model = OpenAICompatible("m", base_url=endpoint.url)
    pieces: list[str] = []
    with Journal(tmp_path) as journal:
        with pytest.raises(ModelError, match="cut after"):
            await JournaledModel(Streamed(model, pieces.append), journal).generate(ASK)
    await model.close()
    assert (len(endpoint.seen), pieces) == (1, ["One ", "two"])
