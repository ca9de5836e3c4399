"""By which rules an answer is graded: ours, or the released ones that published figures rest on."""

from __future__ import annotations

from typing import Literal, get_args

Policy = Literal["strict", "released"]
"""`strict`: our rules. `released`: the Eurus release's tolerances and slips, read instead of evaluated."""

POLICIES: tuple[Policy, ...] = get_args(Policy)


def require_policy(policy: str) -> None:
    """Raises unless `policy` is one that we know.

    Raises:
        ValueError: it is not.
    """
    if policy not in POLICIES:
        raise ValueError(f"no grading policy {policy!r}; there are {', '.join(POLICIES)}")
