"""A conversation becomes tokens and the spans of them that are learnt, exactly as a model reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from windward.models.chat import answer_ids, prompt_ids, prompt_text, text_ids
from windward.models.protocol import Message

Span = tuple[int, int]
"""Places from the first to before the second."""


class RowError(ValueError):
    """A row that cannot be trained on; the message names file, row and field."""


@dataclass(frozen=True)
class Example:
    """What a model reads, and which of it is learnt.

    Attributes:
        tokens: all of them, up to the last that is learnt.
        learnt: spans of `tokens` that are learnt, one an answer, the end of its turn included; in order, not
            empty, none at the very beginning, where nothing predicts it.
        cut: tokens that did not fit.
        unlearnt: of these, tokens that were to be learnt.
    """

    tokens: tuple[int, ...]
    learnt: tuple[Span, ...]
    cut: int = 0
    unlearnt: int = 0

    @property
    def answer_tokens(self) -> int:
        """How many tokens are learnt."""
        return sum(end - start for start, end in self.learnt)


def answering(prompt: Sequence[int], answer: Sequence[int]) -> Example:
    """A prompt that is read and one answer that is learnt."""
    return Example((*prompt, *answer), ((len(prompt), len(prompt) + len(answer)),))


def conversation(tokenizer: Any, messages: Sequence[Message], learn: Sequence[bool]) -> Example:
    """Tokens of a conversation up to its last learnt message.

    They are those of the chat template's text of the whole conversation. Only an answer that begins with white space
    is read from its own beginning, as the model would have written it, where a tokenizer may join the space to the
    line before.

    Args:
        tokenizer: of the checkpoint, with its chat template.
        messages: the conversation.
        learn: for each message, whether it is learnt; at least one, and assistant messages only.

    Raises:
        RowError: the template or the tokenizer does not keep the messages apart.
        ModelError: the template cannot render them.
    """
    tokens: list[int] = []
    spans: list[Span] = []
    done, before = "", -1
    for number in (place for place, learnt in enumerate(learn) if learnt):
        if before < 0:
            tokens = prompt_ids(tokenizer, messages[:number])
        opening = prompt_text(tokenizer, messages[:number])
        if not opening.startswith(done):
            raise RowError(
                f"message {before}: the chat template does not show it later as the answer that was learnt, with the "
                f"end of turn {tokenizer.eos_token!r}; give a row for each answer, or a checkpoint with another template"
            )
        if before >= 0:
            tokens += text_ids(tokenizer, opening[len(done) :])
        answer = answer_ids(tokenizer, messages[number]["content"])
        spans.append((len(tokens), len(tokens) + len(answer)))
        tokens += answer
        done, before = f"{opening}{messages[number]['content']}{tokenizer.eos_token}", number
    if len(spans) > 1 and not _begins_blank(messages, learn) and tokens != text_ids(tokenizer, done):
        raise RowError(
            "the tokenizer joins messages that the chat template keeps apart; give a row for each answer"
        )
    return Example(tuple(tokens), tuple(spans))


def shortened(tokenizer: Any, messages: Sequence[Message], learn: Sequence[bool], max_length: int) -> Example:
    """A conversation of at most `max_length` tokens: its system message and its newest exchanges.

    Exchanges (what the user says and the answers to it) are left out whole, the oldest first. Of the newest, where
    it is too long by itself, only the beginning is cut off (see `fitted`).
    """
    whole = conversation(tokenizer, messages, learn)
    kept = whole
    for head, tail in _shorter(messages, learn):
        if len(kept.tokens) <= max_length:
            break
        kept = conversation(tokenizer, [*messages[:head], *messages[tail:]], [*learn[:head], *learn[tail:]])
    return _counted(fitted(kept, max_length), whole)


def fitted(example: Example, max_length: int) -> Example:
    """Cuts off the beginning; of the last answer's end only what exceeds `max_length` by itself.

    An answer that would lose its beginning is not learnt.
    """
    start, last = example.learnt[-1]
    end = min(last, start + max(1, max_length - 1))
    begin = max(0, min(start - 1, end - max_length))
    spans = tuple((a - begin, min(b, end) - begin) for a, b in example.learnt if a > begin)
    return _counted(Example(example.tokens[begin:end], spans), example)


def _counted(kept: Example, whole: Example) -> Example:
    cut = max(0, len(whole.tokens) - len(kept.tokens))
    return Example(kept.tokens, kept.learnt, cut, whole.answer_tokens - kept.answer_tokens)


def _shorter(messages: Sequence[Message], learn: Sequence[bool]) -> Iterator[Span]:
    """What may be left out, ever more: from behind the system messages to before a later question."""
    head = next((place for place, message in enumerate(messages) if message["role"] != "system"), 0)
    last = max(place for place, learnt in enumerate(learn) if learnt)
    for place in range(head + 1, last):
        if messages[place]["role"] == "user" and messages[place - 1]["role"] != "user":
            yield head, place


def _begins_blank(messages: Sequence[Message], learn: Sequence[bool]) -> bool:
    return any(
        learnt and message["content"][:1].isspace() for message, learnt in zip(messages, learn, strict=True)
    )
