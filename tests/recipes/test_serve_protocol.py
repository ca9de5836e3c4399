"""What OpenAI's clients send and read: completions, streams, errors."""

import asyncio
import base64
import json

import openai
import pytest
from serve_fakes import Served, served

from windward.interpreter import Interpreter, IsolationError
from windward.models import ContextOverflowError, ModelError, Reply, Usage, scripted
from windward.recipes.serve.rendering import PNG

ASK = [{"role": "user", "content": "print(6 * 7)"}]
ANSWER = "I run it.\n\n```python\nprint(6 * 7)\n```\n\n```text\n42\n```\n\nIt showed 42"


@pytest.fixture(scope="module", autouse=True)
def isolation():
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


@pytest.fixture
async def server(tmp_path):
    async with served(tmp_path / "out", requests_per_minute=1000) as running:
        yield running


def events(text):
    """The data of server-sent events; each is one line and an empty one."""
    assert text.endswith("\n\n")
    lines = text[:-2].split("\n\n")
    assert all(line.startswith("data: ") and "\n" not in line for line in lines)
    return [line.removeprefix("data: ") for line in lines]


async def test_an_answer_is_code_output_and_words_in_markdown(server: Served):
    body = await server.ask(ASK)
    assert body["choices"][0]["message"] == {"role": "assistant", "content": ANSWER, "refusal": None}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert (body["object"], body["model"]) == ("chat.completion", "agent")
    assert body["windward"] == {"session": "new", "ended": "done", "turns": 2}


async def test_a_client_may_have_the_final_words_alone(server: Served):
    final = {"windward": {"show": "answer"}}
    assert (await server.ask(ASK, **final))["choices"][0]["message"]["content"] == "It showed 42"
    _, text = await server.post({"messages": ASK, "stream": True} | final)
    assert "".join(
        json.loads(data)["choices"][0]["delta"].get("content", "") for data in events(text)[:-1]
    ) == ("It showed 42")


async def test_a_stream_is_well_formed_chunks_that_end_in_done(server: Served):
    asked = {"messages": ASK, "stream": True, "stream_options": {"include_usage": True}}
    status, text = await server.post(asked)
    *chunks, done = events(text)
    assert (status, done) == (200, "[DONE]")
    *chunks, usage = [json.loads(chunk) for chunk in chunks]
    assert {chunk["object"] for chunk in [*chunks, usage]} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in [*chunks, usage]}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == ANSWER
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert usage["choices"] == [] and set(usage["usage"]) == {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
    }


async def test_words_are_sent_while_the_model_still_writes(tmp_path):
    more = asyncio.Event()

    class Slow:
        name = "slow"

        async def generate(self, messages, sampling=None, *, sample=0):
            raise AssertionError("a model that streams is streamed")

        async def stream(self, messages, sampling, on_text, *, sample=0):
            on_text("Half ")
            await more.wait()
            on_text("and half.")
            return Reply("Half and half.", usage=Usage(3, 4))

    async with served(tmp_path / "out", Slow()) as server:
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        stream = await client.chat.completions.create(model="agent", messages=ASK, stream=True)
        said = []
        async for chunk in stream:
            said.append(chunk.choices[0].delta.content)
            if said[-1] == "Half ":
                more.set()
        assert said[:3] == ["", "Half ", "and half."]
        await client.close()


async def test_openais_own_client_is_answered(server: Served):
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none") as client:
        assert [model.id async for model in client.models.list()] == ["agent"]
        whole = await client.chat.completions.create(model="agent", messages=ASK)
        assert whole.choices[0].message.content == ANSWER
        talk = [*ASK, whole.choices[0].message.model_dump(include={"role", "content"})]
        talk.append({"role": "user", "content": [{"type": "text", "text": "x = 3; print(x)"}]})
        stream = await client.chat.completions.create(
            model="agent", messages=talk, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text.endswith("It showed 3")
        assert chunks[-1].usage is not None
        again = await client.chat.completions.create(
            model="agent",
            messages=[
                *talk,
                {"role": "assistant", "content": text},
                {"role": "user", "content": "print(x + 1)"},
            ],
            extra_body={"windward": {"show": "answer"}},
        )
        assert again.choices[0].message.content == "It showed 4"


async def test_openais_client_reads_our_errors(tmp_path):
    async with served(tmp_path / "out", tokens={"ann": "token-of-ann"}, requests_per_minute=3) as server:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="wrong-token", max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError, match="Bearer TOKEN"):
                await client.chat.completions.create(model="agent", messages=ASK)
        async with openai.AsyncOpenAI(base_url=server.url, api_key="token-of-ann", max_retries=0) as client:
            with pytest.raises(openai.NotFoundError, match="ask for 'agent'"):
                await client.chat.completions.create(model="gpt-5", messages=ASK)
            with pytest.raises(openai.BadRequestError, match="tools"):
                tool = {"type": "function", "function": {"name": "f"}}
                await client.chat.completions.create(model="agent", messages=ASK, tools=[tool])
            await client.chat.completions.create(model="agent", messages=ASK)
            with pytest.raises(openai.RateLimitError, match="3 requests a minute") as caught:
                await client.chat.completions.create(model="agent", messages=ASK)
            assert int(caught.value.response.headers["Retry-After"]) >= 1


