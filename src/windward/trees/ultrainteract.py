"""UltraInteract's two schemas, out and in (the released sets `UltraInteract_sft` and `UltraInteract_pair`).

| ours | theirs |
| --- | --- |
| `messages` | `instruction`, `response` (SFT) |
| `prompt` | `trajectory`: `{from: user or assistant, value}`, a user's first and last |
| `chosen`, `rejected` | `chosen`, `rejected`, as texts |
| `family` | `dataset` |
| `kind`, `family`, and whether code is written | `task`: Coding, Math_CoT, Math_PoT, Logic |
| `tree_id` | `parent_id`, equal for one instruction |
| node ids, `turn` | `id`: hash, actions before, turn |

Their rows have no system message: ours goes into the first user's. They have no stamp either: where a row names benchmarks
that a model must not be scored on, the file has one column more, `never_score`, and it is read back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from windward.agents import parse_action
from windward.rows import PairRow, SftRow

TASKS = ("Coding", "Math_CoT", "Math_PoT", "Logic")
SFT_KEYS = ("id", "parent_id", "task", "dataset", "instruction", "response")
PAIR_KEYS = ("id", "parent_id", "task", "dataset", "trajectory", "chosen", "rejected")

_SPELLINGS = {"Math_Cot": "Math_CoT"}
_LOGIC = frozenset({"hotpotqa", "strategyqa", "reclor"})
_ID = re.compile(r"\S+_\d+_(\d+)")


class SchemaError(ValueError):
    """A row is not of UltraInteract's schema; says which, and what is wrong with it."""


def to_ultrainteract_sft(rows: Iterable[SftRow]) -> list[dict[str, Any]]:
    """SFT rows in their schema."""
    return [
        {
            "id": _id(row.tree_id, row.turn, row.node_id),
            "parent_id": _parent(row.tree_id, row.node_id),
            "task": _task(row.kind, row.family, row.messages),
            "dataset": row.family,
            "instruction": _joined(row.messages[:-1]),
            "response": row.messages[-1]["content"],
            "never_score": list(row.never_score),
        }
        for row in rows
    ]


def to_ultrainteract_pairs(rows: Iterable[PairRow]) -> list[dict[str, Any]]:
    """Preference rows in their schema."""
    return [
        {
            "id": _id(row.tree_id, row.turn, row.chosen_node_id, row.rejected_node_id),
            "parent_id": _parent(row.tree_id, row.chosen_node_id),
            "task": _task(row.kind, row.family, [*row.prompt, *row.chosen]),
            "dataset": row.family,
            "trajectory": _trajectory(row.prompt),
            "chosen": row.chosen[-1]["content"],
            "rejected": row.rejected[-1]["content"],
            "never_score": list(row.never_score),
        }
        for row in rows
    ]


def from_ultrainteract_sft(rows: Iterable[Mapping[str, Any]]) -> list[SftRow]:
    """Their SFT rows as ours; the task stands in `kind`, and who wrote them is not known.

    Raises:
        SchemaError: a row lacks a key or holds another value than a text; the message counts rows from 1.
    """
    made = []
    for number, row in enumerate(rows, start=1):
        texts = _texts(row, SFT_KEYS, number)
        said = [("user", texts["instruction"]), ("assistant", texts["response"])]
        made.append(
            SftRow(
                messages=[{"role": role, "content": content} for role, content in said],
                node_id=texts["id"],
                **_provenance(texts, row, number),
            )
        )
    return made


def from_ultrainteract_pairs(rows: Iterable[Mapping[str, Any]]) -> list[PairRow]:
    """Their preference rows as ours, likewise.

    Raises:
        SchemaError: as `from_ultrainteract_sft`, or a trajectory does not go from a user's turn to a user's turn.
    """
    made = []
    for number, row in enumerate(rows, start=1):
        texts = _texts(row, [key for key in PAIR_KEYS if key != "trajectory"], number)
        made.append(
            PairRow(
                prompt=_prompt(row.get("trajectory"), number),
                chosen=[{"role": "assistant", "content": texts["chosen"]}],
                rejected=[{"role": "assistant", "content": texts["rejected"]}],
                chosen_node_id=texts["id"],
                rejected_node_id=texts["id"],
                **_provenance(texts, row, number),
            )
        )
    return made


def _id(tree_id: str, turn: int, *nodes: str) -> str:
    """Hash, actions before, turn; a row that came from them keeps the id it came with."""
    if _ID.fullmatch(nodes[0]):
        return nodes[0]
    return f"{_hash(tree_id, *nodes)}_{turn - 1}_{turn}"


def _parent(tree_id: str, node: str) -> str:
    return tree_id if _ID.fullmatch(node) else _hash(tree_id)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _task(kind: str, family: str, messages: Sequence[Mapping[str, str]]) -> str:
    if kind in TASKS:
        return kind
    if kind == "code":
        return "Coding"
    if family in _LOGIC:
        return "Logic"
    said = (message["content"] for message in messages if message["role"] == "assistant")
    return "Math_PoT" if any(parse_action(text).kind == "code" for text in said) else "Math_CoT"


def _joined(messages: Sequence[Mapping[str, str]]) -> str:
    return "\n\n".join(message["content"] for message in messages)


def _trajectory(prompt: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    turns = [{"from": message["role"], "value": message["content"]} for message in prompt]
    if turns and turns[0]["from"] == "system":
        system = turns.pop(0)["value"]
        turns[0]["value"] = f"{system}\n\n{turns[0]['value']}"
    return turns


def _prompt(trajectory: object, number: int) -> list[dict[str, str]]:
    turns = trajectory if isinstance(trajectory, Sequence) and not isinstance(trajectory, str) else []
    prompt = [
        {"role": turn["from"], "content": turn["value"]}
        for turn in turns
        if isinstance(turn, Mapping)
        and isinstance(turn.get("value"), str)
        and isinstance(turn.get("from"), str)
    ]
    roles = [message["role"] for message in prompt]
    if len(prompt) != len(turns) or roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        raise SchemaError(
            f"row {number}: trajectory is no list of user and assistant in turn, a user's first and last: {trajectory!r:.200}"
        )
    return prompt


def _texts(row: Mapping[str, Any], keys: Iterable[str], number: int) -> dict[str, str]:
    for key in keys:
        if not isinstance(row.get(key), str):
            raise SchemaError(f"row {number}: {key!r} is {row.get(key)!r:.80}; it must be a text")
    texts = {key: row[key] for key in keys}
    texts["task"] = _SPELLINGS.get(texts["task"], texts["task"])
    if texts["task"] not in TASKS:
        raise SchemaError(f"row {number}: 'task' is {texts['task']!r}; it must be one of {', '.join(TASKS)}")
    return texts


def _provenance(texts: Mapping[str, str], row: Mapping[str, Any], number: int) -> dict[str, Any]:
    found = _ID.fullmatch(texts["id"])
    if found is None:
        raise SchemaError(f"row {number}: 'id' is {texts['id']!r:.80}; it must be hash_depth_turn")
    return {
        "tree_id": texts["parent_id"],
        "model": "",
        "family": texts["dataset"],
        "kind": texts["task"],
        "seed": 0,
        "turn": int(found[1]),
        "never_score": [str(name) for name in row.get("never_score") or ()],
    }
