"""The processes that train together under `accelerate launch`; in one process alone, nothing of this waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

T = TypeVar("T")


def here() -> Any:
    """Accelerate's view of this process: `device`, `num_processes`, `process_index`."""
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def first() -> bool:
    """Whether this process is the one that writes files."""
    return bool(here().is_main_process)


def wait() -> None:
    """Until all processes are here."""
    here().wait_for_everyone()


def share(items: Sequence[T]) -> Sequence[T]:
    """What this process does of them."""
    return items[here().process_index :: here().num_processes]


def everyones(items: list[T]) -> list[T]:
    """All processes' items, those of the first process first."""
    if here().num_processes == 1:
        return items
    from accelerate.utils import gather_object

    return cast(list[T], gather_object(items))


def said_by_first(value: T) -> T:
    """The first process's value, on all."""
    if here().num_processes == 1:
        return value
    from accelerate.utils import broadcast_object_list

    return cast(T, broadcast_object_list([value])[0])
