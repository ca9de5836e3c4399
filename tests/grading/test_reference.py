"""Against verdicts with a known truth, where WINDWARD_DATA names the shared data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from shared_rows import needs_data, problems, reference

from windward.grading import (
    check_instruction,
    check_prompt,
    equivalent,
    grade_math,
    grade_theoremqa,
    run_program,
    run_programs,
)
from windward.interpreter import Limits

pytestmark = needs_data

NEVER_ACCEPTED = {"interval_closed", "interval_inf", "union", "tuple", "base", "base6", "percent_leniency", "adversarial",
                  "bigpow", "cuberoot", "mixed"}  # fmt: skip


# ---- maths


def test_at_least_97_percent_of_the_decided_pairs_agree_with_the_truth() -> None:
    rows = [row for row in reference("math_equivalence") if isinstance(row["truth"], bool)]
    wrong = [row for row in rows if equivalent(row["prediction"], row["gold"]) != row["truth"]]
    assert len(wrong) <= 0.03 * len(rows), [(row["prediction"], row["gold"], row["truth"]) for row in wrong]


def test_no_pair_of_the_categories_that_released_graders_confuse_is_accepted_falsely() -> None:
    rows = [row for row in reference("math_equivalence") if row["truth"] is False]
    false = [
        row
        for row in rows
        if row["category"] in NEVER_ACCEPTED and equivalent(row["prediction"], row["gold"])
    ]
    assert not false


def test_at_least_97_percent_of_the_responses_are_read_as_the_truth_says() -> None:
    rows = [row for row in reference("math_extraction") if isinstance(row["truth"], bool)]
    wrong = [row for row in rows if grade_math(row["response"], row["gold"]).correct != row["truth"]]
    assert len(wrong) <= 0.03 * len(rows), wrong


def test_python_operators_in_an_answer_are_not_evaluated() -> None:
    for row in reference("math_python_semantics"):
        assert equivalent(row["prediction"], row["gold"]) == row["truth"], row


def test_recorded_predictions_that_were_right_are_right_but_for_tolerances() -> None:
    rows = reference("math_real_predictions")
    lost = [row for row in rows if row["mint_success"] and row["task"] == "math"
            and not grade_math(row["prediction"], row["gold"]).correct]  # fmt: skip
    assert len(lost) <= 1, lost  # MINT accepts 4 % off: 81 for 80


def test_every_gold_is_its_own_answer_boxed_and_printed() -> None:
    for row in reference("gold_self_consistency"):
        gold = str(row["gold"])
        assert grade_math(gold, gold).correct, gold
        assert grade_math(f"So the answer is $\\boxed{{{gold}}}$.", gold).correct, gold


# ---- released rules


def test_the_released_rules_agree_with_the_recorded_verdicts_of_the_release() -> None:
    rows = reference("math_equivalence")
    same = [
        equivalent(row["eurus_extracted"] or row["prediction"], row["gold"], "released")
        == row["eurus_verdict"]
        for row in rows
    ]
    assert sum(same) >= 0.97 * len(rows), sum(same)
    rows = reference("math_extraction")
    same = [
        grade_math(row["response"], row["gold"], "released").correct == row["eurus_verdict"] for row in rows
    ]
    assert sum(same) >= 0.97 * len(rows), sum(same)
    rows = [row for row in reference("math_real_predictions") if row["task"] == "math"]
    same = [grade_math(row["prediction"], row["gold"], "released").correct == row["verdict"] for row in rows]
    assert sum(same) >= 0.98 * len(rows), sum(same)


# ---- TheoremQA


def typed(row: dict[str, Any]) -> Any:
    gold, kind = row["gold"], row["answer_type"]
    if kind == "option":
        return str(gold)
    return (
        json.loads(gold.replace("True", "true").replace("False", "false")) if isinstance(gold, str) else gold
    )


def test_at_least_98_percent_of_the_theoremqa_edges_agree_with_the_truth() -> None:
    rows = [row for row in reference("theoremqa_edge") if isinstance(row["truth"], bool)]
    wrong = [
        row
        for row in rows
        if grade_theoremqa(row["prediction"], row["gold"], row["answer_type"]).correct != row["truth"]
    ]
    assert len(wrong) <= 0.02 * len(rows), wrong


def test_the_released_theoremqa_rules_agree_with_the_recorded_verdicts_of_the_release() -> None:
    for row in [
        *reference("theoremqa_edge"),
        *(r for r in reference("math_real_predictions") if r["task"] == "theoremqa"),
    ]:
        verdict = grade_theoremqa(row["prediction"], typed(row), row["answer_type"], "released")
        assert verdict.correct == row["verdict"], row


def test_every_theoremqa_gold_is_its_own_answer_boxed_and_printed() -> None:
    for row in problems("theoremqa.json"):
        gold, kind = row["Answer"], row["Answer_type"]
        for policy in ("strict", "released"):
            assert grade_theoremqa(str(gold), gold, kind, policy).correct, row["id"]
            assert grade_theoremqa(f"So it is $\\boxed{{{gold}}}$.", gold, kind, policy).correct, row["id"]


# ---- IFEval


def test_every_decided_ifeval_edge_agrees_with_the_truth() -> None:
    for row in reference("ifeval_edge"):
        if isinstance(row["truth"], bool):
            given = check_instruction(row["instruction_id"], row["kwargs"], row["response"])
            assert given == row["truth"], row


def test_the_released_checks_agree_with_the_recorded_verdicts_of_the_release() -> None:
    differing: Counter[str] = Counter()
    for row in reference("ifeval_items"):
        if not row["nondeterministic"]:
            check = check_prompt(
                row["instruction_id_list"], row["kwargs"], row["response"], policy="released"
            )
            for name, ours, theirs in zip(
                row["instruction_id_list"],
                check.strict + check.loose,
                row["strict"] + row["loose"],
                strict=False,
            ):
                differing[name] += ours != theirs
    assert (
        sum(differing.values()) == differing["length_constraints:number_sentences"] <= 1
    )  # its splitter is trained


def test_an_echoed_or_empty_ifeval_response_never_passes_and_a_made_one_mostly_does() -> None:
    prompts = {row["key"]: row["prompt"] for row in problems("ifeval.jsonl")}
    passed: Counter[str] = Counter()
    for row in reference("ifeval_items"):
        check = check_prompt(row["instruction_id_list"], row["kwargs"], row["response"], prompts[row["key"]])
        passed[row["variant"]] += check.strict_prompt
        passed[f"{row['variant']} loosely"] += check.loose_prompt
    assert (
        passed["prompt_echo"]
        == passed["prompt_echo loosely"]
        == passed["empty"]
        == passed["empty loosely"]
        == 0
    )
    assert passed["constructed"] >= 500


# ---- programs and safety


def test_no_program_of_the_released_executor_s_failures_loses_its_answer() -> None:
    wanted = {"last_expr": "2", "last_comment": "1", "for_last": "0\n1", "assign_last": "5", "def_last": None, "if_last": None,
              "str_print_in": "3", "stdin": None, "timeout": None, "stderr": None, "multi_print": "1\n2", "two_blocks_state": "7",
              "last_block_error": None, "py_fence": "7", "code_then_text": "3", "unclosed_fence": "3"}  # fmt: skip
    found = {
        row["case"]: run_program(row["code"], Limits(seconds=1)).output
        for row in reference("pot_interpreter")
    }
    assert found == wanted


def test_all_results_stay_in_place_in_the_settings_where_the_release_permutes_them() -> None:
    for row in reference("pot_order_bug"):
        naps = {
            "mixed runtimes": (0, 0.2, 0.05),
            "uniform runtime": (0.05,),
            "alternating CoT/PoT": (0.2, 0),
        }[row["setting"]]
        programs = {
            number: f"```python\nimport time\ntime.sleep({naps[number % len(naps)]})\nprint({number})\n```"
            for number in range(row["n"])
        }
        runs = run_programs(programs, Limits(seconds=5), jobs=4)
        assert sum(runs[number].output == str(number) for number in programs) == row["n"]


def test_none_of_the_five_ways_in_has_a_side_effect(tmp_path: Path) -> None:
    assert len(reference("security_probes")) == 5
    target = tmp_path / "written"
    opened = f"open({str(target)!r},'w').write('x')"
    probes = (
        f"{opened}*\\pi",
        opened,
        f"[{opened}, 2]",
        f"__import__('os').system('touch {target}')",
        f"5 or {opened}",
    )
    for policy in ("strict", "released"):
        for probe in probes:
            for text in (probe, f"The answer is $\\boxed{{{probe}}}$."):
                grade_math(text, "5", policy)
                equivalent(text, r"25\pi", policy)
                for gold, kind in (
                    (5, "integer"),
                    (0.5, "float"),
                    (True, "bool"),
                    ("(a)", "option"),
                    ([1, 2], "list of integer"),
                ):
                    grade_theoremqa(text, gold, kind, policy)
    assert not target.exists()
