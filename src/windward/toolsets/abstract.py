"""Stage 3: a solution that works is made general: named by its reasoning, with what it fixes as arguments (CRAFT, section 2.2)."""

from __future__ import annotations

from windward.feedback.asking import hear
from windward.models import Model, Sampling
from windward.toolsets.build_reading import READING_VERSION, Written, read_function_and_call
from windward.toolsets.domains import Domain
from windward.toolsets.generate import WRITING, own
from windward.toolsets.prompts_build import ABSTRACT_VERSION, abstraction_messages
from windward.toolsets.records import Tool


async def abstract(
    tool: Tool,
    domain: Domain,
    model: Model,
    sampling: Sampling = WRITING,
    *,
    tries: int = 3,
    sample: int = 0,
) -> Written:
    """The general function of a tool's solution, and its call on the tool's own problem.

    Args:
        tool: with a solution that gives the answer.
        domain: how the problem is shown, and what programs find ready.
        model: who writes.
        sampling: how; a reply that cannot be read is asked for again at a temperature of 0.7 at least.
        tries: replies at most.
        sample: tells several abstractions of one solution apart.

    Raises:
        ModelError: a call failed for a reason that does not lie in this tool.
    """
    heard = await hear(
        model, abstraction_messages(tool, domain), sampling, "abstraction", f"{ABSTRACT_VERSION}.{READING_VERSION}",
        lambda text: own(read_function_and_call(text)), lambda one: int(not one.call),
        tries=tries, sample=sample,
    )  # fmt: skip
    if heard.value is None or not heard.value.call:
        return Written(
            heard.value.code if heard.value else "",
            "",
            heard.failed or (heard.value.why if heard.value else ""),
        )
    return heard.value
