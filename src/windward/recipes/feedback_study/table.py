"""The study's figures as lines of text: the value, its 95 % interval, and of how many."""

from __future__ import annotations

from collections.abc import Sequence

from windward.rows import Result, select


def table_lines(results: Sequence[Result]) -> list[str]:
    """What a user wants to see first; all figures are in the result table."""
    lines = ["", "scores by the checks, 1 to 5"]
    for by in ("all", "model", "source", "principle"):
        lines += _lines(
            select(results, metric="fine_grained", condition={"by": by, "kind": "verifier"}), "name"
        )
    lines += ["", "orders met"]
    lines += _lines(select(results, metric="check_met"), "check")
    lines += ["", "the model as a judge of instruction_following"]
    for metric in (
        "unread_rate",
        "agreement_spearman",
        "agreement_kendall",
        "judge_pair_agreement",
        "place_slope",
    ):
        found = [one for one in select(results, metric=metric) if one.condition.get("kind") != "verifier"]
        found = [one for one in found if one.condition.get("aspect") != "all"]
        lines += [_line(f"{metric}{_who(one)}", one) for one in found]
    lines += ["", "pair accuracy on instructions held out"]
    for one in select(results, metric="pair_accuracy"):
        told = one.condition
        parts = [told.get("arm") or f"the {told['baseline']} answer"]
        parts += [f"{name} {told[name]}" for name in ("labels", "source", "seed", "seeds") if name in told]
        lines.append(_line(", ".join(parts), one))
    lines += ["", "worth of the best of n, 0 to 1, and the gain over a random one"]
    for metric in ("best_of_worth", "best_of_gain"):
        found = select(results, metric=metric)
        lines += [_line(f"{metric}, n {one.condition['n']}, by {one.condition['by']}", one) for one in found]
    for one in select(results, metric="best_of_kl"):
        lines.append(f"  KL at n {one.condition['n']}: {one.value:.4f} nats")
    return lines


def _who(one: Result) -> str:
    told = one.condition
    if "judge" in told:
        return ", begun" if str(told["judge"]).endswith(", begun") else ", freely"
    return ""


def _lines(results: Sequence[Result], name: str) -> list[str]:
    return [_line(str(one.condition[name]), one) for one in results]


def _line(name: str, one: Result) -> str:
    low, high = one.condition.get("low"), one.condition.get("high")
    if low is None or high is None:
        error = one.stderr or 0.0
        low, high = one.value - 1.96 * error, one.value + 1.96 * error
    unread = f", {one.unparsed} unread" if one.unparsed else ""
    value, low, high = (round(number, 3) + 0.0 for number in (one.value, low, high))  # no -0.000
    return f"  {name:<52} {value:8.3f}  [{low:.3f}, {high:.3f}]  n={one.n}{unread}"
