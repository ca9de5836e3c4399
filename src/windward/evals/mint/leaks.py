"""Does a feedback give the answer away? Finds where, so that it can be withheld; pure, and runs nothing.

Two things are a leak. The reference stands in the feedback, and neither the problem, nor the policy, nor anything
that it has been shown said it before. Or the feedback points at it (`the answer is C`) and the policy has not said
it itself; for choices, yes and no only this counts, as the words alone give nothing away.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isclose

from windward.evals.mint.instances import Instance, family_of

MASK = "[withheld]"

_NUMBER = r"(?<![\w.)])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+(?![\w.]))?"
_TOKEN = re.compile(rf"\\[dt]?frac\{{(-?\d+)\}}\{{(\d+)\}}|({_NUMBER})|[^\W_]+")
_CODE_TOKEN = re.compile(r"\w+|[^\w\s]")
_SKIPPED = {"a", "an", "the", "and"}
_CLOSED = {"yes", "no", "true", "false", *"abcdefghij"}
_POINTS = re.compile(
    r"\b(?:answer|solution|option|choice|result|correct|right|choose|pick|select|submit|propose)\b([^.!?]{0,25})\Z",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\W{0,3}(?:is|was|would be)\s+(?:the\s+)?(?:right|correct|answer)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:not|never|isn't|wasn't|no longer)\b|n't\b", re.IGNORECASE)
_ENDS_CHOICE = re.compile(r"\s*(?:\Z|[.,;:!?)<*\"']|(?:is|was|because|since|as)\b)")
_OPTION = re.compile(r"\b([A-J]) ?\) ?(.*?)(?= ?, [A-J] ?\)|\Z)", re.DOTALL)


@dataclass(frozen=True)
class _Token:
    """A word or number of a text, in a form in which equal ones are equal, and where it stands."""

    text: str
    start: int
    end: int
    value: float | None = None

    def same(self, other: _Token) -> bool:
        """Whether it says the same: 45,000 and 45000.0, 1/2 and 0.5."""
        if self.value is None or other.value is None:
            return self.text == other.text
        return isclose(self.value, other.value, rel_tol=0 if _whole(self, other) else 1e-3)


Span = tuple[int, int]


def leaks(feedback: str, instance: Instance, shown: Sequence[str], said: Sequence[str]) -> list[Span]:
    """Where `feedback` gives the answer away.

    Args:
        feedback: text for the policy.
        instance: the problem; one without a reference has nothing to give away.
        shown: all texts that the policy has seen or written, the problem aside.
        said: those that it wrote itself.
    """
    if instance.reference in ("", None):
        return []
    if family_of(instance.task) == "code_generation":
        return _code_leaks(feedback, instance, [instance.prompt, *shown])
    spans: list[Span] = []
    for answer in _answers(instance):
        closed = answer.strip().lower() in _CLOSED
        pointed = [span for span in _find(feedback, answer) if _points_at(feedback, span, closed)]
        if pointed and not any(_claims(text, answer, closed) for text in said):
            spans += pointed if closed else _find(feedback, answer)
        if not closed and not any(_find(text, answer) for text in (instance.prompt, *shown)):
            spans += _find(feedback, answer)
    return sorted(set(spans))


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with the spans withheld."""
    for start, end in sorted(_merged(spans), reverse=True):
        text = f"{text[:start]}{MASK}{text[end:]}"
    return text


def _answers(instance: Instance) -> list[str]:
    """The texts that give the answer: of an MMLU letter, its option too."""
    reference = str(instance.reference).strip().strip("()")
    options = {letter.lower(): text for letter, text in _OPTION.findall(instance.prompt)}
    option = options.get(reference.lower(), "") if instance.task == "mmlu" else ""
    return [text for text in (reference, option.strip()) if _tokens(text, keep=len(text) == 1)]


def _claims(text: str, answer: str, closed: bool) -> bool:
    return any(not closed or _points_at(text, span, closed) for span in _find(text, answer))


def _points_at(text: str, span: Span, closed: bool) -> bool:
    start, end = span
    if closed and end - start == 1 and not _is_choice(text, start, end):
        return False
    before = _POINTS.search(text[max(0, start - 60) : start])
    if before is not None and not _NEGATED.search(before[1]):
        return True
    return _POINTS_BACK.match(text[end : end + 30]) is not None


def _is_choice(text: str, start: int, end: int) -> bool:
    """Whether a single letter is the name of an option, and not an article."""
    if text[:start].endswith("(") or text[end:].startswith(")"):
        return True
    named = text[start].isupper() or text[:start].rstrip().endswith((">", "option"))
    return named and _ENDS_CHOICE.match(text, end) is not None


def _find(text: str, answer: str) -> list[Span]:
    """Where the answer stands in the text, word for word."""
    keep = len(answer) == 1
    wanted, tokens = _tokens(answer, keep), _tokens(text, keep)
    return _runs(tokens, wanted)


def _runs(tokens: Sequence[_Token], wanted: Sequence[_Token]) -> list[Span]:
    size = len(wanted)
    return [
        (tokens[at].start, tokens[at + size - 1].end)
        for at in range(len(tokens) - size + 1 if size else 0)
        if all(token.same(want) for token, want in zip(tokens[at : at + size], wanted, strict=True))
    ]


def _tokens(text: str, keep: bool = False) -> list[_Token]:
    tokens = [_token(match) for match in _TOKEN.finditer(text)]
    return [token for token in tokens if keep or token.text not in _SKIPPED]


def _token(match: re.Match[str]) -> _Token:
    top, bottom, number = match.groups()
    text = unicodedata.normalize("NFKC", match[0]).casefold()
    value: float | None = None
    if number is not None:
        top, _, bottom = number.replace(",", "").partition("/")
    if top is not None and len(top) < 40 and float(bottom or 1) != 0:
        value = float(top) / float(bottom or 1)
    return _Token(text, *match.span(), value)


def _whole(*tokens: _Token) -> bool:
    return all(token.value is not None and token.value.is_integer() for token in tokens)


def _code_leaks(feedback: str, instance: Instance, known: Sequence[str]) -> list[Span]:
    """Hidden tests' inputs, and the solution of the data set, letter by letter but for spaces."""
    spans: list[Span] = []
    tokens = _code_tokens(feedback)
    said = [_code_tokens(text) for text in known]
    for secret in _secrets(instance):
        wanted = _code_tokens(secret)
        if len(wanted) >= _SECRET_TOKENS and not any(_runs(text, wanted) for text in said):
            spans += _runs(tokens, wanted)
    return sorted(set(spans))


_SECRET_TOKENS = 4
"""Shorter code, such as `(2)`, gives nothing away."""


def _secrets(instance: Instance) -> list[str]:
    reference = str(instance.reference)
    found = [str(instance.metadata.get(name, "")) for name in ("canonical_solution", "code")]
    try:
        tree = ast.parse(reference)
    except (SyntaxError, ValueError):
        return [*found, reference]
    for test in (node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)):
        calls = [node for node in ast.walk(test) if isinstance(node, ast.Call)]
        for call in calls:
            found.append(
                f"({', '.join(ast.get_source_segment(reference, part) or '' for part in call.args)})"
            )
    return found


def _code_tokens(text: str) -> list[_Token]:
    return [_Token(match[0], *match.span()) for match in _CODE_TOKEN.finditer(text)]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
