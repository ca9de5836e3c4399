"""The journal: the record of every call to a model, and the runner that maps a function over rows through it."""

from windward.journal.errors import (
    BudgetError,
    JournalError,
    JournalFullError,
    JournalInUseError,
    UncertainCallError,
)
from windward.journal.keys import call_key
from windward.journal.ledger import Budget, Spend
from windward.journal.limits import Limits
from windward.journal.loop import run
from windward.journal.model import JournaledModel
from windward.journal.runner import Outcome, RowsFailedError, RunStoppedError, run_rows, values
from windward.journal.store import FILE_NAME, Journal
from windward.models.asking import Parsed, Parser, ask

__all__ = [
    "FILE_NAME",
    "Budget",
    "BudgetError",
    "Journal",
    "JournalError",
    "JournalFullError",
    "JournalInUseError",
    "JournaledModel",
    "Limits",
    "Outcome",
    "Parsed",
    "Parser",
    "RowsFailedError",
    "RunStoppedError",
    "Spend",
    "UncertainCallError",
    "ask",
    "call_key",
    "run",
    "run_rows",
    "values",
]
