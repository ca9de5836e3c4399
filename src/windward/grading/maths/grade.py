"""`equivalent` and `grade_math`: one answer against another, and a response against an answer."""

from __future__ import annotations

from windward.grading.maths.answers import decide
from windward.grading.maths.extract import boxes, extract_math
from windward.grading.maths.released import equal_released, grade_released
from windward.grading.policies import require_policy
from windward.grading.verdict import Verdict


def equivalent(prediction: str, reference: str, policy: str = "strict") -> bool:
    r"""Whether two answers are the same answer. Neither text is executed, and the time is bounded.

    Example:
        >>> equivalent(r"\tfrac12", "0.5")
        True

    Args:
        prediction: an answer, LaTeX or as Python prints it; not a whole response (see `grade_math`).
        reference: the true answer.
        policy: `strict`, or `released` for the Eurus release's tolerances and slips.

    Raises:
        ValueError: no such policy.
    """
    require_policy(policy)
    return (equal_released if policy == "released" else decide)(prediction, reference)[0]


def grade_math(response: str, reference: str | int | float, policy: str = "strict") -> Verdict:
    r"""Whether the final answer of `response` is `reference`. Nothing of either is executed.

    Args:
        response: a model's whole text, or a program's output.
        reference: the true answer, or the number it is; a box or `####` around it is taken off.
        policy: `strict`, or `released` for the Eurus release's extraction, tolerances and slips.

    Returns:
        The verdict; its rule is `where:how`, such as `boxed:value`. A cut-off box, a traceback and an empty
        text are `unparsed`.
    """
    require_policy(policy)
    if policy == "released":
        return grade_released(response, bare_reference(str(reference)))
    found = extract_math(response)
    if found.text is None:
        return Verdict(False, None, found.rule, "unparsed")
    correct, rule = decide(found.text, bare_reference(str(reference)))
    return Verdict(correct, found.text, f"{found.rule}:{rule}", "ok")


def bare_reference(reference: str) -> str:
    """The answer alone, of a reference solution that marks it."""
    found = boxes(reference)
    if found and found[-1][2] is not None:
        return found[-1][2]
    return reference.rsplit("####", 1)[-1].strip() if "####" in reference else reference
