"""A run of the benchmark on a model: everything is asked once, killed or not, at any concurrency; what is missing is counted."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.unknown.answers_file import AnswerRow, read_answers, write_answers
from windward.evals.unknown.confidence.choosing import NAMES, check, possible
from windward.evals.unknown.confidence.scales import ZERO_TO_TEN, Confidence
from windward.evals.unknown.measure import UnknownConfig, UnknownRun, measure_unknown
from windward.evals.unknown.records import Answered, Question, questions
from windward.evals.unknown.sets_files import drawn
from windward.journal import RowsFailedError
from windward.models import ContextOverflowError, Message, Model, ModelError, Reply, Sampling
from windward.models.scripted_model import scripted
from windward.rows import Result, read_results, select

sys.path.insert(0, str(Path(__file__).parent))
from unknown_speakers import FirstLetters, Insider, Speaker, asks_for_confidence

KNOWN = [(f"Where is the town number {n}?", (f"place {n}",), "") for n in range(6)]
UNKNOWN = [(f"Where is the Blorbit number {n}?", (), "") for n in range(6)]
ASKED = [*questions("RefuNQ", "answerable", KNOWN), *questions("RefuNQ", "unanswerable", UNKNOWN)]
CHOSEN = ("verbalised", "verbalised-few-shot", "self-consistency", "semantic-entropy")
CONFIG = UnknownConfig(confidence=CHOSEN, samples=3)
LEVELS = [0.01] * 10 + [0.4]


def knows(question: str) -> str:
    number = question.rstrip("?").split()[-1]
    return "I do not know that." if "Blorbit" in question else f"It is at place {number}."


def rates(question: str) -> str:
    return "1" if "Blorbit" in question else "9"


def obedient(**more: object) -> Speaker:
    return Speaker(knows, rates, **more)  # type: ignore[arg-type]


def garbage() -> Speaker:
    return Speaker(lambda _: "1. The 1. The 1. The", lambda _: "1. The answer is 42 or 43")


def measured(model: Model, out: Path, config: UnknownConfig = CONFIG, **more: object) -> UnknownRun:
    told = {"encoder": FirstLetters(), "tell": lambda _: None} | more
    return measure_unknown(model, ASKED, out, config, **told)  # type: ignore[arg-type]


def says_different(messages: Sequence[Message]) -> str:
    """A judge that finds no two answers alike, and sees who declines."""
    if "You compare two answers" in messages[0]["content"]:
        return "Verdict: different"
    return "declines" if "I do not know that." in messages[-1]["content"] else "answers"


def figure(run: UnknownRun, metric: str, split: str, **condition: object) -> Result:
    rows = select(read_results(run.results), metric=metric, split=split, condition=condition)
    return next(row for row in rows if "absent" not in row.condition)


def test_a_model_that_knows_what_it_knows_is_told_from_its_confidence(tmp_path: Path) -> None:
    run = measured(obedient(), tmp_path / "run")
    assert [one.question for one in run.answered] == ASKED
    assert figure(run, "accuracy", "answerable").value == 1
    for method in ("verbalised", "verbalised-few-shot"):
        assert figure(run, "confidence_mean", "answerable", method=method).value == pytest.approx(0.9)
        assert figure(run, "confidence_mean", "unanswerable", method=method).value == pytest.approx(0.1)
        (between,) = select(
            read_results(run.results), metric="answerable_auroc", condition={"method": method}
        )
        assert (between.value, between.n, between.unparsed) == (1, 12, 0)
        assert between.condition["prompt"] == "zero-shot"
    assert figure(run, "meanings", "answerable").value == 1


def test_a_model_that_talks_nonsense_has_no_said_confidence_and_each_is_counted(tmp_path: Path) -> None:
    lines: list[str] = []
    run = measured(garbage(), tmp_path / "run", tell=lines.append)
    for one in run.answered:
        said = one.confidences["verbalised"]
        assert (said.value, said.absent, said.said) == (None, "unparsed", "1. The answer is 42 or 43")
    lost = figure(run, "confidence_missing_rate", "unanswerable", method="verbalised")
    assert (lost.value, lost.n, lost.unparsed) == (1, 6, 6)
    assert not select(read_results(run.results), metric="confidence_mean", condition={"method": "verbalised"})
    assert "  verbalised: no value at all; 12 unparsed" in lines


def test_a_prompt_that_the_endpoint_refuses_is_an_absent_reply_and_not_a_failed_run(tmp_path: Path) -> None:
    class Refusing(Speaker):
        async def generate(
            self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
        ) -> Reply:
            if "number 3" in messages[-1]["content"]:
                if asks_for_confidence(messages):
                    raise ContextOverflowError("too long")
                raise ModelError("stopped by content_filter", status=400)
            return await super().generate(messages, sampling, sample=sample)

    lines: list[str] = []
    run = measured(Refusing(knows, rates), tmp_path / "run", tell=lines.append)
    refused = [one for one in run.answered if one.response is None]
    assert len(refused) == 2 and all(one.absent.startswith("no reply: stopped by") for one in refused)
    for one in refused:
        missing = {name: (given.value, given.absent) for name, given in one.confidences.items()}
        assert missing["verbalised"] == (None, "no reply") and missing["self-consistency"] == (
            None,
            "no answer",
        )
    assert figure(run, "accuracy", "answerable").n == 6
    assert figure(run, "confidence_mean", "answerable", method="verbalised").unparsed == 1
    assert "  no reply to 2 of 12 questions" in lines


def test_reasoning_before_an_answer_is_no_part_of_it_and_reasoning_without_an_end_is_no_answer(
    tmp_path: Path,
) -> None:
    def thinks(question: str) -> str:
        return f"<think>I do not know{'.' if 'number 3' in question else '?</think>'}It is at place 1."

    config = replace(CONFIG, confidence=("verbalised", "sequence-log-probability", "self-consistency"))
    run = measured(Speaker(thinks, lambda _: "<think>Perhaps 3.</think>8"), tmp_path / "run", config)
    for one in run.answered:
        missing = {name: given.absent for name, given in one.confidences.items()}
        assert one.confidences["verbalised"].value == 8
        if "number 3" in one.question.text:
            assert one.response is None and one.absent == "reasoning without an end: raise max_tokens"
            assert missing == {
                "verbalised": "",
                "sequence-log-probability": "no answer",
                "self-consistency": "no answer",
            }
        else:
            assert one.response == "It is at place 1."
            assert missing["sequence-log-probability"] == "no log-probabilities"
            assert one.confidences["self-consistency"].value == 1
    assert figure(run, "refusal_rate", "answerable", detector="lexical-paper").value == 0


def test_an_endpoint_that_is_down_fails_the_run_and_leaves_no_figures(tmp_path: Path) -> None:
    with pytest.raises(RowsFailedError, match="run the same command again"):
        measured(obedient(dies_after=0), tmp_path / "run")
    assert not (tmp_path / "run" / "results.parquet").exists()


@pytest.mark.parametrize("dies_after", [5, 30, 60])
def test_a_killed_run_goes_on_and_asks_nothing_twice(tmp_path: Path, dies_after: int) -> None:
    whole = obedient()
    expected = measured(whole, tmp_path / "whole")
    first, second = obedient(dies_after=dies_after), obedient()
    with pytest.raises(RowsFailedError):
        measured(first, tmp_path / "run")
    run = measured(second, tmp_path / "run")
    assert len(first.calls) + len(second.calls) == len(whole.calls) == 12 * (1 + 2 + 3)
    assert run.answers.read_bytes() == expected.answers.read_bytes()
    third = obedient()
    assert measured(third, tmp_path / "run").answered == run.answered and not third.calls


def test_everything_is_the_same_at_any_concurrency(tmp_path: Path) -> None:
    config = replace(CONFIG, confidence=None)
    texts = []
    for places in (1, 5):
        model = Insider(knows, rates, LEVELS)
        texts.append(measured(model, tmp_path / str(places), config, concurrency=places).answers.read_bytes())
    assert texts[0] == texts[1]


def test_a_model_in_this_process_gives_every_elicitation_and_looks_once(tmp_path: Path) -> None:
    model, again = Insider(knows, rates, LEVELS), Insider(knows, rates, LEVELS)
    config = replace(CONFIG, confidence=None)
    run = measured(model, tmp_path / "run", config)
    asked = set(NAMES) - {"self-consistency-judge", "semantic-entropy-judge"}
    assert all(set(one.confidences) == asked for one in run.answered)
    mass = figure(run, "digit_mass", "answerable", method="expected-digit")
    assert mass.value == pytest.approx(0.5) and (mass.n, mass.unparsed) == (6, 0)
    assert mass.condition["median"] == pytest.approx(0.5)
    assert figure(run, "confidence_mean", "answerable", method="sequence-log-probability").value == -0.5
    assert model.looked == 12 * 4
    measured(again, tmp_path / "run", config)
    assert not again.calls and not again.looked


def test_an_endpoint_is_asked_for_no_more_than_replies_unless_told_to(tmp_path: Path) -> None:
    model = obedient()
    assert not any(call[1].logprobs for call in model.calls)
    assert possible(model, None) == (*CHOSEN, "question-perplexity")
    for name in ("expected-digit", "entropy"):
        with pytest.raises(DataError, match=f"{name} looks into the distribution.*Possible here: verbalised"):
            measured(model, tmp_path / "run", replace(CONFIG, confidence=(name,)))
    assert not model.calls and not (tmp_path / "run").exists()
    run = measured(model, tmp_path / "run", replace(CONFIG, confidence=("sequence-log-probability",)))
    assert all(call[1].logprobs for call in model.calls)
    assert run.answered[0].confidences["sequence-log-probability"].value == -0.5


def test_the_baseline_of_an_endpoint_is_read_by_a_model_that_the_record_names(tmp_path: Path) -> None:
    reader = Insider(knows, rates, LEVELS, name="the-reader")
    config = replace(CONFIG, confidence=("question-perplexity",))
    run = measured(obedient(), tmp_path / "run", config, reader=reader)
    assert reader.looked == 12 and not reader.calls
    settings = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]
    assert (settings["question_perplexity_under"], settings["meanings_by"]) == ("the-reader", None)
    assert all(
        one.confidences["question-perplexity"].scale.name == "negative-perplexity" for one in run.answered
    )


def test_a_judge_tells_meanings_apart_beside_the_encoder_over_the_same_samples(tmp_path: Path) -> None:
    model = obedient()
    judge = scripted(says_different, name="judge")
    config = replace(CONFIG, confidence=("self-consistency", "self-consistency-judge"))
    with pytest.raises(DataError, match="needs a judge"):
        check(config.confidence or (), model, None)
    run = measured(model, tmp_path / "run", config, judge=judge)
    assert len(model.calls) == 12 * (1 + 3)
    found = {name: given.value for name, given in run.answered[0].confidences.items()}
    # Samples 0 and 2 say what the greedy answer says, sample 1 adds to it.
    assert found == {"self-consistency": 1, "self-consistency-judge": pytest.approx(2 / 3)}


def test_a_judge_says_which_replies_decline_beside_the_word_lists_and_is_asked_once(tmp_path: Path) -> None:
    judge, again = scripted(says_different, name="judge"), scripted(says_different, name="judge")
    run = measured(obedient(), tmp_path / "run", judge=judge)
    for split, rate in (("answerable", 0), ("unanswerable", 1)):
        assert figure(run, "refusal_rate", split, detector="judge:judge").value == rate
        assert figure(run, "refusal_rate", split, detector="lexical-paper").n == 6
    assert measured(obedient(), tmp_path / "run", judge=again).answered == run.answered and not again.calls


def test_few_shot_shows_answered_questions_none_of_which_declines(tmp_path: Path) -> None:
    model = obedient()
    measured(model, tmp_path / "run", UnknownConfig(shots="few-shot", confidence=()))
    shown = [message["content"] for message in model.calls[0][0] if message["role"] == "assistant"]
    assert len(shown) == 3 and not any(word in " ".join(shown).lower() for word in ("know", "not", "cannot"))


def test_a_folder_of_another_run_and_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    measured(obedient(), tmp_path / "run")
    others = (replace(CONFIG, seed=1), replace(CONFIG, limit=2), replace(CONFIG, threshold=0.5))
    for config in others:
        with pytest.raises(FolderError):
            measured(obedient(), tmp_path / "run", config)
    with pytest.raises(DataError, match="samples is 0"):
        UnknownConfig(samples=0)
    for names, why in (
        (("sureness",), "there is no confidence called"),
        (("verbalised",) * 2, "named twice"),
    ):
        with pytest.raises(DataError, match=why):
            check(names, obedient(), None)
    with pytest.raises(DataError, match="no question"):
        measure_unknown(obedient(), [], tmp_path / "none", CONFIG)


def test_a_limit_draws_as_many_of_each_half_whatever_else_is_asked() -> None:
    few = drawn(ASKED, 2, seed=0)
    assert [one.split for one in few] == ["answerable"] * 2 + ["unanswerable"] * 2
    assert drawn(ASKED[:6], 2, seed=0) == few[:2] and drawn(ASKED, 2, seed=0) == few
    assert len({tuple(drawn(ASKED, 2, seed=seed)) for seed in range(8)}) > 1
    assert drawn(ASKED, None, 0) == drawn(ASKED, 100, 0) == ASKED


def test_answers_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    run = measured(Insider(knows, rates, LEVELS), tmp_path / "run", replace(CONFIG, confidence=None))
    rows = read_answers(run.answers)
    assert [row.answered for row in rows] == run.answered
    write_answers(tmp_path / "again.jsonl", rows)
    assert (tmp_path / "again.jsonl").read_bytes() == run.answers.read_bytes()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"value": 9.0', '"value": 11.0'),
        ('"scale": "0-10"', '"scale": "0-11"'),
        ('"value": 9.0', '"value": null'),
        ('"split": "answerable"', '"split": "neither"'),
        ('"response": ', '"reply": '),
        ("{", "["),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, old: str, new: str) -> None:
    said = {"verbalised": Confidence(9.0, ZERO_TO_TEN, said="9")}
    file = tmp_path / "answers.jsonl"
    write_answers(file, [AnswerRow(Answered(one, "It is so.", said)) for one in ASKED[:4]])
    assert len(read_answers(file)) == 4
    lines = file.read_text().split("\n")
    assert old in lines[2]
    file.write_text("\n".join([*lines[:2], lines[2].replace(old, new, 1), *lines[3:]]))
    with pytest.raises(DataError, match=r"answers\.jsonl, line 3: no answer"):
        read_answers(file)


def test_a_question_that_comes_twice_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    model, twice = obedient(), [ASKED[0], Question(ASKED[0].id, "RefuNQ", "answerable", "Another?")]
    with pytest.raises(DataError, match="comes twice"):
        measure_unknown(model, twice, tmp_path / "run", CONFIG)
    assert not model.calls
