"""One turn of a model, shown whole: what it wrote, what of it ran, what that showed, and the verdict with its reason."""

from __future__ import annotations

from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import raw
from windward.reports.run_records import Attempt
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import counted

REASONS = {
    "no_code": "neither code nor an answer was found",
    "syntax": "the code does not parse",
    "exception": "the code raised or ended its interpreter",
    "wrong": "the answer is not the reference",
    "timeout": "the code ran out of time",
    "unparsed": "it showed no answer that can be read",
}


def attempt_view(attempt: Attempt) -> Html:
    """The parts of one turn, each under its name."""
    said = "Action" if attempt.code is None else "Action (the marked part ran)"
    return tag(
        "div",
        labelled(said, action_text(attempt)),
        labelled(
            "Observation", raw(attempt.observation) if attempt.observation else _none("nothing was shown")
        ),
        labelled("Verdict", verdict(attempt)),
        class_="attempt",
    )


def outcome(attempt: Attempt) -> str:
    """How a turn ended, in a few words: the answer as read, else what went wrong."""
    if attempt.answer is not None:
        return f"answered {' '.join(cut_middle(attempt.answer, 60).split())}"
    kind = attempt.error_kind or "no answer"
    return REASONS.get(kind, kind)


def action_text(attempt: Attempt) -> Html:
    """The action as it came, with the code that ran marked; code that is not in it word for word follows it."""
    code, action = attempt.code, attempt.action
    if not action and not code:
        return _none("the model wrote nothing")
    if not code:
        return raw(action)
    before, found, after = action.partition(code.strip("\n"))
    if found and len(action) <= 4_000:
        return tag("pre", before, tag("mark", found), after, dir="auto")
    return join(raw(action), tag("pre", tag("mark", cut_middle(code)), dir="auto"))


def verdict(attempt: Attempt) -> Html:
    """The judgement in words: right or wrong, the answer as read, the reason, the rule and the tokens."""
    kind = attempt.error_kind
    reason = None if attempt.correct or kind is None else REASONS.get(kind, kind)
    answer = (
        tag("span", "answer ", tag("code", cut_middle(attempt.answer, 200)))
        if attempt.answer is not None
        else None
    )
    rule = tag("span", "rule ", tag("code", cut_middle(attempt.rule, 200))) if attempt.rule else None
    tokens = None if attempt.completion_tokens is None else counted(attempt.completion_tokens, "token")
    told = [
        part for part in ("correct" if attempt.correct else "incorrect", reason, answer, rule, tokens) if part
    ]
    spread = (join(" · ", part) for part in told[1:])
    return tag("p", verdict_mark(attempt.correct), " ", told[0], *spread, class_="verdict")


def labelled(name: str, shown: Html) -> Html:
    """Something under its name."""
    return join(tag("p", name, class_="label"), shown)


def _none(why: str) -> Html:
    return tag("p", why, class_="nothing")
