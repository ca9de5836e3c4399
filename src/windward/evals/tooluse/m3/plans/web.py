"""The web: from the first page along its links, as a visitor would, to what is asked for."""

from __future__ import annotations

import re

from windward.evals.tooluse.m3.plans.steps import Steps, use
from windward.evals.tooluse.m3.web import BOTTOM, UNKNOWN

_LINK = re.compile(r"\[Clickable '([^']+)'\]")
_FIELDS = {"email": "Email", "phone number": "Phone", "expertise": "Expertise"}


def web(instruction: str) -> Steps:
    """Prices come back with the two decimals that the instruction asks for."""
    if asked := re.search(r"total price of \[([^\]]+)\](?: after applying a (\d+)% off)?", instruction):
        prices = []
        for item in asked.group(1).split(", "):
            prices.append((yield from _price(item)))
        sum_of_all = f"({' + '.join(prices)})"
        off = f" * (1 - {asked.group(2)} / 100)" if asked.group(2) else ""
        paid = yield from use("calculator", sum_of_all + off)
        return f"{paid:.2f}"
    if asked := re.search(r"current price of ([\w ]+)\.", instruction):
        return (yield from _price(asked.group(1)))
    if asked := re.search(r"in the ([\w ]+) Department", instruction):
        return len(_LINK.findall((yield from _open((yield from _link_to("/team", asked.group(1)))))))
    if asked := re.search(r"phone number is (\S+)\?", instruction):
        return (yield from _owner(asked.group(1)))
    if asked := re.search(r"Find the ([\w ]+) of ([\w ]+)\.", instruction):
        page = yield from _person(asked.group(2))
        if asked.group(1) == "department":
            return re.findall(r" of ([\w ]+) Department", page)[0]
        return re.findall(rf"^{_FIELDS[asked.group(1)]}: (.+)$", page, re.M)[0]
    raise ValueError(f"no plan fits the instruction: {instruction[:200]!r}")


def _open(address: str) -> Steps:
    """All of a page, read to its end; a link that leads nowhere is tried with hyphens, which one page is named with."""
    seen = yield from use("click_url", address)
    if seen == UNKNOWN:
        seen = yield from use("click_url", address.replace("_", "-"))
    text = seen
    while (seen := (yield from use("scroll_down"))) != BOTTOM:
        text += f"\n{seen}"
    return text


def _link_to(address: str, name: str) -> Steps:
    links = _LINK.findall((yield from _open(address)))
    return next(link for link in links if link.endswith("/" + name.lower().replace(" ", "_")))


def _price(item: str) -> Steps:
    """Of a product: its kind is the last words of its name."""
    for kind in _LINK.findall((yield from _open("/products"))):
        if not item.lower().replace(" ", "_").endswith(kind.rsplit("/", 1)[-1]):
            continue
        page = yield from _open((yield from _link_to(kind, item)))
        return re.findall(r"\$(\d+\.\d+)", page)[-1]
    raise ValueError(f"no kind of product for {item!r}")


def _person(name: str) -> Steps:
    for team in _LINK.findall((yield from _open("/team"))):
        for link in _LINK.findall((yield from _open(team))):
            if link.endswith("/" + name.lower().replace(" ", "_")):
                return (yield from _open(link))
    raise ValueError(f"no team has {name!r}")


def _owner(phone: str) -> Steps:
    for team in _LINK.findall((yield from _open("/team"))):
        for link in _LINK.findall((yield from _open(team))):
            page = yield from _open(link)
            if f"Phone: {phone}" in page.splitlines():
                return re.findall(r"^(.+) of .+ Department$", page, re.M)[0]
    raise ValueError(f"nobody has the number {phone!r}")
