"""From messages to token ids: the one place, so that a model is trained on exactly what it reads when it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.models.protocol import Message, ModelError


def prompt_ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """The tokens of `prompt_text`.

    Raises:
        ModelError: there are no messages, or the chat template cannot render them.
    """
    return text_ids(tokenizer, prompt_text(tokenizer, messages))


def prompt_text(tokenizer: Any, messages: Sequence[Message]) -> str:
    """The text that comes before an answer to `messages`; an assistant's last message is left open to go on.

    Raises:
        ModelError: there are no messages, or the chat template cannot render them.
    """
    if not messages:
        raise ModelError("there are no messages to answer")
    follows = messages[-1]["role"] == "assistant"
    try:
        text: str = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=not follows, continue_final_message=follows
        )
    except Exception as error:  # Jinja's own, and whatever a template complains of
        raise ModelError(f"the chat template cannot render these messages: {error}") from error
    return text


def answer_ids(tokenizer: Any, text: str) -> list[int]:
    """The tokens of an answer, and the one that ends it."""
    return [*text_ids(tokenizer, text), int(tokenizer.eos_token_id)]


def text_ids(tokenizer: Any, text: str) -> list[int]:
    """The tokens of a text as it stands, without any that a tokenizer likes to put around it."""
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids
