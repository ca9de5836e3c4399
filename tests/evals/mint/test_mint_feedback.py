"""The expert: what it is asked, what is kept of what it says, and what is counted."""

import mint_policies as fakes
import pytest

from windward.evals.mint.episode import run_episode
from windward.evals.mint.feedback import UNREADABLE, Expert, binary, textual
from windward.evals.mint.instances import Instance
from windward.evals.mint.turns import Budget
from windward.models import ContextOverflowError, scripted

PENS = fakes.instance("gsm8k", 0)


async def coached(replies, comments, **options):
    policy, expert = scripted(replies), scripted(comments, name="expert")
    kinds = {key: options.pop(key) for key in ("form", "show_reference", "tools") if key in options}
    episode = await run_episode(PENS, policy, fakes.exact, coach=Expert(expert, **kinds), **options)
    return episode, policy, expert


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("This is GOOD.", "This is GOOD."),
        ("This is BAD. But a GOOD start was made.", "This is BAD."),
        ("This is NOT GOOD.", "This is BAD."),
        ("This isn't good! Try again.", "This is BAD."),
        ("Not bad at all.", "This is GOOD."),
        ("good", "This is GOOD."),
        ("\n\nBad: the sum is wrong", "This is BAD."),
    ],
)
def test_binary_feedback_keeps_good_or_bad_of_the_first_sentence(raw, shown):
    assert (binary(raw).shown, binary(raw).readable) == (shown, True)


@pytest.mark.parametrize("raw", ["", "...", "Hm. This is GOOD.", "GOOD or BAD?", "Goodness, badminton!"])
def test_released_defect_unreadable_binary_feedback_is_silently_emptied(raw):
    assert (binary(raw).shown, binary(raw).readable) == (UNREADABLE, False)


async def test_feedback_follows_every_unfinished_turn_and_no_finished_one():
    replies = [fakes.runs("1"), "hm", fakes.proposes("7"), fakes.proposes("42")]
    episode, policy, expert = await coached(replies, ["This is GOOD."] * 3)
    assert [turn.feedback is not None for turn in episode.turns] == [True, True, True, False]
    assert policy.calls[1][-1]["content"].endswith("Expert feedback:\nThis is GOOD.")
    _, _, expert = await coached([fakes.runs("1")] * 2, ["This is GOOD."], budget=Budget(2, 2))
    assert len(expert.calls) == 1


async def test_the_expert_sees_the_work_and_is_asked_to_keep_the_answer_to_itself():
    _, _, expert = await coached([fakes.runs("print(17)"), fakes.proposes("42")], ["This is BAD."])
    system, user = expert.calls[0]
    assert "Never tell the answer" in system["content"]
    assert PENS.prompt in user["content"]
    assert "print(17)" in user["content"]
    assert "Observation:\n17" in user["content"]


@pytest.mark.parametrize(("show", "line"), [(True, "for your eyes only: 42"), (False, "only: not given")])
async def test_the_expert_sees_the_reference_only_where_it_is_to(show, line):
    _, policy, expert = await coached(
        [fakes.runs("1"), fakes.proposes("7")], ["This is BAD."], budget=Budget(2), show_reference=show
    )
    assert line in expert.calls[0][-1]["content"]
    assert ("42" in expert.calls[0][-1]["content"]) == show
    assert not any("42" in message["content"] for call in policy.calls for message in call)


async def test_the_expert_is_asked_greedily():
    seen = []

    class Noting:
        name = "noting"

        async def generate(self, messages, sampling=None, *, sample=0):
            seen.append(sampling)
            return await scripted(["This is GOOD."]).generate(messages)

    await run_episode(
        PENS,
        scripted([fakes.runs("1"), fakes.proposes("42")]),
        fakes.exact,
        coach=Expert(Noting()),
    )
    assert (seen[0].temperature, seen[0].max_tokens) == (0.0, 1024)


async def test_a_leak_is_counted_and_withheld_from_the_policy():
    said = "This is BAD. 17 and 25 make 42, hand that in."
    episode, policy, _ = await coached([fakes.runs("1"), "hm"], [said], budget=Budget(2))
    assert [turn.feedback and turn.feedback.leaked for turn in episode.turns] == [True, None]
    assert episode.turns[0].feedback.raw == said
    assert "17 and 25 make [withheld], hand that in." in policy.calls[1][-1]["content"]
    assert not any("42" in message["content"] for call in policy.calls for message in call)


async def test_a_small_number_is_not_hidden_by_the_count_of_turns_left():
    few = Instance("gsm8k", "9", "How many seasons has a year?", "4", {})
    policy, expert = scripted(lambda messages: fakes.runs("1")), scripted(lambda messages: "Say 4.")
    episode = await run_episode(few, policy, fakes.exact, coach=Expert(expert), budget=Budget(5))
    assert "Turns left: 4" in policy.calls[1][-1]["content"]
    assert episode.turns[0].feedback.shown == "Say [withheld]."


def test_no_leak_leaves_the_text_as_it_was():
    said = "This is GOOD. Add the pens."
    assert textual(said, PENS, [], []).shown == said


async def test_an_empty_text_and_a_full_context_of_the_expert_are_counted():
    def full(messages):
        raise ContextOverflowError("too long")

    for comments in (["  "], full):
        episode, policy, _ = await coached([fakes.runs("1"), fakes.proposes("42")], comments)
        assert not episode.turns[0].feedback.readable
        assert UNREADABLE in policy.calls[1][-1]["content"]
        assert episode.solved_at == 2
