"""Scripted and recorded models, and the names that users type."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from windward.models import Message, Model, ModelError, Reply, Sampling, Usage, replay, resolve, scripted

ASK: list[Message] = [{"role": "user", "content": "2 + 2?"}]
OTHER: list[Message] = [{"role": "user", "content": "3 + 3?"}]


async def test_a_script_is_answered_in_order_and_ends_with_an_error() -> None:
    model = scripted(["four", "4 or so"])
    assert isinstance(model, Model)
    assert (await model.generate(ASK)).text == "four"
    assert (await model.generate(ASK, Sampling(stop=(" or",)))).text == "4"
    with pytest.raises(ModelError, match="call 3 has no reply, the script holds 2"):
        await model.generate(ASK)
    assert model.calls == [ASK, ASK, ASK]


async def test_a_function_answers_from_the_messages() -> None:
    model = scripted(lambda messages: messages[-1]["content"].upper(), name="shout")
    reply = await model.generate([{"role": "user", "content": "hey"}])
    assert (reply.text, reply.model) == ("HEY", "shout")


async def test_a_recorded_run_gives_its_replies_by_sample() -> None:
    rows: list[dict[str, Any]] = [
        {"messages": ASK, "reply": "four"},
        {"messages": OTHER, "reply": {"text": "six", "finish": "length", "usage": {"completion_tokens": 3}}},
        {"messages": ASK, "reply": "5"},
    ]
    model = replay(rows)
    assert [(await model.generate(ASK, sample=i)).text for i in (0, 1)] == ["four", "5"]
    assert await model.generate(OTHER) == Reply("six", "length", Usage(0, 3))


async def test_a_call_that_was_not_recorded_is_named() -> None:
    model = replay([{"messages": ASK, "reply": "four"}])
    with pytest.raises(ModelError, match=r"0 replies .* 1 messages and ends with user: …'3 \+ 3\?'"):
        await model.generate(OTHER)
    with pytest.raises(ModelError, match="1 replies were recorded for this prompt, sample 1"):
        await model.generate(ASK, sample=1)


async def test_recordings_are_read_from_files(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = {"messages": ASK, "reply": "four"}
    lines, table = tmp_path / "run.jsonl", tmp_path / "run.parquet"
    lines.write_text(json.dumps(row) + "\n")
    pq.write_table(pa.Table.from_pylist([row]), table)
    for path in (lines, table):
        model = replay(path)
        assert model.name == f"replay:{path.name}"
        assert (await model.generate(ASK)).text == "four"
    lines.write_text('{"messages": [\n')
    with pytest.raises(ValueError, match="line 1 is not JSON"):
        replay(lines)
    with pytest.raises(ValueError, match="row 1 needs `messages`"):
        replay([{"reply": "four"}])


def test_names_become_models(tiny_checkpoint: Path) -> None:
    assert resolve(str(tiny_checkpoint)).name.startswith("tiny@")
    assert resolve("big", "http://localhost:1/v1").name == "big@localhost"


def test_the_protocol_is_imported_without_a_deep_learning_library() -> None:
    code = (
        "import sys; from windward.models import Sampling, scripted, replay; "
        "print([name for name in ('torch', 'transformers', 'aiohttp', 'pyarrow') if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
