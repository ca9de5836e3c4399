"""An audit of a library: does each tool still do, under today's libraries, what it was kept for, and is it the text that was kept?

    ok        it prints the answer of its problem
    wrong     it prints another, or none
    crash     it raises, or is ended
    timeout   it takes too long
    changed   its text is none that the pipeline's steps produced, whatever it prints; its outcome is told beside it

CRAFT validates a tool once, while it is made. Its released table library was not filtered after abstraction, and one of its tools
was edited by hand after it was validated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from windward.toolsets.parquet_files import read_checked, text_schema, write_checked
from windward.toolsets.provenance import Provenance
from windward.toolsets.records import Tool
from windward.toolsets.validate import Environment, Outcome, ToolVerdict

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "verdicts.parquet"
AuditVerdict = Literal["ok", "wrong", "crash", "timeout", "changed"]
VERDICTS: tuple[AuditVerdict, ...] = get_args(AuditVerdict)
SHOWN_CHARS = 80
"""So much of what was printed stands in a sentence."""


@dataclass(frozen=True)
class AuditedTool:
    """What an audit found of one tool.

    Attributes:
        tool: its id.
        verdict: `changed` where its text is known to be another than the steps made; else the outcome.
        outcome: of its run on its own problem, by the released rule.
        strict: the same by the strict rule.
        printed: the last line that it printed.
        expected: the right answer.
        error: the type of the error that ended it; "" where none did.
        message: the error's last line.
        why: the finding in one sentence.
        cpu_seconds: of the run; 0 where it was ended by force.
        steps: whether it is known what the steps made of its problem; if not, a change cannot be found.
        difference: how its text differs from what the steps made, as a unified diff; "" where it does not.
        environment: where this was found, as JSON.
    """

    tool: str
    verdict: AuditVerdict
    outcome: Outcome
    strict: Outcome
    printed: str
    expected: str
    error: str
    message: str
    why: str
    cpu_seconds: float
    steps: Literal["known", "unknown"]
    difference: str
    environment: str

    def told(self) -> dict[str, Any]:
        """As a JSON value, without the environment and the id."""
        row = asdict(self)
        del row["tool"], row["environment"]
        return row


def audited(tool: Tool, seen: ToolVerdict, provenance: Provenance) -> AuditedTool:
    """What is to be said of a tool that was run.

    Args:
        tool: as it is in the library.
        seen: what it came to on its own problem.
        provenance: what the steps made.
    """
    difference = provenance.difference(tool)
    why = _sentence(seen, tool.answer)
    if difference:
        made = (
            "its text is none that the steps made"
            if tool.id in provenance.texts
            else "no step made a tool of its problem"
        )
        why = f"{made}; as it is, {why}"  # fmt: skip
    return AuditedTool(
        tool.id, "changed" if difference else seen.verdict, seen.verdict, seen.strict, seen.printed, tool.answer, seen.error,
        seen.message, f"{why[0].upper()}{why[1:]}.", seen.cpu_seconds, provenance.steps(tool), difference,
        environment_text(seen.environment),
    )  # fmt: skip


def environment_text(environment: Environment) -> str:
    """An environment as JSON, the same text for the same environment."""
    return json.dumps(asdict(environment), sort_keys=True)


def counts(found: Sequence[AuditedTool]) -> dict[str, int]:
    """How many tools there are of each verdict, and how many of which a change could not be found."""
    counted = Counter(one.verdict for one in found)
    return {
        "tools": len(found),
        **{verdict: counted[verdict] for verdict in VERDICTS},
        "strict_ok": sum(one.strict == "ok" for one in found),
        "steps_unknown": sum(one.steps == "unknown" for one in found),
    }


def since(before: Sequence[AuditedTool], now: Sequence[AuditedTool]) -> dict[str, Any] | None:
    """What differs from an earlier audit, as a JSON value; None where there was none."""
    if not before:
        return None
    ok = {one.tool: one.outcome == "ok" for one in before}
    both = [one for one in now if one.tool in ok]
    return {
        "environment": json.loads(before[0].environment),
        "no_longer": [one.tool for one in both if ok[one.tool] and one.outcome != "ok"],
        "works_again": [one.tool for one in both if not ok[one.tool] and one.outcome == "ok"],
    }


def write_verdicts(folder: str | Path, found: Iterable[AuditedTool]) -> None:
    """Writes `verdicts.parquet` into a library's folder, one row a tool.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    write_checked(Path(folder) / FILE, [asdict(one) for one in found], _schema())


def read_verdicts(folder: str | Path) -> list[AuditedTool]:
    """What the last audit of a library's folder found; nothing where there was none.

    Raises:
        ToolsetError: the file was damaged.
    """
    path = Path(folder) / FILE
    if not path.exists():
        return []
    return [AuditedTool(**row) for row in read_checked(path, _schema(), "verdicts of an audit")]


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = (
        "tool", "verdict", "outcome", "strict", "printed", "expected", "error", "message", "why", "steps", "difference",
        "environment",
    )  # fmt: skip
    return text_schema(texts, cpu_seconds=pa.float64())


def _sentence(seen: ToolVerdict, answer: str) -> str:
    if seen.verdict == "ok":
        return "it prints the answer"
    if seen.verdict == "wrong":
        printed = f"it prints {_cut(seen.printed)}" if seen.printed else "it prints nothing"
        written = ", which is the same value written otherwise" if seen.strict == "ok" else ""
        return f"{printed}{written}; the answer is {_cut(answer)}"
    if seen.verdict == "timeout":
        limits = seen.environment.limits
        return f"it does not end within {limits.seconds:g} s of CPU time, or {limits.wall_seconds:g} s by the clock"
    return f"it ends with {_cut(seen.message) or 'no message'}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
