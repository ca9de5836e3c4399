"""A checkpoint in the server's own process: streamed from the batch's thread to the client."""

import asyncio
import json
import shutil

import openai
import pytest
from serve_fakes import served

from windward.interpreter import Interpreter, IsolationError
from windward.models import local

ASK = [{"role": "user", "content": "How many cows?"}]


@pytest.fixture(scope="module")
def model(tiny_checkpoint, tmp_path_factory):
    import torch

    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("long") / "tiny"
    shutil.copytree(tiny_checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 4096}))
    return local(folder, max_batch=2)


async def test_a_local_checkpoint_is_heard_token_by_token(model, tmp_path):
    async with (
        served(tmp_path / "out", model) as server,
        openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        asked = {"model": "agent", "messages": ASK, "max_tokens": 60, "temperature": 1, "seed": 3}
        stream = await client.chat.completions.create(stream=True, **asked)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        whole = await client.chat.completions.create(**asked)
        assert "".join(pieces) == whole.choices[0].message.content
        assert len(pieces) > 20
        other = await client.chat.completions.create(**asked | {"seed": 4})
        assert other.choices[0].message.content != whole.choices[0].message.content


async def test_fresh_draws_differ_though_the_request_is_the_same(model, tmp_path):
    async with served(tmp_path / "out", model) as server:
        said = {
            (await server.ask(ASK, max_tokens=30, temperature=1))["choices"][0]["message"]["content"]
            for _ in range(3)
        }
    assert len(said) > 1


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_frees_the_place_in_the_batch(model, tmp_path, monkeypatch, stream):
    monkeypatch.setattr(model, "_ends", frozenset())  # no reply ends by itself
    async with served(tmp_path / "out", model, seconds=600) as server:
        body = {"messages": ASK, "max_tokens": 2000, "temperature": 1, "stream": stream}
        asking = [asyncio.create_task(server.post(body)) for _ in range(2)]
        again = 0
        while len(model._batch.live) < 2:
            for place, task in enumerate(asking):
                if task.done():  # on a busy machine one may end before the other begins
                    again += 1
                    assert again < 20, task.result()
                    asking[place] = asyncio.create_task(server.post(body))
            await asyncio.sleep(0.005)
        for task in asking:
            task.cancel()
        while model._running:
            await asyncio.sleep(0.01)
        assert not model._batch.live and not model._batch.waiting
        await server.settled(0)
