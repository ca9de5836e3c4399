"""The value of a sum that a model wrote: numbers, four operations and brackets, and nothing else."""

from __future__ import annotations

import re

from windward.evals.tooluse.apibank.world import ToolError
from windward.evals.tooluse.arithmetic import arithmetic

_LONGEST = 200
_OTHER = re.compile(r"[^\d\s.eE+\-*/()]|\*\*|//")


def value_of(formula: str) -> float:
    """The value of `formula`: numbers, `+ - * /` and parentheses.

    Raises:
        ToolError: it is no such sum, is longer than 200 characters, or has no finite value.
    """
    if len(formula) > _LONGEST:
        raise ToolError(f"the sum is longer than {_LONGEST} characters")
    if _OTHER.search(formula):
        raise ToolError("this is no sum of numbers with + - * / and parentheses")
    try:
        return float(arithmetic(formula))
    except (ValueError, OverflowError) as error:
        raise ToolError(f"the sum has no value: {error}") from None
