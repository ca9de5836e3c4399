"""`windward serve` as a process: it says where, answers, and ends cleanly when it is asked to."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import openai
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from windward.cli import app
from windward.interpreter import Interpreter, IsolationError

runner = CliRunner()


def serve(*words, **env):
    return runner.invoke(app, ["serve", *map(str, words)], env={"WINDWARD_TOKEN": None} | env)


def test_help_shows_an_example_and_every_choice():
    told = serve("--help").output
    assert "windward serve --model Qwen3-8B --base-url http://localhost:8000/v1" in told
    for word in (
        "--host",
        "--port",
        "--token",
        "WINDWARD_TOKEN",
        "--turns",
        "--seconds",
        "--clients",
        "--out",
    ):
        assert word in told


def test_an_address_that_others_reach_demands_a_token(tmp_path):
    result = serve("--host", "0.0.0.0", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "give --token" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--token", "short"], "8 to 512"),
        (["--clients", "missing.txt"], "cannot be read"),
        (["--base-url", "localhost:8000"], "is no http(s) URL"),
        (["--model", "no/such/folder"], "no/such/folder"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(tmp_path, words, told):
    result = serve(*words, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


def test_a_port_that_is_taken_is_told(tmp_path, isolation):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = serve("--base-url", "http://127.0.0.1:9/v1", "--port", port, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in result.output
    assert "--port" in result.output


class Endpoint:
    """A model that runs what the user wrote, streamed as an endpoint streams."""

    def __init__(self):
        self.seen = []

    async def __call__(self, request):
        body = await request.json()
        self.seen.append(body)
        last = body["messages"][-1]["content"]
        text = (
            f"It showed {last[13:]}" if last.startswith("Observation:") else f"<execute>\n{last}\n</execute>"
        )
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in (text[:4], text[4:]):
            await response.write(
                f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n".encode()
            )
        end = {
            "choices": [{"delta": {}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2},
        }
        await response.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())
        return response


@pytest.fixture
def isolation():
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_answers_and_ends_when_it_is_asked_to(tmp_path: Path, isolation, sent):
    endpoint, upstream = Endpoint(), web.Application()
    upstream.router.add_post("/v1/chat/completions", endpoint)
    async with TestServer(upstream) as model:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "windward", "serve", "--model", "org/tiny", "--base-url", str(model.make_url("/v1")),
            "--port", "0", "--out", str(tmp_path / "out"), env=os.environ | {"WINDWARD_TOKEN": "token-of-ann"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert line.startswith("serving at http://127.0.0.1:")
        async with openai.AsyncOpenAI(
            base_url=line.split()[2], api_key="token-of-ann", max_retries=0
        ) as client:
            talk = [{"role": "user", "content": "x = 42; print(x)"}]
            first = await client.chat.completions.create(model="tiny", messages=talk)
            text = first.choices[0].message.content
            assert text == "```python\nx = 42; print(x)\n```\n\n```text\n42\n```\n\nIt showed 42"
            assert first.usage.prompt_tokens == 10
            talk += [{"role": "assistant", "content": text}, {"role": "user", "content": "print(x + 1)"}]
            stream = await client.chat.completions.create(model="tiny", messages=talk, stream=True)
            said = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            assert said.endswith("It showed 43")
            talk += [{"role": "assistant", "content": said}, {"role": "user", "content": "while True: pass"}]
            endless = asyncio.create_task(client.chat.completions.create(model="tiny", messages=talk))
            while len(endpoint.seen) < 5:
                await asyncio.sleep(0.01)
            process.send_signal(sent)
            out, errors = await asyncio.wait_for(process.communicate(), 60)
            with pytest.raises(openai.APIConnectionError):
                await endless
    assert (process.returncode, out.decode()) == (0, "stopped\n"), errors.decode()
    assert "Traceback" not in errors.decode()
    assert "token-of-ann" not in errors.decode()
    assert all(body["stream"] for body in endpoint.seen)
