"""Who may ask, how much, and what a client that leaves or lies can do."""

import asyncio
import gzip
import socket

import aiohttp
import pytest
from serve_fakes import served

from windward.interpreter import Interpreter, IsolationError
from windward.models import Reply, scripted
from windward.recipes.serve.clients import identify
from windward.recipes.serve.config import ConfigError, ServeConfig, is_loopback, read_clients

ASK = [{"role": "user", "content": "print(6 * 7)"}]
LOOP = {"messages": [{"role": "user", "content": "while True: pass"}]}


@pytest.fixture(scope="module", autouse=True)
def isolation():
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


# -- who may ask -------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_an_address_that_others_reach_demands_a_token(host):
    with pytest.raises(ConfigError, match="--token"):
        ServeConfig("agent", host=host)
    ServeConfig("agent", host=host, tokens={"ann": "token-of-ann"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_needs_no_token(host):
    assert is_loopback(host)
    ServeConfig("agent", host=host)


@pytest.mark.parametrize(
    "tokens",
    [
        {"ann": "short"},
        {"a b": "token-of-ann"},
        {"ann": "same-token", "bob": "same-token"},
        {"ann": "tök-en-of-ann"},
    ],
)
def test_tokens_and_names_that_are_none_are_refused_and_not_shown(tokens):
    with pytest.raises(ConfigError) as caught:
        ServeConfig("agent", tokens=tokens)
    assert not any(token in str(caught.value) for token in tokens.values())


def test_a_clients_file_is_a_name_and_a_token_a_line():
    assert read_clients("# who\nann token-of-ann\n\nbob  token-of-bob\n") == {
        "ann": "token-of-ann",
        "bob": "token-of-bob",
    }
    for text in ("ann", "ann a b", "ann token-1\nann token-2", ""):
        with pytest.raises(ConfigError) as caught:
            read_clients(text)
        assert "token-2" not in str(caught.value)


def test_a_token_is_its_clients_alone():
    tokens = {"ann": "token-of-ann", "bob": "token-of-bob"}
    assert identify("Bearer token-of-bob", tokens) == "bob"
    assert identify("bearer  token-of-ann ", tokens) == "ann"
    for header in (
        None,
        "",
        "Bearer",
        "Bearer token-of",
        "Basic token-of-ann",
        "token-of-ann",
        "Bearer \ud800",
    ):
        assert identify(header, tokens) is None


async def test_every_route_but_health_wants_the_token(tmp_path):
    async with served(tmp_path / "out", tokens={"ann": "token-of-ann"}) as server:
        root = server.url.removesuffix("/v1")
        for method, path in (
            ("GET", "/v1/models"),
            ("POST", "/v1/chat/completions"),
            ("GET", "/other"),
            ("PUT", "/v1/models"),
        ):
            async with server.http.request(method, root + path) as response:
                assert response.status == 401, path
                assert (await response.json())["error"]["type"] == "authentication_error"
        async with server.http.get(f"{root}/health") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
        await server.ask(ASK, "token-of-ann")
        assert server.model.calls != []


async def test_a_page_of_another_site_cannot_ask_a_server_without_tokens(tmp_path):
    async with served(tmp_path / "out") as server:
        body = b'{"messages": [{"role": "user", "content": "x"}]}'
        status, answer = await server.post(body, headers={"Content-Type": "text/plain"})
        assert (status, answer["error"]["code"]) == (415, "invalid_content_type")
        for host in ("evil.example", "127.0.0.1.evil.example", "[", ""):
            status, answer = await server.post(body, headers={"Host": host})
            assert status in (400, 403)
        async with server.http.options(
            f"{server.url}/chat/completions", headers={"Origin": "https://evil"}
        ) as response:
            assert "Access-Control-Allow-Origin" not in response.headers
        assert server.model.calls == []


# -- how much ----------------------------------------------------------------------------------------


async def test_a_body_that_is_too_large_is_refused(tmp_path):
    async with served(tmp_path / "out", body_mb=0.01) as server:
        status, body = await server.post({"messages": [{"role": "user", "content": "x" * 20_000}]})
    assert (status, body["error"]["code"]) == (413, "request_too_large")


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(tmp_path):
    async with served(tmp_path / "out", body_mb=1) as server:
        bomb = gzip.compress(b'{"messages": "' + b"x" * 50_000_000 + b'"}')
        status, body = await server.post(bomb, headers={"Content-Encoding": "gzip"})
    assert len(bomb) < 100_000
    assert (status, body["error"]["code"]) == (413, "request_too_large")


async def test_limits_are_of_each_client(tmp_path):
    tokens = {"ann": "token-of-ann", "bob": "token-of-bob"}
    async with served(tmp_path / "out", tokens=tokens, requests_per_minute=2) as server:
        for _ in range(2):
            await server.ask(ASK, "token-of-ann")
        status, body = await server.post({"messages": ASK}, "token-of-ann")
        assert (status, body["error"]["code"], body["error"]["type"]) == (
            429,
            "rate_limit_exceeded",
            "rate_limit_error",
        )
        await server.ask(ASK, "token-of-bob")


async def test_answers_at_once_are_bounded_for_a_client_and_for_all(tmp_path):
    tokens = {name: f"token-of-{name}" for name in ("ann", "bob", "eve")}
    async with served(tmp_path / "out", tokens=tokens, client_answers=1, answers=2) as server:
        busy = [asyncio.create_task(server.post(LOOP, tokens[name])) for name in ("ann", "bob")]
        while len(server.sessions._lent) < 2:
            await asyncio.sleep(0.01)
        status, body = await server.post(LOOP, tokens["ann"])
        assert (status, body["error"]["code"]) == (429, "too_many_answers")
        status, body = await server.post(LOOP, tokens["eve"])
        assert (status, body["error"]["code"]) == (503, "overloaded")
        for task in busy:
            task.cancel()
        await server.settled(0)
        await server.ask(ASK, tokens["ann"])


# -- who leaves --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_stops_the_code(tmp_path, stream):
    async with served(tmp_path / "out") as server:
        asking = asyncio.create_task(server.post(LOOP | {"stream": stream}))
        while not server.model.calls or not server.sessions._lent:
            await asyncio.sleep(0.01)
        (session,) = server.sessions._lent
        while not session._lock.locked():
            await asyncio.sleep(0.01)
        asking.cancel()
        await server.settled(0)
        assert not session._lock.locked()


async def test_a_client_that_leaves_stops_the_model(tmp_path):
    begun, ended = asyncio.Event(), asyncio.Event()

    class Endless:
        name = "endless"

        async def generate(self, messages, sampling=None, *, sample=0):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return Reply("")

    async with served(tmp_path / "out", Endless()) as server:
        asking = asyncio.create_task(server.post({"messages": ASK}))
        await begun.wait()
        asking.cancel()
        await asyncio.wait_for(ended.wait(), 10)
        await server.settled(0)


async def test_a_client_that_left_finds_its_conversation_as_it_was(tmp_path):
    async with served(tmp_path / "out") as server:
        talk = await server.say([], "x = 7")
        more = {"messages": [*talk, {"role": "user", "content": "x = 0\nwhile True: pass"}]}
        asking = asyncio.create_task(server.post(more))
        while not server.sessions._lent:
            await asyncio.sleep(0.01)
        asking.cancel()
        await server.settled(1)
        assert "```text\n7\n```" in (await server.say(talk, "print(x)"))[-1]["content"]


async def test_a_client_that_takes_nothing_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("windward.recipes.serve.app.WRITE_SECONDS", 0.5)
    async with served(tmp_path / "out", scripted(lambda messages: "word " * 4_000_000)) as server:
        port = aiohttp.client.URL(server.url).port
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        body = b'{"stream": true, "messages": [{"role": "user", "content": "x"}]}'
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await reader.readexactly(200)
        writer.transport.pause_reading()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await server.settled(0)
        writer.close()


# -- who lies ----------------------------------------------------------------------------------------


async def test_what_code_prints_cannot_leave_its_fence(tmp_path):
    async with served(tmp_path / "out") as server:
        code = "print('```\\n# Not output\\n````\\n</script><script>alert(1)</script>')"
        text = (await server.say([], code))[-1]["content"]
    block = text.partition("`````text\n")[2].partition("\n`````")[0]
    assert block == "```\n# Not output\n````\n</script><script>alert(1)</script>"


async def test_code_cannot_pass_a_file_of_its_own_for_a_figure(tmp_path):
    code = (
        "import matplotlib.pyplot as plt, matplotlib.figure as f\n"
        "f.Figure.savefig = lambda self, name, **_: open(name, 'w').write('<svg onload=alert(1)>')\n"
        "plt.plot([1])"
    )
    async with served(tmp_path / "out") as server:
        text = (await server.say([], code))[-1]["content"]
    assert "svg" not in text.partition("```text")[2]
    assert "data:image" not in text
    assert "its file is no PNG" in text


async def test_a_reply_with_half_a_surrogate_pair_is_still_json(tmp_path):
    async with served(tmp_path / "out", scripted(lambda messages: "a \ud83d b")) as server:
        talk = await server.say([], "hi")
        assert talk[-1]["content"] == "a ? b"
        await server.say(talk, "again")


async def test_request_text_is_in_no_log_line(tmp_path, caplog):
    caplog.set_level("DEBUG", logger="windward.serve")
    async with served(tmp_path / "out") as server:
        await server.post({"messages": ASK, "user": "u\r\nINJECTED", "model": "m\r\nINJECTED"})
        await server.say([], "say INJECTED", user="u\r\nINJECTED")
    assert "done" in caplog.text
    assert "INJECTED" not in "".join(
        record.getMessage() for record in caplog.records if record.name == "windward.serve"
    )


async def test_names_in_a_request_reach_no_path(tmp_path):
    async with served(tmp_path / "out") as server:
        await server.say([], "say x", user="../../up", windward={"conversation": "../../../etc"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert all(path.name.startswith("journal.sqlite") for path in (tmp_path / "out").iterdir())
