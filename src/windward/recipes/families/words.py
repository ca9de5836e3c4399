"""Word problems of one or two steps: one function a family, each returning a prompt and its answer."""

from __future__ import annotations

from random import Random

NAMES = [
    "Ava",
    "Ben",
    "Chloe",
    "Dan",
    "Elif",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Liam",
    "Mona",
    "Nils",
    "Olga",
    "Pavel",
    "Rosa",
    "Sami",
    "Tara",
    "Umar",
    "Vera",
    "Wen",
    "Yara",
    "Zoe",
]
GOODS = [
    "pens",
    "books",
    "apples",
    "candles",
    "mugs",
    "shirts",
    "plants",
    "stickers",
    "ropes",
    "lamps",
    "bowls",
    "brushes",
]


def gains(rng: Random) -> tuple[str, str]:
    """More of a thing: n + m."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    n, m = rng.randint(5, 99), rng.randint(5, 99)
    prompt = rng.choice(
        (
            f"{name} has {n} {good} and gets {m} more. How many {good} does {name} have now?",
            f"{name} owns {n} {good} and buys another {m}. How many {good} is that in all?",
            f"There are {n} {good} in a box. {name} puts in {m} more. How many {good} are in the box?",
        )
    )
    return prompt, str(n + m)


def losses(rng: Random) -> tuple[str, str]:
    """Less of a thing: n - m."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    n = rng.randint(20, 99)
    m = rng.randint(2, n - 1)
    prompt = rng.choice(
        (
            f"{name} has {n} {good} and gives away {m}. How many {good} are left?",
            f"There were {n} {good} on a shelf, and {name} took {m}. How many {good} remain?",
            f"{name} had {n} {good} but lost {m} of them. How many {good} does {name} still have?",
        )
    )
    return prompt, str(n - m)


def shopping(rng: Random) -> tuple[str, str]:
    """Things at a price: a * p."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    a, p = rng.randint(2, 19), rng.randint(2, 40)
    prompt = rng.choice(
        (
            f"{name} buys {a} {good} at ${p} each. How many dollars does {name} pay?",
            f"One of the {good} costs ${p}. {name} takes {a} of them. What is the price in dollars?",
            f"A shop sells {good} for ${p} each. How much do {a} {good} cost?",
        )
    )
    return prompt, str(a * p)


def basket(rng: Random) -> tuple[str, str]:
    """Things at a price and one thing more: a * p + c."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    a, p, c = rng.randint(2, 15), rng.randint(2, 30), rng.randint(2, 60)
    prompt = rng.choice(
        (
            f"{name} buys {a} {good} at ${p} each and a bag for ${c}. How many dollars does {name} pay in total?",
            f"{name} orders {a} {good} for ${p} each. Sending them costs ${c}. What is the total in dollars?",
            f"At ${p} each, {name} takes {a} {good}, and also a coat for ${c}. How much money does {name} spend?",
        )
    )
    return prompt, str(a * p + c)


def change(rng: Random) -> tuple[str, str]:
    """Money left after a purchase: paid - a * p."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    a, p = rng.randint(2, 9), rng.randint(2, 12)
    paid = a * p + rng.randint(1, 60)
    prompt = rng.choice(
        (
            f"{name} pays with ${paid} for {a} {good} that cost ${p} each. How many dollars come back as change?",
            f"{name} has ${paid} and buys {a} {good} for ${p} each. How many dollars are left?",
            f"{name} takes ${paid} to the shop and gets {a} {good} at ${p} each. How much money stays?",
        )
    )
    return prompt, str(paid - a * p)


def sharing(rng: Random) -> tuple[str, str]:
    """An equal share: n / k."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    k, each = rng.randint(2, 9), rng.randint(3, 20)
    prompt = rng.choice(
        (
            f"{name} shares {k * each} {good} equally among {k} friends. How many {good} does each friend get?",
            f"{k * each} {good} are split evenly into {k} bags. How many {good} go into one bag?",
            f"{name} puts {k * each} {good} on {k} shelves, the same number on each. How many are on one shelf?",
        )
    )
    return prompt, str(each)


def journey(rng: Random) -> tuple[str, str]:
    """A speed kept up, and some way more: v * t + x."""
    name = rng.choice(NAMES)
    v, t, x = rng.randint(4, 90), rng.randint(2, 12), rng.randint(3, 80)
    prompt = rng.choice(
        (
            f"{name} drives {t} hours at {v} km per hour and then {x} km more. How many km is the whole trip?",
            f"A train goes at {v} km per hour for {t} hours and then another {x} km. How far does it go in km?",
            f"For {t} hours {name} rides at {v} km per hour. The last {x} km are on foot. What distance in km is that?",
        )
    )
    return prompt, str(v * t + x)


def savings(rng: Random) -> tuple[str, str]:
    """Saved each week on top of a start: start + s * w."""
    name = rng.choice(NAMES)
    start, s, w = rng.randint(5, 90), rng.randint(3, 40), rng.randint(2, 20)
    prompt = rng.choice(
        (
            f"{name} has ${start} and saves ${s} every week. How many dollars does {name} have after {w} weeks?",
            f"There are ${start} in a jar. Each week {name} adds ${s}. How many dollars are in the jar after {w} weeks?",
            f"{name} starts with ${start} and earns ${s} a week for {w} weeks. How much money is that?",
        )
    )
    return prompt, str(start + s * w)


def together(rng: Random) -> tuple[str, str]:
    """What two have: n + m."""
    first, second = rng.sample(NAMES, 2)
    good = rng.choice(GOODS)
    n, m = rng.randint(5, 99), rng.randint(5, 99)
    prompt = rng.choice(
        (
            f"{first} has {n} {good} and {second} has {m} {good}. How many {good} do they have together?",
            f"{first} finds {n} {good}, and {second} finds {m}. How many {good} do the two find in all?",
        )
    )
    return prompt, str(n + m)


