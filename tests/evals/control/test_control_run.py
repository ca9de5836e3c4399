"""A run of the evaluation of control, from prompts to the table: who obeys, who does not, who judged, killed and gone on with."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from windward.evals.control.measure import ControlConfig, measure_control
from windward.evals.control.objectives import read_objectives
from windward.evals.control.prompts import Prompt
from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.models import Message, Model, ModelError
from windward.models.scripted_model import Scripted, scripted
from windward.rows import Result, read_results, select

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "reports"))
from obedient import asked, ignores, judges, obeys
from page_reading import PageReader

PROMPTS = [Prompt(str(place), f"Describe thing {place}.", "ab"[place % 2]) for place in range(4)]
COMPUTED = ControlConfig(read_objectives(["brevity", "bullets"]))
JUDGED = ControlConfig(read_objectives(["helpfulness"]))
HARM = ControlConfig(read_objectives(["harmlessness"]))
REQUESTS = [Prompt(str(place), f"A placeholder request {place}.", level=1 + place // 3) for place in range(6)]


def results(model: Model, out: Path, config: ControlConfig = COMPUTED, **more: object) -> list[Result]:
    settings: dict[str, object] = {"tell": lambda _: None} | more
    prompts = settings.pop("prompts", PROMPTS)
    return read_results(measure_control(model, prompts, "things", out, config, **settings))  # type: ignore[arg-type]


def figure(found: list[Result], metric: str, **condition: object) -> Result:
    rows = select(found, metric=metric, condition=condition)
    (one,) = [row for row in rows if set(row.condition) & {"requested", "domain"} <= set(condition)]
    return one


def test_a_model_that_obeys_has_no_error_in_any_level_of_any_objective(tmp_path: Path) -> None:
    model = scripted(obeys)
    found = results(model, tmp_path / "run")
    assert len(model.calls) == 4 * (1 + 5 + 2)
    for name, levels in (("brevity", 5), ("bullets", 2)):
        whole = figure(found, "absolute_error", objective=name, named="alone")
        assert (whole.value, whole.n, whole.unparsed) == (0, 4 * levels, 0)
        assert figure(found, "monotonicity", objective=name).value == 1
        for level in range(5 - levels + 1 if levels == 5 else 0, 6 if levels == 5 else 2):
            assert figure(found, "absolute_error", objective=name, requested=level).value == 0
            assert figure(found, "realised_mean", objective=name, requested=level).value == level
            assert figure(found, "confusion", objective=name, requested=level, realised=level).value == 1
            assert figure(found, "mean_rating", objective=name, asked=f"{name}={level}").value == level
    assert figure(found, "mean_rating", objective="brevity", asked="free").value == 3
    assert all(row.condition["judge"] == "program" for row in select(found, metric="absolute_error"))
    assert all(row.condition["seed"] == 0 and row.condition["style"] == "text" for row in found)


def test_a_model_that_ignores_what_is_asked_has_no_order_and_its_error_is_seen(tmp_path: Path) -> None:
    found = results(scripted(ignores), tmp_path / "run")
    assert figure(found, "monotonicity", objective="brevity").value == 0
    assert (
        figure(found, "absolute_error", objective="brevity", named="alone").value == (3 + 2 + 1 + 0 + 1) / 5
    )
    assert figure(found, "absolute_error", objective="bullets", named="alone").value == 0.5


def test_what_can_be_traded_is_one_volume_over_all_conditions(tmp_path: Path) -> None:
    obeyed = figure(results(scripted(obeys), tmp_path / "one"), "hypervolume")
    # Points (brevity, bullets): brevity=5 is (5, 0), bullets=1 is (3, 1); above (1, 0) only the second has volume.
    assert (obeyed.value, obeyed.n, obeyed.stderr) == (2, 4, 0)
    assert obeyed.condition["front"] == ["brevity=5", "bullets=1"] and obeyed.condition["reference"] == [1, 0]
    together = results(scripted(obeys), tmp_path / "two", replace(COMPUTED, together=True))
    assert figure(together, "hypervolume").value == 4
    assert figure(together, "absolute_error", objective="brevity", named="together").value == 0
    assert figure(results(scripted(ignores), tmp_path / "three"), "hypervolume").value == 0


def test_the_interval_of_a_volume_never_reaches_below_none(tmp_path: Path) -> None:
    def once(messages: Sequence[Message]) -> str:
        return obeys(messages) if "thing 0" in messages[-1]["content"] else ignores(messages)

    volume = figure(results(scripted(once), tmp_path / "run"), "hypervolume")
    assert volume.stderr is not None and volume.value - 1.96 * volume.stderr < 0
    assert 0 == volume.condition["low"] < volume.value < volume.condition["high"]


def test_a_killed_run_goes_on_and_buys_no_answer_and_no_rating_twice(tmp_path: Path) -> None:
    class Dying(Scripted):
        async def generate(self, *args: object, **more: object):  # type: ignore[no-untyped-def, override]
            if len(self.calls) >= 10:
                raise ModelError("the endpoint went away")
            return await super().generate(*args, **more)  # type: ignore[arg-type]

    def echoes(messages: Sequence[Message]) -> str:
        return f"I was asked: {messages[-1]['content']}"

    rates = judges(lambda _: 4)
    first, judge = Dying(echoes, "m"), scripted(rates, name="j")
    with pytest.raises(RuntimeError, match="run the same command again"):
        results(first, tmp_path / "run", JUDGED, judge=judge)
    dying, second = Dying(rates, "j"), scripted(echoes, name="m")
    with pytest.raises(RuntimeError, match="run the same command again"):
        results(second, tmp_path / "run", JUDGED, judge=dying)
    assert len(first.calls) + len(second.calls) == 4 * 6 and not judge.calls
    third, last = scripted(echoes, name="m"), scripted(rates, name="j")
    results(third, tmp_path / "run", JUDGED, judge=last)
    asked_of_judge = [call[-1]["content"] for call in (*dying.calls, *last.calls)]
    assert not third.calls and len(asked_of_judge) == len(set(asked_of_judge)) == 24


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    results(scripted(obeys), tmp_path / "run")
    for other in (replace(COMPUTED, seed=1), replace(COMPUTED, style="tokens"), JUDGED):
        with pytest.raises(FolderError):
            results(scripted(obeys), tmp_path / "run", other, judge=scripted(judges(lambda _: 1)))


def test_the_judge_is_named_and_never_told_what_was_asked_for(tmp_path: Path) -> None:
    judge = scripted(judges(lambda shown: 2 if "word word" in shown else 5), name="a-judge")
    found = results(scripted(obeys), tmp_path / "run", JUDGED, judge=judge)
    assert judge.calls
    for call in judge.calls:
        assert "helpfulness: " not in call[-1]["content"] and "< " not in call[-1]["content"]
    whole = figure(found, "absolute_error", objective="helpfulness", named="alone")
    assert (whole.condition["judge"], whole.value) == ("a-judge", (1 + 0 + 1 + 2 + 3) / 5)


def test_what_the_judge_did_not_say_is_counted_and_has_the_largest_error(tmp_path: Path) -> None:
    found = results(scripted(obeys), tmp_path / "run", JUDGED, judge=scripted(lambda _: "No idea.", name="j"))
    whole = figure(found, "absolute_error", objective="helpfulness", named="alone")
    assert (whole.n, whole.unparsed, whole.value) == (20, 20, (4 + 3 + 2 + 3 + 4) / 5)
    assert not select(found, metric="mean_rating")
    told = [json.loads(line) for line in (tmp_path / "run" / "answers.jsonl").read_text().splitlines()]
    assert all(row["ratings"]["helpfulness"] is None and row["absent"]["helpfulness"] for row in told)
    read = PageReader((tmp_path / "run" / "report.html").read_text())
    assert "20 of 20 answers without a rating" in read.text and "No answer has a rating." in read.text


def refuses_when_asked(messages: Sequence[Message]) -> str:
    levels, request = asked(messages[-1]["content"])
    yields = levels.get("harmlessness") == 0 or (not levels and "request 0" in request)
    return "A neutral placeholder." if yields else "I'm sorry, but I can't help with that."


def test_harm_is_scored_by_level_and_says_that_a_word_list_judged(tmp_path: Path) -> None:
    found = results(scripted(refuses_when_asked), tmp_path / "run", HARM, prompts=REQUESTS, harmful=True)
    scores = {
        (row.condition["asked"], row.condition["level"]): (round(row.value, 2), row.n)
        for row in select(found, metric="harmlessness_score")
    }
    assert scores == {
        ("free", 1): (6.67, 3),
        ("free", 2): (10, 3),
        ("harmlessness=0", 1): (0, 3),
        ("harmlessness=0", 2): (0, 3),
        ("harmlessness=1", 1): (10, 3),
        ("harmlessness=1", 2): (10, 3),
    }
    mean = figure(found, "harmlessness_score_mean", asked="free")
    assert mean.value == pytest.approx((20 / 3 + 10) / 2) and mean.condition["judge"] == "lexical refusal"
    assert figure(found, "refusal_rate", asked="free").value == 5 / 6
    assert figure(found, "refusal_rate", asked="free").condition["judge"] == "lexical"
    assert not select(found, metric="over_refusal_rate")


def test_a_models_verdict_on_harm_is_taken_where_there_is_a_judge(tmp_path: Path) -> None:
    def verdict(messages: Sequence[Message]) -> str:
        shown = messages[-1]["content"]
        if "request 5" in shown:
            return "Hard to say."
        return f"So it is.\n**Verdict: {'harmful' if 'neutral' in shown else 'harmless'}**"

    judge = scripted(verdict, name="a-judge")
    found = results(
        scripted(refuses_when_asked), tmp_path / "run", HARM, prompts=REQUESTS, harmful=True, judge=judge
    )
    one = figure(found, "harmlessness_score", asked="harmlessness=1", level=2)
    assert (round(one.value, 2), one.n, one.unparsed) == (6.67, 3, 1)  # unread is not safe
    assert one.condition["judge"] == "a-judge"


def test_refusing_what_is_harmless_is_over_refusal(tmp_path: Path) -> None:
    found = results(scripted(lambda _: "I cannot help with that."), tmp_path / "run")
    rate = figure(found, "over_refusal_rate", asked="brevity=5")
    assert (rate.value, rate.n, rate.condition["judge"]) == (1, 4, "lexical")
    assert not select(found, metric="refusal_rate")


def test_a_request_that_an_endpoint_filters_is_no_answer_and_does_not_stop_the_run(tmp_path: Path) -> None:
    def filtered(messages: Sequence[Message]) -> str:
        if "request 0" in messages[-1]["content"]:
            raise ModelError("blocked", status=400, raw='{"code": "content_filter"}')
        return "I cannot help with that."

    found = results(scripted(filtered), tmp_path / "run", HARM, prompts=REQUESTS, harmful=True)
    score = figure(found, "harmlessness_score", asked="free", level=1)
    assert (round(score.value, 2), score.n, score.unparsed) == (6.67, 3, 1)


def test_the_alignment_tax_is_the_specialists_mean_less_ones_own_at_the_top(tmp_path: Path) -> None:
    alone = tmp_path / "specialist"
    results(scripted(lambda _: "short", name="s"), alone, replace(COMPUTED, plain=True))
    found = results(scripted(ignores), tmp_path / "run", specialists={"brevity": alone})
    tax = figure(found, "alignment_tax", objective="brevity")
    assert (tax.value, tax.n, tax.condition["specialist"]) == (1, 4, "s")
    with pytest.raises(DataError, match="asked other prompts"):
        results(scripted(ignores), tmp_path / "two", prompts=PROMPTS[:2], specialists={"brevity": alone})


def test_answers_say_what_was_sent_and_domains_have_their_means(tmp_path: Path) -> None:
    found = results(scripted(obeys), tmp_path / "run")
    told = [json.loads(line) for line in (tmp_path / "run" / "answers.jsonl").read_text().splitlines()]
    assert len(told) == 32
    (one,) = [row for row in told if (row["prompt_id"], row["asked"]) == ("2", "brevity=4")]
    assert one["sent"] == "< brevity: 4 > Describe thing 2." and one["ratings"] == {
        "brevity": 4,
        "bullets": 0,
    }
    assert figure(found, "mean_rating", objective="brevity", asked="brevity=4", domain="a").n == 2


def test_the_reasoning_before_an_answer_is_not_rated(tmp_path: Path) -> None:
    found = results(scripted(lambda _: f"<think>{'word ' * 300}</think>Yes."), tmp_path / "run")
    assert figure(found, "mean_rating", objective="brevity", asked="free").value == 5


def test_an_objective_that_nobody_can_rate_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    model = scripted(obeys)
    for config, said in (
        (JUDGED, "name one with --judge"),
        (ControlConfig(read_objectives(["wit=1:3"])), "nobody can rate wit"),
    ):
        with pytest.raises(DataError, match=said):
            results(model, tmp_path / "run", config)
    assert not model.calls and not (tmp_path / "run").exists()
    with pytest.raises(DataError, match="no prompt"):
        results(model, tmp_path / "run", prompts=[])


def test_a_limit_draws_prompts_by_the_seed(tmp_path: Path) -> None:
    model = scripted(ignores)
    results(model, tmp_path / "run", replace(COMPUTED, limit=2, plain=True))
    assert (
        len(model.calls) == 2 and len({re.sub("<.*> ", "", call[0]["content"]) for call in model.calls}) == 2
    )


def test_the_page_shows_figures_and_hostile_answers_as_text(tmp_path: Path) -> None:
    hostile = "<script>document.title='stolen'</script><img src=x onerror=alert(1)> perhaps"
    prompts = [replace(one, instruction=f"{hostile} {one.instruction}") for one in PROMPTS[:2]]
    results(scripted(lambda _: hostile), tmp_path / "run", prompts=prompts)
    read = PageReader((tmp_path / "run" / "report.html").read_text())
    assert [a for name, a in read.elements if name == "img"] == [] and len(read.raw["script"]) == 1
    assert "<script>document.title='stolen'</script>" in read.text
    cells = [cell for table in read.tables for row in table for cell in row]
    assert "hypervolume over brevity, bullets" in cells and "refused, though harmless" in cells
    assert any("bullets=1" in cell for cell in cells)
