"""From files of rows to files of arranged rows (the dynamics of zero-shot generalization, He et al. 2024)."""

from windward.recipes.arrangement.arranged import METHODS, arrange_file

__all__ = ["METHODS", "arrange_file"]
