"""`check_instruction` and `check_prompt`: does a response follow what a program can verify?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from windward.grading.ifeval import layout, released, wording
from windward.grading.policies import require_policy

INSTRUCTIONS: Mapping[str, tuple[ModuleType, str]] = {
    "keywords:existence": (wording, "existence"),
    "keywords:frequency": (wording, "frequency"),
    "keywords:forbidden_words": (wording, "forbidden_words"),
    "keywords:letter_frequency": (wording, "letter_frequency"),
    "language:response_language": (wording, "response_language"),
    "length_constraints:number_sentences": (wording, "number_sentences"),
    "length_constraints:number_paragraphs": (wording, "number_paragraphs"),
    "length_constraints:number_words": (wording, "number_words"),
    "length_constraints:nth_paragraph_first_word": (wording, "nth_paragraph_first_word"),
    "detectable_content:number_placeholders": (layout, "number_placeholders"),
    "detectable_content:postscript": (layout, "postscript"),
    "detectable_format:number_bullet_lists": (layout, "number_bullet_lists"),
    "detectable_format:constrained_response": (layout, "constrained_response"),
    "detectable_format:number_highlighted_sections": (layout, "number_highlighted_sections"),
    "detectable_format:multiple_sections": (layout, "multiple_sections"),
    "detectable_format:json_format": (layout, "json_format"),
    "detectable_format:title": (layout, "title"),
    "combination:two_responses": (layout, "two_responses"),
    "combination:repeat_prompt": (layout, "repeat_prompt"),
    "startend:end_checker": (layout, "end_checker"),
    "startend:quotation": (layout, "quotation"),
    "change_case:capital_word_frequency": (wording, "capital_word_frequency"),
    "change_case:english_capital": (wording, "english_capital"),
    "change_case:english_lowercase": (wording, "english_lowercase"),
    "punctuation:no_comma": (wording, "no_comma"),
}
"""The 25 kinds of instruction, and where each is checked."""


@dataclass(frozen=True)
class PromptCheck:
    """Which instructions of one prompt a response follows.

    Attributes:
        strict: by instruction, for the response as it is.
        loose: by instruction, for the best of eight readings: without its first line, its last line, or both,
            and each with and without asterisks.
    """

    strict: tuple[bool, ...]
    loose: tuple[bool, ...]

    @property
    def strict_prompt(self) -> bool:
        """Whether the response as it is follows all of them."""
        return all(self.strict)

    @property
    def loose_prompt(self) -> bool:
        """Whether each of them is followed in some reading."""
        return all(self.loose)


def check_instruction(
    instruction_id: str,
    kwargs: Mapping[str, Any],
    response: str,
    prompt: str | None = None,
    *,
    policy: str = "strict",
) -> bool:
    """Whether a response follows one instruction. Nothing of the response is executed; no model, no network.

    An empty response follows nothing. By our rules, neither does the prompt sent back, where `prompt` is given.

    Args:
        instruction_id: one of `INSTRUCTIONS`, such as `keywords:existence`.
        kwargs: its arguments as IFEval gives them; those that are None are left out.
        response: the response.
        prompt: the prompt that it answers.
        policy: `strict`, or `released` for the checks of the Eurus release with their slips.

    Raises:
        ValueError: there is no such instruction or policy, or its arguments do not fit.
    """
    require_policy(policy)
    if instruction_id not in INSTRUCTIONS:
        raise ValueError(f"no instruction {instruction_id!r}; IFEval has {', '.join(INSTRUCTIONS)}")
    if not response.strip():
        return False
    if policy == "strict" and _is_echo(response, prompt):
        return False
    module, name = INSTRUCTIONS[instruction_id]
    check: Callable[..., bool] = getattr(released if policy == "released" else module, name)
    arguments = {key: value for key, value in kwargs.items() if value is not None}
    try:
        return check(response, **arguments)
    except TypeError as error:
        raise ValueError(
            f"the arguments of {instruction_id} do not fit: {error}; given {arguments}"
        ) from error


def check_prompt(
    instruction_ids: Sequence[str],
    kwargs: Sequence[Mapping[str, Any]],
    response: str,
    prompt: str | None = None,
    *,
    policy: str = "strict",
) -> PromptCheck:
    """Whether a response follows the instructions of its prompt, read strictly and loosely.

    Args:
        instruction_ids: the instructions of the prompt.
        kwargs: the arguments of each.
        response: the response.
        prompt: the prompt.
        policy: as for `check_instruction`; it says which rules count, not which reading.

    Raises:
        ValueError: as for `check_instruction`, or there are not as many arguments as instructions.
    """
    if len(instruction_ids) != len(kwargs):
        raise ValueError(f"{len(instruction_ids)} instructions have {len(kwargs)} sets of arguments")

    def followed(text: str, name: str, arguments: Mapping[str, Any]) -> bool:
        return check_instruction(name, arguments, text, prompt, policy=policy)

    if policy == "strict" and _is_echo(response, prompt):
        return PromptCheck((False,) * len(kwargs), (False,) * len(kwargs))
    pairs = list(zip(instruction_ids, kwargs, strict=True))
    variants = readings(response)
    strict = tuple(followed(response, *pair) for pair in pairs)
    loose = tuple(
        once or any(followed(text, *pair) for text in variants)
        for once, pair in zip(strict, pairs, strict=True)
    )
    return PromptCheck(strict, loose)


def readings(response: str) -> list[str]:
    """The eight readings of a loose check, each once: ± first line, ± last line, ± asterisks."""
    lines = response.split("\n")
    cuts = [response, *("\n".join(lines[cut]).strip() for cut in (slice(1, None), slice(-1), slice(1, -1)))]
    return list(dict.fromkeys([*cuts, *(text.replace("*", "") for text in cuts)]))


def _is_echo(response: str, prompt: str | None) -> bool:
    return prompt is not None and response.split() == prompt.split()
