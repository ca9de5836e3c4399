"""Stage 1: a model solves a problem with a function of its own, then writes the call (CRAFT, section 2.2)."""

from __future__ import annotations

from windward.feedback.asking import hear
from windward.models import Model, Sampling
from windward.toolsets.build_reading import READING_VERSION, Written, read_call, read_function
from windward.toolsets.domains import Domain
from windward.toolsets.problems import ToolProblem
from windward.toolsets.prompts_build import GENERATE_VERSION, SHOWN_CODES, call_messages, function_messages

WRITING = Sampling(temperature=0.3, top_p=0.7, max_tokens=1024)
"""How tools are written, as in the paper."""


async def generate(
    problem: ToolProblem,
    domain: Domain,
    model: Model,
    sampling: Sampling = WRITING,
    *,
    tries: int = 3,
    sample: int = 0,
) -> Written:
    """A function that should solve a problem, and its call.

    Args:
        problem: what is to be solved; its answer is not shown.
        domain: how the problem is shown, and what programs find ready.
        model: who writes.
        sampling: how; a reply that cannot be read is asked for again at a temperature of 0.7 at least.
        tries: replies at most, for each of the two.
        sample: tells several solutions of one problem apart.

    Raises:
        ModelError: a call failed for a reason that does not lie in this problem.
    """
    version = f"{GENERATE_VERSION}.{READING_VERSION}"
    function = await hear(
        model, function_messages(problem, domain), sampling, "function", version, _own_function, lambda one: int(not one.code),
        tries=tries, sample=sample,
    )  # fmt: skip
    if function.value is None or not function.value.code:
        why = function.failed or (function.value.why if function.value else "")
        return Written("", "", f"function: {why}")
    code = function.value.code
    call = await hear(
        model, call_messages(problem, code, domain), sampling, "call", version, lambda text: read_call(text, code), lambda one: int(not one.call),
        tries=tries, sample=sample,
    )  # fmt: skip
    if call.value is None or not call.value.call:
        return Written(code, "", f"call: {call.failed or (call.value.why if call.value else '')}")
    return call.value


def _own_function(text: str) -> Written:
    return own(read_function(text))


def own(found: Written) -> Written:
    """What was read, unless it is a function of the prompts' worked turns."""
    return Written("", "", "it repeats the prompt's example") if found.code in SHOWN_CODES else found
