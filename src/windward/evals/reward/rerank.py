"""`windward rerank`: candidates in, the same candidates best first, and where verdicts are known what choosing is worth.

{"id": "1", "prompt": "What is 2 + 2?", "candidates": [{"text": "4", "answer": "4", "correct": true}, "five"]}
or one reply a line, put together by id: {"id": "1", "prompt": "…", "response": "4", "answer": "4", "correct": true}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import claim, write_text
from windward.evals.reasoning.files import read_rows
from windward.evals.reward.best_of import best_of_n, pass_at_n, random_of_n, summary, vote_of_n
from windward.evals.reward.book import Book
from windward.evals.reward.pairs import messages_of
from windward.evals.reward.scorer import Scorer, scored
from windward.models import Message
from windward.rows import Result, write_results

RANKED, SCORES, RESULTS = "ranked.jsonl", "scores.jsonl", "results.parquet"
_TEXTS = ("text", "response", "completion", "content")


@dataclass(frozen=True)
class Candidate:
    """A reply that may be chosen.

    Attributes:
        text: of the reply.
        answer: what it answers, for the vote; None where that could not be read or is not said.
        correct: whether it is right; None where nobody says.
    """

    text: str
    answer: str | None = None
    correct: bool | None = None


@dataclass(frozen=True)
class Problem:
    """A prompt and its candidates."""

    id: str
    prompt: tuple[Message, ...]
    candidates: tuple[Candidate, ...]


def rerank(
    scorer: Scorer,
    source: Path,
    out: Path,
    *,
    sizes: Sequence[int] = (1, 2, 4, 8, 16),
    seed: int = 0,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Scores every candidate; writes `ranked.jsonl`, and `results.parquet` where all candidates have verdicts.

    Args:
        scorer: who scores.
        source: JSONL, JSON or Parquet; see above.
        out: folder of the run: new, empty, or of the same run.
        sizes: n of best of n; those that every problem has candidates for are done.
        seed: of draws of votes that are too many to count.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The ranked candidates.

    Raises:
        DataError: the candidates are not there or malformed.
        FolderError: `out` holds another run.
        ModelError: a candidate cannot be scored.
    """
    problems = read_candidates(source)
    settings = {"scorer": scorer.name, "candidates": str(source), "rows": _digest(problems), "sizes": list(sizes), "seed": seed}  # fmt: skip
    claim("rerank", out, settings, command)
    scores = ranked(scorer, problems, out, tell=tell)
    rows = best_of_results(problems, scores, sizes, model=scorer.name, dataset=source.stem, seed=seed)
    if rows:
        write_results(out / RESULTS, rows)
    for row in rows:
        tell(f"  {row.condition['by']}, n = {row.condition['n']}: {100 * row.value:.1f} %")
    return out / RANKED


def ranked(
    scorer: Scorer, problems: Sequence[Problem], out: Path, *, tell: Callable[[str], None] = print
) -> list[list[float]]:
    """Scores every candidate and writes them best first; what `out` holds scores of is not scored again.

    Args:
        scorer: who scores.
        problems: prompts and candidates.
        out: the folder of `scores.jsonl` and `ranked.jsonl`.
        tell: shows a line of progress.

    Returns:
        A score for each candidate of each problem.

    Raises:
        BookError: the scores that are known are damaged.
        ModelError: a candidate cannot be scored.
    """
    conversations = [
        [*problem.prompt, Message(role="assistant", content=one.text)]
        for problem in problems
        for one in problem.candidates
    ]
    tell(f"{len(conversations):,} candidates of {len(problems):,} problems, scored by {scorer.name}")
    values = iter(scored(scorer, conversations, Book(out / SCORES), tell=tell))
    scores = [[next(values) for _ in problem.candidates] for problem in problems]
    write_text(out / RANKED, "".join(map(_line, problems, scores)))
    return scores


