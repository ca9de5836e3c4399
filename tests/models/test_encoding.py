"""Messages are the same JSON text whichever way it was put together, and a body keeps the text it was read from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.models.encoding import Received, canonical, messages_text

texts = st.text(st.characters(), max_size=10)  # lone surrogates and control characters included
usual = st.fixed_dictionaries({"role": texts, "content": texts})
odd = st.dictionaries(
    st.sampled_from(["role", "content", "name"]), texts | st.none() | st.lists(texts), max_size=3
)


@given(st.lists(usual | odd, max_size=3))
def test_messages_are_the_same_text_as_from_the_json_module(messages: list[Any]) -> None:
    text = messages_text(messages)
    assert text == canonical(messages)
    assert json.loads(text) == json.loads(json.dumps(messages))


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        messages_text([{"role": "user", "content": object()}])  # type: ignore[typeddict-item]


def test_a_body_is_a_plain_object_that_knows_its_text() -> None:
    text = '{ "a": 1.0, "a": 2 }'
    body = Received(json.loads(text), text)
    assert body == {"a": 2}
    assert body.text == text
    assert json.dumps(body) == '{"a": 2}'
