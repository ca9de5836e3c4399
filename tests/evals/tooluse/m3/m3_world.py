"""A small world of our own in M3ToolEval's format, and tasks on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from windward.evals.tooluse.m3 import M3Task

PAGES = {
    "/": "Welcome\n- Goods [Clickable '/products']\n- People [Clickable '/team']",
    "/products": "Goods:\n- Hats [Clickable '/products/hat']",
    "/products/hat": "Hats:\none\ntwo\nthree\nfour\n- Red [Clickable '/products/hat/red_hat']\nend",
    "/products/hat/red_hat": "Item: Red Hat\nPrice: $12.50",
    "/team": "Teams:\n- Night Watch [Clickable '/team/night_watch']",
    "/team/night-watch": "Watch:\n- Ann [Clickable '/team/night_watch/ann_lee']\n",
    "/team/night_watch/ann_lee": "Ann Lee of Night Watch Department\nEmail: ann@example.org\nPhone: 12-34x5",
    "/long": "\n".join(f"line {number}" for number in range(1, 13)),
}
FLIGHTS = [
    {"from_location": '"P"', "to_location": '"Q"', "date": "2024-05-01", "price": 300},
    {"from_location": '"P"', "to_location": '"Q"', "date": "2024-05-01", "price": 250},
    {"from_location": '"Q"', "to_location": '"P"', "date": "2024-05-01", "price": 100},
]
HOTELS = [
    {"location": '"Q"', "preferences": ["wifi", "pool"], "price_per_night": 90, "rating": 5},
    {"location": '"Q"', "preferences": ["wifi"], "price_per_night": 40, "rating": 3},
]
WEB = ("click_url", "go_to_previous_page", "scroll_down", "scroll_up", "view", "calculator")


def write_world(folder: Path) -> Path:
    pages = [json.dumps({"name": name, "content": content}) for name, content in PAGES.items()]
    (folder / "web_pages.jsonl").write_text("\n".join(pages), encoding="utf-8")
    (folder / "travel.json").write_text(json.dumps({"flights": FLIGHTS, "hotels": HOTELS}), encoding="utf-8")
    return folder


def task(expected: Any, instruction: str = "What is it?", domain: str = "web_browsing") -> M3Task:
    return M3Task("own/task", domain, instruction, expected, type(expected).__name__, ())
