"""`grade_math`: extraction, then comparison, in one verdict that says which rules decided."""

from __future__ import annotations

from windward.grading.maths.answers import decide
from windward.grading.maths.extract import boxes, extract_math
from windward.grading.verdict import Verdict


def grade_math(response: str, reference: str | int | float, policy: str = "strict") -> Verdict:
    r"""Whether the final answer of `response` is `reference`. Nothing of either is executed.

    Args:
        response: a model's whole text, or a program's output.
        reference: the true answer, or the number it is; a box or `####` around it is taken off.
        policy: `strict`, or `eurus` for the released Eurus tolerances.

    Returns:
        The verdict; its rule is `where:how`, such as `boxed:value`. A cut-off box, a traceback and an empty
        text are `unparsed`.
    """
    found = extract_math(response)
    if found.text is None:
        return Verdict(False, None, found.rule, "unparsed")
    correct, rule = decide(found.text, bare_reference(str(reference)), policy)
    return Verdict(correct, found.text, f"{found.rule}:{rule}", "ok")


def bare_reference(reference: str) -> str:
    """The answer alone, of a reference solution that marks it."""
    found = boxes(reference)
    if found and found[-1][2] is not None:
        return found[-1][2]
    return reference.rsplit("####", 1)[-1].strip() if "####" in reference else reference
