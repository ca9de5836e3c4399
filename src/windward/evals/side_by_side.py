"""Parts of a run done in several processes at once: what each finds it stores, and nothing else comes back."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

T = TypeVar("T")


class EndedError(RuntimeError):
    """A process of a run was ended from outside; the message says what to do."""


_work: Callable[[int], None] | None = None


def side_by_side(work: Callable[[T], None], tasks: Sequence[T], jobs: int) -> None:
    """Does every task in a forked process, `jobs` at a time; each has its share of the cores.

    What a task makes must lie on disk: nothing comes back. The first error ends the run, after the tasks that are under way.

    Args:
        work: does one task.
        tasks: in the order in which they are begun.
        jobs: processes at a time.

    Raises:
        EndedError: a process ended without a word (for want of memory, say).
    """
    cores = max(1, len(os.sched_getaffinity(0)) // jobs)

    def numbered(place: int) -> None:
        work(tasks[place])

    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("fork"), initializer=_begin, initargs=(numbered, cores)
    )
    with pool:
        running = [pool.submit(_do, place) for place in range(len(tasks))]
        try:
            for done in as_completed(running):
                done.result()
        except BrokenProcessPool as error:
            raise EndedError(
                "a process of the run was ended from outside (is there memory for several models?): what is stored stays; run the same "
                "command again, with fewer --jobs"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(numbered: Callable[[int], None], cores: int) -> None:
    """In the child: one thread a core of its share, for torch that is loaded and for torch that will be."""
    global _work
    _work = numbered
    os.environ["OMP_NUM_THREADS"] = str(cores)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(cores)


def _do(place: int) -> None:
    assert _work is not None
    _work(place)
