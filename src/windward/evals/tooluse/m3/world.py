"""Fresh tools for one task: what a domain offers, and the tables and pages it acts on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.tooluse.m3.dna import dna_tools
from windward.evals.tooluse.m3.load import SIZES
from windward.evals.tooluse.m3.messages import message_tools
from windward.evals.tooluse.m3.trade import trade_tools
from windward.evals.tooluse.m3.travel import Travel, travel_tools
from windward.evals.tooluse.m3.web import Browser, web_tools


def open_world(domain: str, world_folder: str | Path) -> dict[str, Callable[..., Any]]:
    """The tools of a domain in their published order; nothing of an earlier task is left in them.

    Pass them to `windward.interpreter.Interpreter(tools=…)`, or call them.

    Args:
        domain: which of the five.
        world_folder: holds `travel.json` and `web_pages.jsonl`; the other domains need no file.

    Raises:
        DataError: there is no such domain, or its file is not there or malformed.
    """
    folder = Path(world_folder)
    match domain:
        case "web_browsing":
            return dict(web_tools(_browser(folder / "web_pages.jsonl")))
        case "travel_itinerary_planning":
            return dict(travel_tools(_travel(folder / "travel.json")))
        case "trade_calculator":
            return dict(trade_tools())
        case "message_decoder":
            return dict(message_tools())
        case "cryptobotanists_plant_dna_sequencer":
            return dict(dna_tools())
    raise DataError(f"{domain!r} is no domain of M3ToolEval; there are {', '.join(SIZES)}")


def _travel(path: Path) -> Travel:
    text = _text(path)
    try:
        tables = json.loads(text)
        return Travel(tables["flights"], tables["hotels"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} holds no flights and hotels ({error!r})") from error


def _browser(path: Path) -> Browser:
    pages: dict[str, str] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        try:
            page = json.loads(line)
            pages[page["name"]] = str(page["content"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}, line {number}: no page ({error!r})") from error
    try:
        return Browser(pages)
    except KeyError as error:
        raise DataError(f"{path} has no page {error}, where a visit starts") from error


def _text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path} is not there: name the folder of M3ToolEval's world (m3tooleval_world)")
    return path.read_text(encoding="utf-8")
