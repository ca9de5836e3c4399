"""Toolsets: tools that a model makes, that are checked, kept and found again (CRAFT, Yuan et al., arXiv 2309.17428)."""

from windward.toolsets.index import Library
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import (
    Hit,
    ModelPlanner,
    Plan,
    Query,
    Retrieval,
    TextQuery,
    retrieve,
    retrieve_all,
)
from windward.toolsets.sample import Sampled, sample
from windward.toolsets.toolset import Toolset
from windward.toolsets.views import Views, views

__all__ = [
    "Hit",
    "Library",
    "ModelPlanner",
    "Plan",
    "Query",
    "Retrieval",
    "Sampled",
    "TextQuery",
    "Tool",
    "Toolset",
    "Views",
    "retrieve",
    "retrieve_all",
    "sample",
    "views",
]