async def test_figures_are_images_in_the_answer(server: Served):
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    text = (await server.ask([{"role": "user", "content": code}]))["choices"][0]["message"]["content"]
    data = text.partition("![Figure 1](data:image/png;base64,")[2].partition(")")[0]
    assert base64.b64decode(data).startswith(PNG)


async def test_figures_are_bounded_in_number_and_size(tmp_path):
    code = "import matplotlib.pyplot as plt\nfor i in range(3): plt.figure()\nplt.plot([1, 2])"
    async with served(tmp_path / "out", figures=1) as server:
        text = (await server.ask([{"role": "user", "content": code}]))["choices"][0]["message"]["content"]
        assert text.count("data:image/png") == 1
        assert text.count("is not shown: an answer shows 1.") == 2
    async with served(tmp_path / "out2", figure_kb=1) as server:
        text = (await server.ask([{"role": "user", "content": code}]))["choices"][0]["message"]["content"]
        assert "data:image/png" not in text
        assert "it has more than 1 KiB" in text


async def test_usage_is_of_all_replies_of_the_model(tmp_path):
    replies = [
        Reply("<execute>\nprint(1)\n", usage=Usage(10, 2)),
        Reply("Done.", "length", usage=Usage(20, 3)),
    ]
    async with served(tmp_path / "out", scripted(replies)) as server:
        body = await server.ask(ASK)
    assert body["usage"] == {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}
    assert body["choices"][0]["finish_reason"] == "length"


async def test_what_a_request_asks_of_the_model_reaches_it(tmp_path):
    seen = []

    class Watching:
        name = "watching"

        async def generate(self, messages, sampling=None, *, sample=0):
            seen.append((sampling, sample))
            return Reply("ok")

    async with served(tmp_path / "out", Watching()) as server:
        fields = {"temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "stop": "END", "seed": 4}
        await server.ask(ASK, **fields)
    (sampling, sample) = seen[0]
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, sample) == (
        0.5,
        0.9,
        7,
        4,
        0,
    )
    assert sampling.stop == ("END", "</execute>", "</solution>")


async def test_every_call_of_the_model_is_in_the_journal(tmp_path):
    from windward.journal import Journal

    async with served(tmp_path / "out") as server:
        await server.ask(ASK)
    with Journal(tmp_path / "out") as journal:
        assert journal.ledger.spent.calls == 2


async def test_a_failing_model_is_an_error_that_names_no_machine_of_ours(tmp_path, caplog):
    def fails(messages):
        raise ModelError("http://10.0.0.7:8000/v1 answered 500 (line\nFORGED LOG LINE)")

    async with served(tmp_path / "out", scripted(fails)) as server:
        for stream in (False, True):
            status, body = await server.post({"messages": ASK, "stream": stream})
            assert (status, body["error"]["code"], body["error"]["type"]) == (
                502,
                "model_error",
                "server_error",
            )
            assert "10.0.0.7" not in body["error"]["message"]
            assert body["error"]["message"].split()[-1] in caplog.text
    assert "10.0.0.7" in caplog.text
    assert "\nFORGED" not in caplog.text


async def test_whatever_a_model_raises_is_an_error_of_this_answer_alone(tmp_path, caplog):
    def breaks(messages):
        if messages[-1]["content"] == "break":
            raise KeyError("secret\nline")
        return "fine"

    async with served(tmp_path / "out", scripted(breaks)) as server:
        status, body = await server.post({"messages": [{"role": "user", "content": "break"}]})
        assert (status, body["error"]["code"]) == (500, "server_error")
        assert "secret" not in body["error"]["message"] and "secret" in caplog.text
        await server.ask(ASK)
        await server.settled(1)


