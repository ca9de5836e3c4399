"""One bad answer of an endpoint fails its own row, which is named and told what to do; the rest is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from windward.journal import Journal, JournaledModel, Limits, Outcome, RunStoppedError, run_rows
from windward.journal.summary import summarize
from windward.models import OpenAICompatible

ROWS = [{"id": f"r{i}"} for i in range(8)]
BAD = "r3"
OVERFLOW = '{"error": {"message": "maximum context length is 8192 tokens"}}'


@dataclass
class Answers:
    """Answers each prompt with itself; the bad row with `status` and `body`, cut off where `cut`."""

    url: str = ""
    status: int = 200
    body: str | None = None
    cut: bool = False
    asked: list[str] = field(default_factory=list)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        prompt = (await request.json())["messages"][-1]["content"]
        self.asked.append(prompt)
        if prompt != BAD or self.body is None:
            choice = {"message": {"content": prompt}, "finish_reason": "stop"}
            return web.json_response({"choices": [choice], "usage": {"prompt_tokens": 1}})
        if not self.cut:
            return web.Response(status=self.status, text=self.body)
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(self.body.encode())
        assert request.transport is not None
        request.transport.close()
        return response


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Answers]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    answers = Answers()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", answers)
    async with TestServer(app) as server:
        answers.url = str(server.make_url("/v1"))
        yield answers


async def answer_all(folder: Path, url: str, rows: list[dict[str, str]] = ROWS) -> list[Outcome]:
    endpoint = OpenAICompatible("m", base_url=url)
    with Journal(folder) as journal:
        model = JournaledModel(endpoint, journal, Limits(max_attempts=2, backoff=0.001))

        async def fn(row: dict[str, str]) -> str:
            return (await model.generate([{"role": "user", "content": row["id"]}])).text

        try:
            return await run_rows(fn, rows, journal=journal, stage="ask", key="id", progress=False)
        finally:
            await endpoint.close()


@pytest.mark.parametrize(
    ("status", "body", "cut", "said", "advice", "attempts"),
    [
        (401, '{"error": {"message": "bad key"}}', False, "answered 401 (bad key)", "set OPENAI_API_KEY", 1),
        (429, "slow down", False, "answered 429 (slow down)", "lower the rate or the concurrency", 2),
        (500, "oops", False, "answered 500 (oops)", "look at its log", 2),
        (200, '{"choices": [{"mess', True, "cut after 19 characters", "check that base_url", 2),
        (200, "", False, "an empty reply", "check that base_url", 2),
        (200, "<html>hello</html>", False, "no JSON (<html>hello</html>)", "check that base_url", 2),
        (400, OVERFLOW, False, "does not fit the context of m", "shorten it", 1),
    ],
    ids=["401", "429", "500", "cut", "empty", "no-json", "too-long"],
)
async def test_a_bad_answer_fails_its_row_alone_and_only_that_is_asked_again(
    tmp_path: Path,
    endpoint: Answers,
    status: int,
    body: str,
    cut: bool,
    said: str,
    advice: str,
    attempts: int,
) -> None:
    endpoint.status, endpoint.body, endpoint.cut = status, body, cut
    outcomes = await answer_all(tmp_path, endpoint.url)
    assert [outcome.key for outcome in outcomes if not outcome.ok] == [BAD]
    assert [outcome.value for outcome in outcomes if outcome.ok] == [
        row["id"] for row in ROWS if row["id"] != BAD
    ]
    summary = summarize(tmp_path)
    assert (summary.total.done, summary.total.failed, summary.total.attempts) == (7, 1, 7 + attempts)
    listed = summary.failed[0]
    assert (listed.what, listed.stage, listed.row) == ("row", "ask", BAD)
    assert said in listed.error
    assert advice in listed.error

    endpoint.body = None
    endpoint.asked.clear()
    outcomes = await answer_all(tmp_path, endpoint.url)
    assert [outcome.value for outcome in outcomes] == [row["id"] for row in ROWS]
    assert endpoint.asked == [BAD]


async def test_a_missing_key_stops_the_run_and_keeps_what_was_stored(
    tmp_path: Path, endpoint: Answers
) -> None:
    await answer_all(tmp_path, endpoint.url)
    more = [{"id": f"more {i}"} for i in range(200)]
    with pytest.raises(
        RunStoppedError, match=r"the last \(more \d+\) with: no API key for .*: set OPENAI_API_KEY"
    ):
        await answer_all(tmp_path, "https://api.openai.com/v1", more)
    assert summarize(tmp_path).models[0].done == len(ROWS)


async def test_a_wrong_url_stops_the_run_and_keeps_what_was_stored(tmp_path: Path, endpoint: Answers) -> None:
    await answer_all(tmp_path, endpoint.url)
    more = [{"id": f"more {i}"} for i in range(200)]
    with pytest.raises(
        RunStoppedError, match=r"the last \(more \d+\) with: .* answered 404 .*check .*base_url"
    ):
        await answer_all(tmp_path, endpoint.url.removesuffix("/v1") + "/v2", more)
    with pytest.raises(ValueError, match="base_url 'localhost' is no http"):
        await answer_all(tmp_path, "localhost")
    assert summarize(tmp_path).models[0].done == len(ROWS)


async def test_the_body_is_stored_as_it_was_received(tmp_path: Path, endpoint: Answers) -> None:
    body = '{ "choices": [{"message": {"content": "h\\u00e9 \\ud83d\\ude00"}}], "score": 1.50, "odd": NaN }\n'
    endpoint.body = body
    await answer_all(tmp_path, endpoint.url)
    with Journal(tmp_path) as journal:
        stored = journal._connection.execute(
            "SELECT raw, reply FROM attempts WHERE row = ?", (BAD,)
        ).fetchone()
    assert stored[0] == body
    assert json.loads(stored[1])["text"] == "hé 😀"
