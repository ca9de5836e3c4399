"""Ray Data, which spreads a step over processes and machines; `pip install 'windward[scale]'`."""

from __future__ import annotations

import logging
import os
from typing import Any

from windward.recipes.errors import RecipeError


def ray_data(instead: str) -> Any:
    """The package `ray.data`, started on this machine unless this process is connected to a cluster or `RAY_ADDRESS` names one.

    Args:
        instead: what to do without Ray, for the error.

    Raises:
        RecipeError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise RecipeError(
            f"Ray Data cannot be loaded ({error}): pip install 'windward[scale]', or {instead}"
        ) from error
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(include_dashboard=False, logging_level=logging.WARNING)
    return ray.data