async def test_an_error_in_the_middle_of_a_stream_is_an_event(tmp_path):
    def fails_later(messages):
        if len(messages) > 2:
            raise ModelError("gone")
        return "<execute>\nprint(1)\n</execute>"

    async with served(tmp_path / "out", scripted(fails_later)) as server:
        status, text = await server.post({"messages": ASK, "stream": True})
        *_, error, done = events(text)
        assert (status, json.loads(error)["error"]["code"], done) == (200, "model_error", "[DONE]")
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            stream = await client.chat.completions.create(model="agent", messages=ASK, stream=True)
            with pytest.raises(openai.APIError, match="the model failed"):
                _ = [chunk async for chunk in stream]


async def test_messages_that_do_not_fit_the_context_are_told_so(tmp_path):
    def full(messages):
        raise ContextOverflowError("too long")

    async with served(tmp_path / "out", scripted(full)) as server:
        status, body = await server.post({"messages": ASK})
    assert (status, body["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    ("fields", "param", "said"),
    [
        ({"messages": []}, "messages", "at least one"),
        ({"messages": "hi"}, "messages", "list"),
        ({"messages": [3]}, "messages[0]", "object"),
        ({"messages": [{"role": "judge", "content": "x"}]}, "messages[0].role", "must be system"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role", "must be system"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0]", "own tool"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content", "string"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "string"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content", "only parts of type text",
        ),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages", "last message"),
        (
            {"messages": [*ASK, {"role": "system", "content": "x"}, *ASK]},
            "messages[1]", "before all others",
        ),
        ({"messages": ASK * 300}, "messages", "at most 256"),
        ({"n": 2}, "n", "one answer"),
        ({"n": True}, "n", "one answer"),
        ({"tools": [{}]}, "tools", "own tool"),
        ({"functions": [{}]}, "functions", "own tool"),
        ({"tool_choice": "required"}, "tool_choice", "own tool"),
        ({"response_format": {"type": "json_object"}}, "response_format", "text"),
        ({"logprobs": True}, "logprobs", "log-probabilities"),
        ({"logit_bias": {"5": 1}}, "logit_bias", "not supported"),
        ({"presence_penalty": 0.5}, "presence_penalty", "not supported"),
        ({"model": 5}, "model", "string"),
        ({"stream": "yes"}, "stream", "true or false"),
        ({"stream_options": []}, "stream_options", "object"),
        ({"temperature": 3}, "temperature", "from 0 to 2"),
        ({"temperature": "hot"}, "temperature", "number"),
        ({"temperature": True}, "temperature", "number"),
        ({"temperature": float("nan")}, "temperature", "number"),
        ({"top_p": 0}, "top_p", "above 0"),
        ({"max_tokens": 0}, "max_tokens", "from 1 to"),
        ({"max_tokens": 10**6}, "max_tokens", "from 1 to 4096"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens", "whole number"),
        ({"stop": ["a"] * 5}, "stop", "at most 4"),
        ({"stop": [""]}, "stop", "1 to 256"),
        ({"stop": {"a": 1}}, "stop", "list"),
        ({"seed": 10**30}, "seed", "64 bits"),
        ({"user": 5}, "user", "string"),
        ({"windward": {"show": "code"}}, "windward.show", "all or answer"),
        ({"windward": {"show": ["all"]}}, "windward.show", "all or answer"),
        ({"windward": {"conversation": 5}}, "windward.conversation", "string"),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_refused_with_the_field_and_the_reason(server, fields, param, said):
    status, body = await server.post({"messages": ASK} | fields)
    assert status == 400
    assert body["error"]["param"] == param
    assert said in body["error"]["message"]
    assert body["error"]["type"] == "invalid_request_error"
    assert server.model.calls == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"messages": ' + b"9" * 5000 + b"}",
     b'{"messages": [{"role": "user", "content": "\\ud800"}]}'],
)  # fmt: skip
async def test_a_body_that_is_no_json_object_is_refused(server: Served, body):
    status, answer = await server.post(body)
    assert (status, answer["error"]["code"]) == (400, "invalid_json")


async def test_harmless_defaults_of_clients_are_taken(server: Served):
    await server.ask(
        ASK, n=1, tools=[], tool_choice="none", logprobs=False, logit_bias={}, presence_penalty=0,
        response_format={"type": "text"}, stop=None, seed=None, max_tokens=None, user=None, metadata={"a": "b"},
    )  # fmt: skip


async def test_other_paths_and_methods_are_errors_in_the_same_shape(server: Served):
    for method, path, status in (("GET", "/chat/completions", 405), ("POST", "/embeddings", 404)):
        async with server.http.request(method, server.url + path) as response:
            assert response.status == status
            assert "POST /v1/chat/completions" in (await response.json())["error"]["message"]
