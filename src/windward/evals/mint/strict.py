r"""Our graders of the tasks answered in words: one answer, and that one right.

* GSM8K, MATH: the answer is one number (a thousands separator, a unit or a sentence around it is forgiven) or one closed
  expression, and equals the reference; there is no band. Two numbers are no answer to a question for one, even if they are
  the same number twice or the sides of an equation.
* MMLU: the option that the answer names; without a letter, the option whose text it is.
* HotpotQA: the reference's words stand in the answer, one after the other, as whole words; case, punctuation, accents and
  articles do not count. A yes/no question is answered by its first word, or by what follows "answer is".
* TheoremQA: by the type of the reference: a truth value, an option, an integer, a float to the precision that the
  reference is printed with (at most 1 %) or rounded to three or more digits, a list in order.

Written with the audited verdicts in sight (107 rows of these tasks, of which 43 are decided: 12 of GSM8K, 19 of MATH, 9 of
MMLU, 3 of HotpotQA, none of TheoremQA) and a random sample of some 250 recorded proposals. The rule on two equal numbers is
the audit's, which counts `2304\n2304` as wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from windward.evals.mint.arithmetic import NoValueError, value_of
from windward.evals.mint.instances import Instance
from windward.evals.mint.questions import options_of, typed_reference
from windward.grading import Verdict, equivalent

FLOAT_SHARE = 0.01
"""Most that a float may differ from a reference that is printed with few digits, as a share of it."""

_LEAD_IN = re.compile(r"^.*?\b(?:final\s+)?(?:answer|result|solution)\s*(?:is|:|=)\s*:?\s*", re.I | re.S)
_TAG = re.compile(r"</?[a-z_]+>", re.I)
_TEN_POWER = re.compile(r"\s*(?:×|\\times|\*|x)\s*10\s*(?:\^|\*\*)\s*\{?\s*([-+−]?\d+)(?:\s*\})?")
_NUMBER = re.compile(
    r"(?<![\w.])(?:[-+−]\s?)?\$?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)?(?:\.\d+|(?<=\d)\.(?!\d))?(?:(?<=\d)[eE][-+]?\d+)?"
    r"(?:\s*/\s*\d+(?:\.\d+)?)?(?:\s*\\?%)?"
)
_FORMULA = re.compile(r"[*^/(\\√πθ_{±]")
_FUNCTIONS = frozenset(
    {"sqrt", "frac", "dfrac", "tfrac", "pi", "sin", "cos", "tan", "log", "ln", "exp", "cdot", "times", "left",
     "right", "text", "boxed", "infty", "abs", "theta", "alpha", "beta", "math", "np", "sympy", "erfi", "Rational"}
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]{2,}")
_SAYS = re.compile(r"\banswer (?:is|to the question is) (?:that )?(yes|no|true|false)\b")
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_OPTION = (
    re.compile(r"(?:^|\n|[\s,(])\(?([A-Za-z])\s?\)"),
    re.compile(r"(?:^|\n)\s*\(?([A-Za-z])(?:\s*$|[.:](?=\s|$)|\s*\n)"),
    re.compile(r"\b(?:option|choice|answer is|answer:)\s*\(?([A-Za-z])\b(?![\w'])", re.I),
)


def grade_strict(instance: Instance, answer: str) -> Verdict:
    """Whether an answer to a task of the reasoning family is right; the rule says why, or why not.

    Args:
        instance: the problem.
        answer: the proposed solution, as the released loop parses it.

    Raises:
        ValueError: the task is not answered in words.
    """
    text = _TAG.sub(" ", answer).strip()
    match instance.task:
        case "gsm8k" | "math":
            return _number(text, str(instance.reference))
        case "mmlu":
            return _choice(text, str(instance.reference), options_of(instance))
        case "hotpotqa":
            return _words(text, str(instance.reference))
        case "theoremqa":
            return _theorem(text, typed_reference(instance.reference))
    raise ValueError(f"{instance.task} is not answered in words; its solutions are run or played")


# ---- one number


def _number(text: str, reference: str) -> Verdict:
    given, rule = one_value(text)
    if given is None:
        return Verdict(False, None, rule, "unparsed")
    return Verdict(equivalent(given, reference), given, rule)


def one_value(text: str) -> tuple[str | None, str]:
    """The one number or closed expression that an answer is, and how it was found; None, and what is there instead."""
    plain = _TEN_POWER.sub(lambda found: "e" + found.group(1).replace("−", "-"), text.replace("−", "-"))
    numbers = [found for found in _NUMBER.finditer(plain) if any(map(str.isdigit, found.group()))]
    lines = [line for line in plain.splitlines() if line.strip()]
    if not numbers:
        return (plain, "expression") if _is_formula(plain) and plain else (None, "no-number")
    if len(numbers) == 1:
        stands_alone = not _FORMULA.search(_around(plain, numbers[0]))
        if stands_alone and not re.match(r"[A-Za-z]\b", plain[numbers[0].end() :]):
            return numbers[0].group().replace("$", "").replace(" ", ""), "number"
    if len(lines) > 1:
        return None, "several-numbers" if len(numbers) > 1 else "several-lines"
    expression = _right_side(_LEAD_IN.sub("", plain).strip(" .$"))
    if expression is None or not _is_formula(expression):
        return None, "several-numbers" if len(numbers) > 1 else "number-in-formula"
    return expression, "expression"


def _around(text: str, found: re.Match[str]) -> str:
    """What touches a number; brackets, marks and a full stop around it do not make it a formula."""
    before, after = text[: found.start()].rstrip(), text[found.end() :]
    # `4(x + 1)` is a formula, `5 (meters)` and `(5)` are not.
    return before[-1:].replace("(", "") + after[:1] + after.lstrip()[:1].replace("(", "")


def _right_side(text: str) -> str | None:
    """`x = 5` names a value; an equation between numbers, and two equations, do not."""
    left, sign, right = text.partition("=")
    if not sign:
        return text
    return None if re.search(r"\d", left) or "=" in right else right.strip()


def _is_formula(text: str) -> bool:
    """Whether text is mathematics and nothing else: no words but names of functions."""
    return all(word in _FUNCTIONS for word in _WORD.findall(text))


# ---- options


def _choice(text: str, reference: str, options: dict[str, str]) -> Verdict:
    wanted = reference.strip().lower().strip("()")
    named = marked_options(text, options)
    if len(named) > 1:
        return Verdict(False, ",".join(sorted(named)), "several-options")
    if named:
        letter = next(iter(named))
        return Verdict(letter == wanted, letter, "option")
    return _by_option_text(text, wanted, options)


def marked_options(text: str, options: dict[str, str]) -> set[str]:
    """The letters that an answer names as options: `B) 42`, `(B)`, `B`, `Option B`, `the answer is B`."""
    letters = set(options) or set("abcd")
    first = _OPTION[0].match(text) or _OPTION[1].match(text)
    if first and len(text.strip().splitlines()) == 1 and not _OPTION[0].search(text, first.end()):
        # `A) The U.S.S.R. and B) The U.S.` names two; `B) a (c) b` too; but letters inside an option's words do not count.
        return {first.group(1).lower()} & letters
    return {found.lower() for pattern in _OPTION for found in pattern.findall(text)} & letters


def _by_option_text(text: str, wanted: str, options: dict[str, str]) -> Verdict:
    """The option whose text the answer is, or alone contains."""
    said = _normal(text)
    texts = {letter: _normal(option) for letter, option in options.items()}
    exact = [letter for letter, option in texts.items() if option and option == said]
    if not exact and wanted in options:
        given, _ = one_value(_LEAD_IN.sub("", text))
        exact = [letter for letter, option in options.items() if given and equivalent(given, option)]
    within = exact or [letter for letter, option in texts.items() if option and _contains(said, option)]
    # An option may be the beginning of another: the longest that is there is meant.
    longest = max((len(texts[letter]) for letter in within), default=0)
    meant = [letter for letter in within if len(texts[letter]) == longest]
    if len(meant) != 1:
        return Verdict(False, None, "several-options" if meant else "no-option", "unparsed")
    return Verdict(meant[0] == wanted, meant[0], "option-text")


# ---- words


def _words(text: str, reference: str) -> Verdict:
    wanted = _normal(reference)
    if wanted in ("yes", "no"):
        return _truth(text, wanted == "yes")
    said = _normal(text)
    if said == wanted:
        return Verdict(True, said, "same-words")
    return Verdict(_contains(said, wanted), said, "whole-words")


def _truth(text: str, wanted: bool) -> Verdict:
    """By the first word, or by what follows "answer is"; a `no` elsewhere (`there is no record`) says nothing."""
    said = _normal(text)
    first = said.split(" ", 1)[0]
    found = _SAYS.findall(said) or ([first] if first in _TRUTH else [])
    if len(found) != 1:
        return Verdict(False, None, "no-truth-value" if not found else "several-truth-values", "unparsed")
    return Verdict(_TRUTH[found[0]] == wanted, found[0], "truth-value")


def _normal(text: str) -> str:
    """Lower case, without accents, punctuation and articles."""
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char)
    )
    bare = re.sub(r"(?<=\d),(?=\d{3})", "", bare)
    bare = re.sub(r"(?<=\w)'s\b", "s", bare.replace("’", "'"))
    words = re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w\s.]", " ", bare).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))


def _contains(text: str, part: str) -> bool:
    return f" {part} " in f" {text} "


# ---- TheoremQA


def _theorem(text: str, wanted: Any) -> Verdict:
    match wanted:
        case bool():
            return _truth(text, wanted)
        case list():
            return _list(text, wanted)
        case int() | float():
            return _quantity(text, wanted)
    return _choice(text, str(wanted), dict.fromkeys("abcd", ""))


def _quantity(text: str, wanted: float) -> Verdict:
    given, rule = one_value(text)
    if given is None:
        return Verdict(False, None, rule, "unparsed")
    if isinstance(wanted, int):
        return Verdict(equivalent(given, str(wanted)), given, rule)
    try:
        value = value_of(given.replace(",", "").rstrip("%\\ "))
    except NoValueError:
        return Verdict(equivalent(given, str(wanted)), given, rule)
    if not isinstance(value, int | float):
        return Verdict(False, given, f"{rule}:to-precision")
    close = abs(value - wanted) <= tolerance(wanted) or _is_rounded(given, wanted)
    return Verdict(close, given, f"{rule}:to-precision")


def _is_rounded(given: str, reference: float) -> bool:
    """Whether a plain number of three or more digits is the reference, rounded to them."""
    try:
        number = Decimal(given.replace(",", ""))
    except InvalidOperation:
        return False
    _, digits, exponent = number.as_tuple()
    if len(digits) < 3 or not isinstance(exponent, int):
        return False
    return abs(number - Decimal(repr(reference))) <= Decimal(5).scaleb(exponent - 1)


def tolerance(reference: float) -> float:
    """One unit of the last digit that the reference is printed with, but at most 1 % of it."""
    exponent = Decimal(repr(reference)).normalize().as_tuple().exponent
    unit = 10.0**exponent if isinstance(exponent, int) else 0.0
    return min(unit, abs(reference) * FLOAT_SHARE) * (1 + 1e-9)


def _list(text: str, wanted: Sequence[Any]) -> Verdict:
    found = re.findall(r"\[[^\[\]]*\]|\([^()]*,[^()]*\)", text)
    if len(found) != 1:
        return Verdict(False, None, "several-lists" if found else "no-list", "unparsed")
    try:
        given = list(value_of(found[0]))
    except (NoValueError, TypeError):
        return Verdict(False, found[0], "unread", "unparsed")
    same = len(given) == len(wanted) and all(
        isinstance(a, int | float) and abs(a - b) <= (tolerance(b) if isinstance(b, float) else 0)
        for a, b in zip(given, wanted, strict=True)
    )
    return Verdict(same, found[0], "list-in-order")
