"""Each filter drops the runs it names, and all of them together, in order, add up."""

from dataclasses import replace

import pytest

from trajectory_fakes import failed, lost, prose, ran, refused, run, solved
from windward.recipes.codeact.conversation import row_of
from windward.recipes.codeact.runs import Turn
from windward.recipes.codeact.select import Losses, SelectionConfig, selected, sifted, size

GOOD = [run(1), run(2)]


def left_of(runs, contaminated=lambda run: False, **options):
    """Ids that are left, and what each filter dropped; filters that dropped nothing are left out."""
    losses, config = Losses(), SelectionConfig(**options)
    kept = selected(list(sifted(runs, config, losses)), config, losses, contaminated)
    assert losses.read.total() == len(runs) == len(kept) + sum(one.total() for one in losses.dropped.values())
    counts = {name: counter.total() for name, counter in losses.dropped.items() if counter}
    return [one.id for one in kept], counts


def test_runs_that_were_not_solved_are_dropped():
    assert left_of([*GOOD, run(3, success=False)]) == (["run001", "run002"], {"failed": 1})


def test_runs_that_nobody_judged_are_dropped_unless_asked_for():
    runs = [*GOOD, run(3, success=None)]
    assert left_of(runs) == (["run001", "run002"], {"unjudged": 1})
    assert left_of(runs, unjudged=True) == (["run001", "run002", "run003"], {})


def test_runs_whose_answer_our_grader_does_not_accept_are_dropped_unless_recorded_verdicts_are_trusted():
    runs = [*GOOD, run(3, confirmed=False)]
    assert left_of(runs) == (["run001", "run002"], {"unconfirmed": 1})
    assert left_of(runs, trust_recorded=True) == (["run001", "run002", "run003"], {})


def test_runs_with_an_experts_feedback_are_dropped_unless_asked_for():
    runs = [*GOOD, run(3, feedback=True)]
    assert left_of(runs) == (["run001", "run002"], {"feedback": 1})
    assert left_of(runs, feedback=True) == (["run001", "run002", "run003"], {})


def test_runs_of_two_turns_are_easy_and_dropped_unless_fewer_turns_are_asked_for():
    runs = [*GOOD, run(3, ran("x"), solved(prose(3))), run(4, solved(prose(4)))]
    assert left_of(runs) == (["run001", "run002"], {"turns": 2})
    assert left_of(runs, min_turns=2) == (["run001", "run002", "run003"], {"turns": 1})
    # A run of one turn has no turns before the last, so the filters that ask about those let it pass.
    assert left_of(runs, min_turns=1)[1] == {}


def test_a_run_whose_turns_before_the_last_all_lack_an_action_is_dropped():
    runs = [*GOOD, run(3, lost(), lost(), solved(prose(3))), run(4, lost(), ran(prose(4)), solved())]
    assert left_of(runs) == (["run001", "run002", "run004"], {"all_invalid": 1})


@pytest.mark.parametrize("roles", ["uauau", "uauaua" + "u", "auauau", "uuaaua", "uauaaa", "u?uaua"])
def test_a_history_of_odd_length_or_order_is_dropped(roles):
    assert left_of([*GOOD, run(3, roles=roles)]) == (["run001", "run002"], {"odd_history": 1})


def test_the_self_debug_filter_drops_runs_that_only_err_before_the_last_turn():
    runs = [
        *GOOD,
        run(3, failed(prose(3)), refused(), solved()),
        run(4, failed(prose(4)), ran(prose(40)), solved()),
        # What the released filter looks at is the word in the observation, not whether code raised.
        run(5, ran(prose(5), "Error: page not found"), refused(), solved()),
        # An invalid turn is neither a rejected answer nor code, so it lets the run pass.
        run(6, failed(prose(6)), lost(prose(60)), solved()),
    ]
    assert left_of(runs) == (["run001", "run002", "run004", "run006"], {"no_progress": 2})


@pytest.mark.parametrize(
    "text",
    [
        "Try.\nObservation:\n42",
        "  [INST: Observation:\n42",
        "x\nAssistant: and then",
        "Expert feedback: good",
    ],
)
def test_a_turn_that_makes_up_what_comes_after_it_costs_the_run(text):
    runs = [*GOOD, run(3, ran(), Turn(text, "code", "Observation:\n1"), solved())]
    assert left_of(runs) == (["run001", "run002"], {"made_up": 1})