def read_candidates(source: Path) -> list[Problem]:
    """Problems and their candidates, in the order of the file.

    Raises:
        DataError: the file is not there, or a row is malformed; the message says which and what.
    """
    if not source.exists():
        raise DataError(f"{source} is not there: name a JSONL file of prompts and candidates")
    prompts: dict[str, tuple[Message, ...]] = {}
    candidates: dict[str, list[Candidate]] = {}
    for number, row in enumerate(read_rows(source)):
        where = f"{source}, row {number}"
        prompt = messages_of(row.get("prompt") or row.get("messages"), f"{where}, prompt")
        whole = "candidates" in row
        name = str(row["id"]) if row.get("id") is not None else str(number) if whole else json.dumps(prompt)
        if name in prompts and (whole or prompts[name] != prompt):
            raise DataError(f"{where}: id {name!r} was there before, with other candidates or another prompt")
        prompts[name] = prompt
        given = row["candidates"] if whole else [row]
        if not isinstance(given, list) or not given:
            raise DataError(f"{where}: candidates must be a list that is not empty")
        candidates.setdefault(name, []).extend(_candidate(one, where) for one in given)
    return [Problem(name, prompts[name], tuple(candidates[name])) for name in prompts]


def best_of_results(
    problems: Sequence[Problem],
    scores: Sequence[Sequence[float]],
    sizes: Sequence[int],
    *,
    model: str,
    dataset: str,
    seed: int = 0,
    **condition: object,
) -> list[Result]:
    """Best of n beside random, the vote (where any answer is said) and pass@n; none without verdicts on all candidates.

    Every n is estimated on all problems, so that the figures of different n are of the same ones. `condition` is kept
    in every row.
    """
    if any(one.correct is None for problem in problems for one in problem.candidates):
        return []
    most = min(len(problem.candidates) for problem in problems)
    right = [[float(bool(one.correct)) for one in problem.candidates] for problem in problems]
    answers = [[one.answer for one in problem.candidates] for problem in problems]
    votable = any(answer is not None for of in answers for answer in of)
    unparsed = sum(answer is None for of in answers for answer in of) if votable else 0
    rows = []
    for n in sorted({size for size in sizes if 1 <= size <= most}):
        by = {
            "best": [best_of_n(of, truth, n) for of, truth in zip(scores, right, strict=True)],
            "random": [random_of_n(truth) for truth in right],
            "pass": [pass_at_n(truth, n) for truth in right],
        }
        if votable:
            by["vote"] = [
                vote_of_n(of, truth, n, seed=seed) for of, truth in zip(answers, right, strict=True)
            ]
        rows += [
            summary(values, metric="best_of_accuracy", model=model, dataset=dataset, n=n, by=name,
                    unparsed=unparsed if name == "vote" else 0, **condition)
            for name, values in by.items()
        ]  # fmt: skip
    return rows


def _candidate(value: object, where: str) -> Candidate:
    if isinstance(value, str):
        return Candidate(value)
    text = next((value[name] for name in _TEXTS if name in value), None) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(text, str):
        raise DataError(f"{where}: a candidate is a text, or an object with one under {', '.join(_TEXTS)}")
    correct, answer = value.get("correct"), value.get("answer")
    if correct is not None and not isinstance(correct, bool):
        raise DataError(f"{where}: correct must be true or false, found {correct!r:.40}")
    return Candidate(text, None if answer is None else str(answer), correct)


def _line(problem: Problem, scores: Sequence[float]) -> str:
    ranked: list[dict[str, Any]] = [
        asdict(one) | {"score": score, "place": place}
        for place, (one, score) in enumerate(zip(problem.candidates, scores, strict=True))
    ]
    ranked.sort(key=lambda one: -one["score"])  # stable: equal scores keep the order of the file
    return json.dumps({"id": problem.id, "prompt": problem.prompt, "candidates": ranked}) + "\n"


def _digest(problems: Sequence[Problem]) -> str:
    text = json.dumps([asdict(problem) for problem in problems], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