def multiple(rng: Random) -> tuple[str, str]:
    """Several times as many: k * n."""
    first, second = rng.sample(NAMES, 2)
    good = rng.choice(GOODS)
    n, k = rng.randint(3, 40), rng.randint(2, 9)
    prompt = rng.choice(
        (
            f"{first} has {n} {good}. {second} has {k} times as many. How many {good} does {second} have?",
            f"{second} has {k} times as many {good} as {first}, who has {n}. How many {good} does {second} have?",
        )
    )
    return prompt, str(n * k)


def packs(rng: Random) -> tuple[str, str]:
    """Things in packs: n * k."""
    good = rng.choice(GOODS)
    n, k = rng.randint(2, 20), rng.randint(2, 25)
    prompt = rng.choice(
        (
            f"There are {n} boxes with {k} {good} in each. How many {good} are there?",
            f"A shop gets {n} packs of {k} {good}. How many {good} does it get?",
        )
    )
    return prompt, str(n * k)


def bags(rng: Random) -> tuple[str, str]:
    """Three numbers added up: x + y + z."""
    name, good = rng.choice(NAMES), rng.choice(GOODS)
    x, y, z = (rng.randint(3, 60) for _ in range(3))
    prompt = rng.choice(
        (
            f"{name} packs {x} {good} on Monday, {y} on Tuesday and {z} on Wednesday. How many {good} is that?",
            f"Three bags hold {x}, {y} and {z} {good}. How many {good} do they hold together?",
        )
    )
    return prompt, str(x + y + z)


def trays(rng: Random) -> tuple[str, str]:
    """Held out. Rows of things, some gone: r * c - x."""
    r, c = rng.randint(3, 15), rng.randint(3, 20)
    x = rng.randint(1, r * c - 1)
    prompt = rng.choice(
        (
            f"A baker fills {r} trays with {c} rolls each. {x} rolls are sold by noon. How many rolls are left?",
            f"A hall has {r} rows of {c} chairs. {x} chairs are taken. How many chairs are free?",
        )
    )
    return prompt, str(r * c - x)


def ages(rng: Random) -> tuple[str, str]:
    """Held out. An age in some years: k * a + y."""
    child, parent = rng.sample(NAMES, 2)
    a, k, y = rng.randint(3, 15), rng.randint(2, 5), rng.randint(2, 20)
    prompt = rng.choice(
        (
            f"{child} is {a} years old. {parent} is {k} times as old. How old will {parent} be in {y} years?",
            f"{parent} is {k} times as old as {child}, who is {a}. What will be the age of {parent} after {y} years?",
        )
    )
    return prompt, str(k * a + y)


def reading(rng: Random) -> tuple[str, str]:
    """Held out. Days needed for the rest: (n - done) / p."""
    name, p, days = rng.choice(NAMES), rng.randint(5, 40), rng.randint(2, 20)
    done = rng.randint(1, 150)
    n = done + p * days
    prompt = rng.choice(
        (
            f"A book has {n} pages. {name} has read {done} of them and reads {p} pages a day from now on. How many days until the end?",
            f"{name} must type {n} lines and has finished {done}. At {p} lines an hour, how many more hours are needed?",
        )
    )
    return prompt, str(days)


def average(rng: Random) -> tuple[str, str]:
    """Held out. The mean of three numbers that divides evenly."""
    name, mean = rng.choice(NAMES), rng.randint(10, 90)
    x, y = rng.randint(1, 9), rng.randint(1, 9)
    a, b, c = mean - x, mean + x + y, mean - y
    prompt = rng.choice(
        (
            f"{name} scores {a}, {b} and {c} points in three games. What is the average score?",
            f"It rained {a} mm on Monday, {b} mm on Tuesday and {c} mm on Wednesday. What is the mean rainfall in mm?",
        )
    )
    return prompt, str(mean)


def pace(rng: Random) -> tuple[str, str]:
    """Held out. So much a day for some days: n * d."""
    name = rng.choice(NAMES)
    n, d = rng.randint(3, 60), rng.randint(2, 20)
    prompt = rng.choice(
        (
            f"{name} reads {n} pages a day. How many pages does {name} read in {d} days?",
            f"A machine makes {n} parts an hour. How many parts does it make in {d} hours?",
            f"{name} runs {n} km every week. How many km is that in {d} weeks?",
        )
    )
    return prompt, str(n * d)


def lead(rng: Random) -> tuple[str, str]:
    """Held out. How much more one has than another: n - m."""
    first, second = rng.sample(NAMES, 2)
    good = rng.choice(GOODS)
    n = rng.randint(20, 99)
    m = rng.randint(3, n - 2)
    prompt = rng.choice(
        (
            f"{first} has {n} {good} and {second} has {m}. How many more {good} does {first} have than {second}?",
            f"{first} sold {n} {good}, {second} only {m}. By how many {good} is {first} ahead?",
        )
    )
    return prompt, str(n - m)


def spent(rng: Random) -> tuple[str, str]:
    """Held out. Money left after two payments: n - x - y."""
    name = rng.choice(NAMES)
    n, x, y = rng.randint(40, 99), rng.randint(3, 19), rng.randint(3, 19)
    prompt = rng.choice(
        (
            f"{name} has ${n} and spends ${x} on lunch and ${y} on a book. How many dollars are left?",
            f"{name} starts with ${n}, pays ${x} for a ticket and ${y} for a drink. How much money is left?",
        )
    )
    return prompt, str(n - x - y)