def test_a_word_within_a_sentence_makes_nothing_up():
    runs = [*GOOD, run(3, ran("my first observation: odd " + prose(3)), ran(prose(30)), solved())]
    assert left_of(runs)[1] == {}


def test_a_turn_of_code_and_answer_at_once_costs_the_run():
    both = Turn(f"<execute>x</execute> <solution>{prose(3)}</solution>", "answer", None)
    assert left_of([*GOOD, run(3, ran(), ran(prose(3)), both)]) == (["run001", "run002"], {"acts_twice": 1})


def test_a_run_is_dropped_where_its_row_would_be_too_long():
    longer = run(3, ran("x" * 500), ran(prose(30)), solved(prose(3)))
    assert left_of([*GOOD, longer], max_chars=size(longer)) == (["run001", "run002", "run003"], {})
    assert left_of([*GOOD, longer], max_chars=size(longer) - 1) == (["run001", "run002"], {"length": 1})


def test_a_row_is_never_longer_than_what_the_length_filter_counted():
    made = run(3, failed(), lost(), ran(), solved())
    assert sum(len(message["content"]) for message in row_of(made).messages) <= size(made)


def test_what_is_contaminated_is_dropped():
    assert left_of([*GOOD, run(3)], lambda one: one.id == "run002") == (
        ["run001", "run003"],
        {"contaminated": 1},
    )


def test_of_near_duplicates_the_run_that_recovered_stays_then_the_shorter_then_the_first():
    same = (ran(f"# {prose(7)}"), ran(f"# {prose(8)}"), solved(prose(9)))
    copies = [
        run(3, *same),
        run(4, *same),
        run(5, same[0], replace(same[1], raised=True), same[2]),
        run(6, *(replace(turn, text=turn.text.upper()) for turn in same)),
    ]
    assert left_of([*GOOD, *copies]) == (["run001", "run002", "run005"], {"near_duplicate": 3})
    assert left_of(copies[:2]) == (["run003"], {"near_duplicate": 1})


def test_a_cap_of_a_problem_keeps_recovered_runs_first_then_shorter_ones_then_by_id():
    def one(number, *turns):
        return run(number, *turns, solved(prose(number)), problem_id="same")

    runs = [
        one(1, ran(prose(11)), ran(prose(12)), ran(prose(13))),
        one(2, ran(prose(21)), ran(prose(22))),
        one(3, ran(prose(31)), ran(prose(32))),
        one(4, ran(prose(41)), ran(prose(42)), failed(prose(43))),
        run(5),
    ]
    assert left_of(runs, per_problem=1) == (["run005", "run004"], {"per_problem": 3})
    assert left_of(runs, per_problem=2) == (["run005", "run004", "run002"], {"per_problem": 2})
    assert left_of(runs, per_problem=3)[0] == ["run005", "run004", "run002", "run003"]


def test_a_cap_of_a_source_leaves_other_sources_alone():
    runs = [run(1), run(2), run(3, source="math"), run(4, ran(prose(4)), failed(prose(5)), solved())]
    assert left_of(runs, per_source=1) == (["run004", "run003"], {"per_source": 2})


def test_all_filters_in_order_count_a_run_where_it_is_first_dropped():
    long = "y" * 5_000
    runs = [
        run(1, success=None, feedback=True),
        run(2, success=False, feedback=True),
        run(17, solved(), confirmed=False, feedback=True),
        run(3, solved(), feedback=True),
        run(4, solved()),
        run(5, lost(), lost(), solved(), roles="uauau"),
        run(6, roles="uauau"),
        run(7, failed(long), refused(), solved()),
        run(8, ran("a\nObservation:\n" + long), ran(), solved()),
        run(9, ran(f"<solution>{long}</solution>"), ran(), solved()),
        run(16, ran(long), ran(), solved()),
        run(10),
        run(11, problem_id="p"),
        run(12, *run(11).turns),
        run(13, problem_id="p"),
        run(14),
        run(15),
    ]
    kept, counts = left_of(runs, lambda one: one.id == "run010", max_chars=4_000, per_problem=1, per_source=2)
    names = [
        "unjudged", "failed", "unconfirmed", "feedback", "turns", "all_invalid", "odd_history", "no_progress", "made_up", "acts_twice", "length",
        "contaminated", "near_duplicate", "per_problem", "per_source",
    ]  # fmt: skip
    assert list(counts) == names
    assert set(counts.values()) == {1}
    assert len(kept) == 2
