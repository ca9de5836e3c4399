"""From a conversation and its mask to tokens: exactly the template's, and cut where it may be cut."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trajectory_rows import SYSTEM, exchange, of_assistant, row, talk

from windward.models import Message, ModelError
from windward.training import RowError
from windward.training.conversations import Example, conversation, fitted, shortened
from windward.training.examples import read_examples

Write = Callable[[list[dict[str, Any]]], Path]


@pytest.fixture(scope="module")
def tokenizer(tiny_checkpoint: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_checkpoint)


@pytest.fixture(scope="module")
def embedded_tokenizer() -> Any:
    from transformers import AutoTokenizer

    from windward.models import embedded_path

    try:
        return AutoTokenizer.from_pretrained(embedded_path())
    except ModelError as error:
        pytest.skip(str(error))


def rendered(tokenizer: Any, messages: list[Message]) -> list[int]:
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def learnt_texts(tokenizer: Any, example: Example) -> list[str]:
    return [tokenizer.decode(example.tokens[start:end]) for start, end in example.learnt]


def assert_exact(tokenizer: Any, messages: list[Message]) -> None:
    found = conversation(tokenizer, messages, of_assistant(messages))
    whole = rendered(tokenizer, messages)
    assert list(found.tokens) == whole[: len(found.tokens)]
    # What follows the last end of turn is the template's line break.
    assert tokenizer.decode(whole[len(found.tokens) :]).strip() == ""
    answers = [message["content"] for message in messages if message["role"] == "assistant"]
    assert learnt_texts(tokenizer, found) == [answer + tokenizer.eos_token for answer in answers]


@pytest.mark.parametrize("system", [True, False])
def test_tokens_are_those_of_the_whole_rendered_conversation(tokenizer: Any, system: bool) -> None:
    assert_exact(tokenizer, talk(4, system=system))


@pytest.mark.parametrize("system", [True, False])
def test_so_they_are_with_the_embedded_tokenizer_and_code(embedded_tokenizer: Any, system: bool) -> None:
    messages = talk(3, system=system)
    messages[-1]["content"] = "I add.\n\n<execute>\nfor i in range(12):\n    total += 3.50 * i\n</execute>\n"
    messages[-2]["content"] = "\n\nObservation:\n  8½ — ünïcode \t"
    assert_exact(embedded_tokenizer, messages)


ANSWERS = st.text(st.characters(codec="utf-8", exclude_characters="<|>"), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(ANSWERS, ANSWERS.filter(lambda text: not text[0].isspace())), min_size=1, max_size=4)
)
def test_any_texts_keep_their_tokens(tokenizer: Any, turns: list[tuple[str, str]]) -> None:
    messages: list[Message] = []
    for asked, answered in turns:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    found = conversation(tokenizer, messages, of_assistant(messages))
    whole = rendered(tokenizer, messages)
    assert list(found.tokens) == whole[: len(found.tokens)]
    assert len(found.learnt) == len(turns)


def test_an_answer_that_begins_with_white_space_is_learnt_as_it_would_be_written(
    embedded_tokenizer: Any,
) -> None:
    messages = talk(2)
    messages[2]["content"] = "\n  so it is"
    found = conversation(embedded_tokenizer, messages, of_assistant(messages))
    start, end = found.learnt[0]
    alone = embedded_tokenizer("\n  so it is", add_special_tokens=False)["input_ids"]
    assert list(found.tokens[start : end - 1]) == alone
    assert embedded_tokenizer.decode(found.tokens) + "\n" == embedded_tokenizer.apply_chat_template(
        messages, tokenize=False
    )


def test_messages_that_are_not_marked_are_only_read(tokenizer: Any) -> None:
    messages = talk(3)
    found = conversation(tokenizer, messages, [False, False, True, False, False, False, True])
    assert learnt_texts(tokenizer, found) == [messages[at]["content"] + "<|im_end|>" for at in (2, 6)]
    assert messages[4]["content"] in tokenizer.decode(found.tokens)


def test_what_follows_the_last_learnt_message_is_left_out(tokenizer: Any) -> None:
    messages = talk(3)
    shorter = conversation(tokenizer, messages[:3], of_assistant(messages[:3]))
    assert conversation(tokenizer, messages, [False, False, True, False, False, False, False]) == shorter


def test_a_template_that_changes_earlier_answers_is_refused(tokenizer: Any) -> None:
    template = tokenizer.chat_template
    forgetful = template.replace(
        "{{ message['content'] }}",
        "{% if message['role'] == 'assistant' and not loop.last %}{{ message['content'].split('>')[-1] }}"
        "{% else %}{{ message['content'] }}{% endif %}",
    )
    tokenizer.chat_template = forgetful
    try:
        with pytest.raises(RowError, match="message 2: the chat template does not show it later"):
            conversation(tokenizer, talk(2), of_assistant(talk(2)))
        # One answer is always possible.
        assert conversation(tokenizer, talk(2), [False] * 4 + [True]).answer_tokens > 0
    finally:
        tokenizer.chat_template = template


def test_whole_oldest_exchanges_are_left_out_and_the_system_message_stays(tokenizer: Any) -> None:
    messages = talk(5)
    length = len(rendered(tokenizer, [SYSTEM, *exchange(3), *exchange(4)]))
    found = shortened(tokenizer, messages, of_assistant(messages), length)
    kept = [SYSTEM, *exchange(3), *exchange(4)]
    whole = conversation(tokenizer, messages, of_assistant(messages))
    expected = conversation(tokenizer, kept, of_assistant(kept))
    assert (found.tokens, found.learnt) == (expected.tokens, expected.learnt)
    assert found.cut == len(whole.tokens) - len(expected.tokens) > 0
    assert found.unlearnt == whole.answer_tokens - expected.answer_tokens > 0


@given(limit=st.integers(4, 200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_answer_is_cut_unless_it_is_too_long_alone(tokenizer: Any, limit: int) -> None:
    messages = talk(4)
    found = shortened(tokenizer, messages, of_assistant(messages), limit)
    answers = [message["content"] + "<|im_end|>" for message in messages if message["role"] == "assistant"]
    texts = learnt_texts(tokenizer, found)
    assert len(found.tokens) <= limit
    if len(tokenizer(answers[-1])["input_ids"]) < limit:
        assert texts == answers[-len(texts) :]
    else:
        assert len(texts) == 1 and answers[-1].startswith(texts[0])


def test_a_conversation_that_fits_is_not_touched(tokenizer: Any) -> None:
    messages = talk(3)
    whole = conversation(tokenizer, messages, of_assistant(messages))
    assert shortened(tokenizer, messages, of_assistant(messages), len(whole.tokens)) == whole


def test_an_answer_without_its_beginning_is_not_learnt() -> None:
    example = Example(tuple(range(10)), ((1, 4), (6, 10)))
    assert fitted(example, 8) == Example(tuple(range(2, 10)), ((4, 8),), 2, 3)
    assert fitted(example, 9) == Example(tuple(range(1, 10)), ((5, 9),), 1, 3)
    assert fitted(example, 10) == example
    assert fitted(example, 3) == Example((5, 6, 7), ((1, 3),), 7, 5)


@pytest.mark.parametrize(
    ("learn", "said"),
    [
        ([True, False, True], "field learn: message 0 is not the assistant's"),
        ([False, True], "field learn: 2 values for 3 messages"),
        ([False, False, False], "field learn: no message is learnt"),
        ([False, None, True], "field learn: expected a list of true and false"),
    ],
)
def test_a_mask_that_says_nothing_or_the_wrong_thing_is_named(
    tokenizer: Any, written: Write, learn: list[Any], said: str
) -> None:
    path = written([row(1), row(1, learn=learn)])
    with pytest.raises(RowError, match=f"row 1, {said}"):
        read_examples(path, tokenizer, 512)


def test_a_row_without_its_mask_learns_its_last_message(tokenizer: Any, written: Write) -> None:
    masked, plain = read_examples(written([row(2), row(2, learn=None)]), tokenizer, 512)
    assert masked.tokens == plain.tokens
    assert plain.learnt == masked.learnt[-1:]


def test_a_message_that_is_only_read_may_be_empty(tokenizer: Any, written: Write) -> None:
    silent = row(2)
    silent["messages"][3]["content"] = ""
    (found,) = read_examples(written([silent]), tokenizer, 512)
    assert "<|im_start|>user\n<|im_end|>" in tokenizer.decode(found.tokens)
    assert list(found.tokens) == rendered(tokenizer, silent["messages"])[: len(found.tokens)]
    silent["messages"][2]["content"] = ""
    with pytest.raises(RowError, match="message 2: it is learnt, and its content is empty"):
        read_examples(written([silent]), tokenizer, 512)
