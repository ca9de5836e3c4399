"""Syntax: the same said in another order or form, by rules over parts of speech."""

from windward.evals.robtest.syntax.rewriting import Syntax

__all__ = ["Syntax"]
