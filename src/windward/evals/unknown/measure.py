"""`windward eval unknown --model`: every question asked, and every confidence elicited. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import claim
from windward.evals.unknown.answers_file import (
    ANSWERS,
    AnswerRow,
    confidence_of,
    plain_confidence,
    write_answers,
)
from windward.evals.unknown.confidence.choosing import (
    BY_VECTORS,
    LOG_PROBABILITIES,
    Parts,
    check,
    elicitations,
    possible,
)
from windward.evals.unknown.confidence.elicitation import Asked, Elicitation, Elicited, Scoring
from windward.evals.unknown.confidence.meaning import THRESHOLD, Encoder
from windward.evals.unknown.confidence.scales import Confidence
from windward.evals.unknown.confidence.verbalised import MAX_TOKENS
from windward.evals.unknown.prompts import PROMPTS_VERSION, Shots, answer_messages
from windward.evals.unknown.records import SYSTEM, Answered, Question, Verdict
from windward.evals.unknown.refusal.judge import READER_VERSION as JUDGE_VERSION
from windward.evals.unknown.refusal.judge import Judge
from windward.evals.unknown.replay import RESULTS, summary
from windward.evals.unknown.results import unknown_results
from windward.evals.unknown.sets_files import drawn
from windward.feedback.asking import lies_in_the_prompt
from windward.feedback.thinking import after_thinking
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model, ModelError, Sampling, embedded, sentence_encoder
from windward.reports.unknown import write_unknown_report
from windward.rows import Result, write_results

PROTOCOL = "1"
"""Changes with what is asked and how it is read, beyond what prompts and elicitations have versions of."""
NO_REPLY = "no reply"
UNENDED = "reasoning without an end: raise max_tokens"


@dataclass(frozen=True)
class UnknownConfig:
    """What is asked, and how.

    Attributes:
        shots: whether answered questions come before each question.
        confidence: elicitations, of `confidence.choosing.NAMES`; None is all that the model allows.
        limit: questions of each half of each set at most, drawn by the seed; None is all.
        max_tokens: new tokens of an answer and of a sample at most.
        samples: answers drawn at temperature 1 for self-consistency and semantic entropy.
        threshold: cosine from which on two answers mean the same.
        confidence_tokens: new tokens at most of a reply that says a confidence.
        seed: of the draws of questions and samples, and of bootstraps.
    """

    shots: Shots = "zero-shot"
    confidence: tuple[str, ...] | None = None
    limit: int | None = None
    max_tokens: int = 64
    samples: int = 5
    threshold: float = THRESHOLD
    confidence_tokens: int = MAX_TOKENS
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses numbers that make no sense."""
        for name in ("limit", "max_tokens", "samples", "confidence_tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise DataError(f"{name} is {value}; it must be 1 or more")


@dataclass(frozen=True)
class UnknownRun:
    """What a run left.

    Attributes:
        answered: a question each, in the order asked.
        answers: the file of them.
        results: the result table.
    """

    answered: list[Answered]
    answers: Path
    results: Path


@cache
def _embedded_reader() -> Scoring:
    return embedded()


@cache
def _embedded_encoder() -> Encoder:
    return sentence_encoder()


def measure_unknown(
    model: Model,
    questions: Sequence[Question],
    out: Path,
    config: UnknownConfig,
    *,
    judge: Model | None = None,
    reader: Scoring | None = None,
    encoder: Encoder | None = None,
    concurrency: int = 64,
    contaminated: Sequence[str] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> UnknownRun:
    """Asks, elicits, and writes `answers.jsonl`, `results.parquet`, `report.html` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`, where what was looked up in a model's distributions is stored too: a run that was killed
    does nothing twice. A question that an endpoint refuses to answer has no reply, is counted, and stays in every denominator.

    Args:
        model: what is measured.
        questions: of any sets; see `sets_files`.
        out: folder of the run: new, empty, or of the same run.
        config: what is asked, and how.
        judge: says which replies decline, and which answers mean the same (elicitations that end in `-judge`).
        reader: under which questions are read for `question-perplexity`; None is the model itself where it runs in this process, else
            the embedded one.
        encoder: tells meanings apart; None is the embedded one.
        concurrency: questions at once.
        contaminated: sets that the model has seen, for the record.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Raises:
        DataError: there is no question, one comes twice, or a confidence cannot be elicited.
        FolderError: `out` holds another run.
        RowsFailedError: calls failed for a reason that another try may overcome.
    """
    asked = drawn(questions, config.limit, config.seed)
    if not asked:
        raise DataError("there is no question to ask")
    if len({one.id for one in asked}) < len(asked):
        twice = Counter(one.id for one in asked).most_common(1)[0][0]
        raise DataError(f"question {twice!r} comes twice; give each its own id")
    names = possible(model, judge) if config.confidence is None else config.confidence
    check(names, model, judge)
    scoring = model if isinstance(model, Scoring) else None

    def read_by() -> Scoring:
        return reader or scoring or _embedded_reader()

    def encode_by() -> Encoder:
        return encoder or _embedded_encoder()

    settings = {
        **asdict(config),
        "confidence": list(names),
        "model": model.name,
        "judge": None if judge is None else judge.name,
        "question_perplexity_under": read_by().name if "question-perplexity" in names else None,
        "meanings_by": encode_by().name if BY_VECTORS & set(names) else None,
        "questions": questions_digest(asked),
        "prompts": PROMPTS_VERSION,
        "protocol": PROTOCOL,
    }
    if contaminated:
        settings["contaminated"] = list(contaminated)
    claim(SYSTEM, out, settings, command)
    tell(f"{told(asked)}, {config.shots}: {model.name}")
    with Journal(out / FILE_NAME) as journal:
        stages = _Stages(journal, concurrency, tell)
        parts = Parts(
            model=JournaledModel(model, journal),
            scoring=scoring,
            reader=read_by,
            encode=encode_by,
            judge=None if judge is None else JournaledModel(judge, journal),
            threshold=config.threshold,
            samples=config.samples,
            max_tokens=config.max_tokens,
            confidence_tokens=config.confidence_tokens,
            seed=config.seed,
        )
        replies, elicited, judged = run(_asked_and_elicited(asked, names, parts, config, stages))
    rows = [_answer_row(place, reply, elicited) for place, reply in enumerate(replies)]
    write_answers(out / ANSWERS, rows)
    answered = [row.answered for row in rows]
    conditions = {"prompt": config.shots}
    results = unknown_results(answered, model=model.name, told=conditions, judged=judged, seed=config.seed)
    results += note_results(rows, model.name, conditions)
    write_results(out / RESULTS, results)
    for line in (*summary(results), *elicited_summary(rows)):
        tell(line)
    tell(f"report: {write_unknown_report(out)}")
    return UnknownRun(answered, out / ANSWERS, out / RESULTS)


def told(asked: Sequence[Question]) -> str:
    """What is asked, in a line."""
    halves: dict[tuple[str, str], int] = {}
    for one in asked:
        halves[one.dataset, one.split] = halves.get((one.dataset, one.split), 0) + 1
    parts = (f"{count:,} {dataset} {split}" for (dataset, split), count in halves.items())
    return f"{len(asked):,} questions ({', '.join(parts)})"


def questions_digest(asked: Sequence[Question]) -> str:
    """What tells one set of questions from another."""
    said = json.dumps([asdict(one) for one in asked], sort_keys=True)
    return hashlib.sha256(said.encode("ascii")).hexdigest()[:16]


def note_results(rows: Sequence[AnswerRow], model: str, conditions: Mapping[str, Any]) -> list[Result]:
    """The mean of each note of each elicitation, half by half: `digit_mass`, `meanings`; its median in `condition`."""
    found: dict[tuple[str, str, str, str], list[float]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for row in rows:
        asked = row.answered.question
        sizes[asked.dataset, asked.split] = sizes.get((asked.dataset, asked.split), 0) + 1
        for method, notes in row.notes.items():
            for metric, value in notes.items():
                found.setdefault((asked.dataset, asked.split, method, metric), []).append(value)
    results = []
    for (dataset, split, method, metric), given in found.items():
        n = sizes[dataset, split]
        stderr = stdev(given) / len(given) ** 0.5 if len(given) > 1 else None
        condition = {**conditions, "method": method, "median": median(given)}
        results.append(
            Result(SYSTEM, model, dataset, split, metric, fmean(given), n, condition, stderr, n - len(given))
        )
    return results


def elicited_summary(rows: Sequence[AnswerRow]) -> list[str]:
    """How much of each elicitation is missing, and what else was seen on the way, a line each."""
    n = len(rows)
    lines = []
    lost = sum(row.answered.response is None for row in rows)
    if lost:
        lines.append(f"  no reply to {lost:,} of {n:,} questions")
    for name in rows[0].answered.confidences:
        given = [row.answered.confidences[name] for row in rows]
        reasons: dict[str, int] = {}
        for one in given:
            if one.value is None:
                reasons[one.absent] = reasons.get(one.absent, 0) + 1
        missing = ", ".join(f"{count:,} {why}" for why, count in sorted(reasons.items())) or "none missing"
        present = [one.value for one in given if one.value is not None]
        mean = f"mean {fmean(present):.3f} on {given[0].scale.name}" if present else "no value at all"
        notes: dict[str, list[float]] = {}
        for row in rows:
            for note, value in row.notes.get(name, {}).items():
                notes.setdefault(note, []).append(value)
        beside = "".join(f"; {note.replace('_', ' ')} {fmean(some):.3g}" for note, some in notes.items())
        lines.append(f"  {name}: {mean}; {missing}{beside}")
    return lines


async def _asked_and_elicited(
    asked: Sequence[Question],
    names: Sequence[str],
    parts: Parts,
    config: UnknownConfig,
    stages: _Stages,
) -> tuple[list[_Reply], dict[str, list[Elicited]], dict[str, list[Verdict]]]:
    """Each question's reply, then one elicitation after the other, then what a judge says of the replies."""
    wants_logprobs = bool(LOG_PROBABILITIES & set(names))
    replies = await stages.replies(parts.model, asked, config, wants_logprobs)
    elicited = {one.name: await stages.elicited(one, replies) for one in elicitations(names, parts)}
    judges = [] if parts.judge is None else [Judge(parts.judge)]
    return replies, elicited, {judge.name: await stages.judged(judge, replies) for judge in judges}


@dataclass(frozen=True)
class _Reply:
    """What came back to one question, as a journal keeps it."""

    asked: Asked
    absent: str


class _Stages:
    """Steps of a run over its journal, each with its progress and its time."""

    def __init__(self, journal: Journal, concurrency: int, tell: Callable[[str], None]) -> None:
        self._journal, self._concurrency, self._tell = journal, concurrency, tell

    async def replies(
        self, model: Model, questions: Sequence[Question], config: UnknownConfig, logprobs: bool
    ) -> list[_Reply]:
        """Each question's answer; one that the endpoint refuses to answer is no answer, and says so."""
        sampling = Sampling(temperature=0, max_tokens=config.max_tokens, logprobs=logprobs)
        prompts = [answer_messages(one.text, config.shots) for one in questions]
        rows = [
            {"id": one.id, "messages": messages} for one, messages in zip(questions, prompts, strict=True)
        ]

        async def answer(row: dict[str, Any]) -> dict[str, Any]:
            try:
                reply = await model.generate(row["messages"], sampling)
            except ModelError as error:
                if not lies_in_the_prompt(error):
                    raise
                return {"text": None, "absent": f"{NO_REPLY}: {error}", "logprobs": None}
            text = after_thinking(reply.text)
            if text is None:
                return {"text": None, "absent": UNENDED, "logprobs": None}
            # With reasoning before it, the answer's own tokens cannot be told apart.
            own = reply.logprobs if text == reply.text else None
            return {"text": text, "absent": "", "logprobs": own}

        found = await self._run(answer, rows, "answers", f"{PROTOCOL} {config.max_tokens} {logprobs}")
        return [
            _Reply(Asked(question, messages, said["text"], said["logprobs"]), said["absent"])
            for question, messages, said in zip(questions, prompts, found, strict=True)
        ]

    async def elicited(self, elicitation: Elicitation, replies: Sequence[_Reply]) -> list[Elicited]:
        """How sure the model is of each, by one elicitation."""
        by_id = {reply.asked.question.id: reply.asked for reply in replies}
        rows = [{"id": name, "answer": asked.answer} for name, asked in by_id.items()]

        async def elicit(row: dict[str, Any]) -> dict[str, Any]:
            try:
                one = await elicitation.elicit(by_id[row["id"]])
            except ModelError as error:
                if not lies_in_the_prompt(error):
                    raise
                one = Elicited(Confidence(None, elicitation.scale, NO_REPLY))
            return {"confidence": plain_confidence(one.confidence), "notes": dict(one.notes)}

        version = f"{PROTOCOL} {elicitation.version}"
        found = await self._run(elicit, rows, elicitation.name, version)
        return [Elicited(confidence_of(one["confidence"]), one["notes"]) for one in found]

    async def judged(self, judge: Judge, replies: Sequence[_Reply]) -> list[Verdict]:
        """What a judge says of each reply."""
        rows = [
            {"id": one.asked.question.id, "question": one.asked.question.text, "answer": one.asked.answer}
            for one in replies
        ]

        async def say(row: dict[str, Any]) -> dict[str, Any]:
            return asdict(await judge.verdict(row["question"], row["answer"]))

        found = await self._run(say, rows, "verdicts", f"{PROTOCOL} {JUDGE_VERSION} {judge.name}")
        return [Verdict(**one) for one in found]

    async def _run(self, work: Any, rows: Sequence[dict[str, Any]], stage: str, version: str) -> list[Any]:
        started = time.monotonic()
        outcomes = await run_rows(
            work,
            rows,
            journal=self._journal,
            stage=stage,
            key="id",
            version=version,
            concurrency=self._concurrency,
        )
        made = sum(not one.stored for one in outcomes)
        if made:
            seconds = time.monotonic() - started
            self._tell(f"  {stage}: {made:,} in {seconds:.0f} s, {seconds / made:.2f} s each")
        return values(outcomes, stage)


def _answer_row(place: int, reply: _Reply, elicited: Mapping[str, Sequence[Elicited]]) -> AnswerRow:
    confidences = {name: every[place].confidence for name, every in elicited.items()}
    notes = {name: every[place].notes for name, every in elicited.items() if every[place].notes}
    return AnswerRow(Answered(reply.asked.question, reply.asked.answer, confidences, reply.absent), notes)
