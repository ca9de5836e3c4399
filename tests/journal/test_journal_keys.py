"""The key of a call: the same for the same call, another for any other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_fakes import says

from windward.journal import call_key
from windward.journal.keys import request_text, row_digest
from windward.models import Sampling

texts = st.text(st.characters(codec="utf-8", categories=["L", "P", "Zs", "Cc"]), max_size=20)
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.7]),
    max_tokens=st.integers(1, 3),
    stop=st.lists(texts, max_size=2).map(tuple),
    seed=st.none() | st.integers(0, 2),
    logprobs=st.booleans(),
)
calls = st.tuples(
    st.sampled_from(["a", 'b"']), st.lists(texts, min_size=1, max_size=2), samplings, st.integers(0, 2)
)


def key(call: tuple[str, list[str], Sampling, int]) -> str:
    model, contents, sampling, sample = call
    return call_key(model, [message for text in contents for message in says(text)], sampling, sample)


@given(calls, calls)
def test_two_calls_have_one_key_exactly_when_they_are_the_same(
    first: tuple[str, list[str], Sampling, int], second: tuple[str, list[str], Sampling, int]
) -> None:
    assert (key(first) == key(second)) == (first == second)


def test_the_order_of_a_messages_fields_does_not_matter() -> None:
    assert call_key("m", [{"role": "user", "content": "x"}], Sampling()) == call_key(
        "m", [{"content": "x", "role": "user"}], Sampling()
    )


def test_every_sampling_parameter_is_part_of_the_key() -> None:
    changes = {"temperature": 1.0, "top_p": 0.5, "max_tokens": 7, "stop": ("x",), "seed": 1, "logprobs": True}
    assert set(changes) == set(Sampling().as_dict())
    keys = {call_key("m", says("x"), replace(Sampling(), **{name: value})) for name, value in changes.items()}
    assert len(keys | {call_key("m", says("x"), Sampling())}) == len(changes) + 1


def test_a_key_does_not_change_between_versions() -> None:
    assert call_key("m", says("héllo"), Sampling()) == (
        "39f750662ec91973940ca28bb69548c540f2763bae7175bc79aaefc19d6b6274"
    )


def test_text_that_utf8_cannot_hold_has_a_key() -> None:
    assert call_key("m", says("\ud800"), Sampling()) != call_key("m", says("\ud801"), Sampling())


def test_the_request_is_json_with_everything_in_it() -> None:
    assert request_text("m", says("x"), Sampling(stop=("\n",)), 3) == (
        '{"messages":[{"content":"x","role":"user"}],"model":"m","sample":3,"sampling":{"logprobs":false,'
        '"max_tokens":512,"seed":null,"stop":["\\n"],"temperature":0.0,"top_p":1.0}}'
    )


def test_a_changed_row_has_another_digest() -> None:
    @dataclass
    class Row:
        prompt: str
        tags: tuple[str, ...] = ()

    assert row_digest(Row("a")) == row_digest(Row("a"))
    assert row_digest(Row("a")) != row_digest(Row("b"))
    assert row_digest({"x": 1, "y": 2}) == row_digest({"y": 2, "x": 1})
    assert row_digest({"rows": [Row("a")]}) != row_digest({"rows": [Row("b")]})


def test_a_row_that_is_not_plain_data_is_refused() -> None:
    with pytest.raises(TypeError, match="plain data"):
        row_digest({"file": object()})
