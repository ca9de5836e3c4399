"""Judging through a mock endpoint at 50 ms: ours against distilabel, curator and litellm.

    python benchmarks/feedback [--small] [--only ours] [--peers-dir DIR] [--wheels DIR] [--json FILE]

A row is an instruction with four completions; one call judges all four in one aspect. Each client reads the rows from
a file, judges them with 128 calls in flight, and writes the ratings to a file. Ours is the step behind `windward
feedback annotate`; distilabel runs its UltraFeedback task; curator and litellm send a prompt of this benchmark.
Each peer lives in an environment of its own (`benchmarks/feedback-peers.txt`), made on first use.

Cost: each client runs over few and over many rows, and what the further rows cost, divided by their calls, counts: CPU of
the process and its ended children, so without start-up and imports, but with reading rows, parsing, storing, and
writing what was made. Rounds go through all clients in turn; the median counts.
Faults: a fifth of the calls ends in 429, 500, a body cut short (half of them by the connection's end, half within the
JSON), or a text without ratings, in equal shares. Peers retry ten times.
Kill: kill -9 for the client and all its children when half of the rows are paid; then the same command again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import work
from peers import OURS, PEERS, VARIANTS, Client, NoPeerError, python
from trials import Trial, endpoint, run_client

from windward.journal.summary import summarize

IN_FLIGHT = 128
LIMIT = IN_FLIGHT / 0.05
TARGET = 8


@dataclass(frozen=True)
class Sizes:
    """Rows of each part."""

    rounds: int
    ours: tuple[int, int]
    peers: tuple[int, int]
    faults: int
    ours_faults: int
    kill: int


FULL = Sizes(rounds=3, ours=(1000, 10_000), peers=(256, 1536), faults=1000, ours_faults=10_000, kill=1000)
SMALL = Sizes(rounds=1, ours=(300, 1500), peers=(128, 512), faults=300, ours_faults=1000, kill=300)


@dataclass(frozen=True)
class Bench:
    """What every part needs."""

    folder: Path
    pythons: dict[Client, Path]
    seed: int

    def rows(self, count: int) -> Path:
        """A file with so many rows."""
        path = self.folder / f"{count}" / "rows.jsonl"
        if not path.exists():
            path.parent.mkdir()
            work.prepare(path, count, self.seed)
        return path

    def fresh(self) -> Path:
        """A folder for one run and those that go on with it."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def run(self, client: Client, count: int, faults: float = 0.0) -> Trial:
        """One run over `count` rows."""
        with endpoint(client.style, faults, self.seed) as server:
            trial = run_client(
                client, self.pythons[client], server, self.rows(count), self.fresh(), in_flight=IN_FLIGHT
            )
        say(client, f"{count} rows, {faults:.0%} faults", trial)
        return trial

    def kill(self, client: Client, count: int) -> dict[str, Any]:
        """Kills a run in the middle and starts it again."""
        folder, rows = self.fresh(), self.rows(count)
        with endpoint(client.style, 0.0, self.seed) as server:
            first = run_client(
                client,
                self.pythons[client],
                server,
                rows,
                folder,
                in_flight=IN_FLIGHT,
                kill_when_paid=count // 2,
            )
            say(client, f"{count} rows, killed", first)
            time.sleep(0.5)
            paid = server.counts()["paid"]
            uncertain = summarize(folder / "kept").total.lost if client is OURS else None
            second = run_client(client, self.pythons[client], server, rows, folder, in_flight=IN_FLIGHT)
            say(client, f"{count} rows, started again", second)
        return {
            "first": asdict(first),
            "second": asdict(second),
            "paid_at_kill": paid,
            "uncertain": uncertain,
            "paid_again": second.counts["paid_again"],
            "lost": count - second.valid,
            "rows": count,
        }


def say(client: Client, what: str, trial: Trial) -> None:
    """A line of progress."""
    how = trial.ended or "done"
    told = f"  {client.name}: {what}: {how}, {trial.wall:.0f} s, {trial.valid} valid {trial.said}"
    print(told.rstrip(), file=sys.stderr, flush=True)


def cost(few: Trial, many: Trial) -> dict[str, float] | None:
    """What the further rows of the longer run cost, a call; None where one did not end well."""
    calls = many.counts["asked"] - few.counts["asked"]
    if few.ended or many.ended or calls <= 0 or many.wall <= few.wall:
        return None
    return {
        "cpu_us": (many.cpu - few.cpu) / calls * 1e6,
        "rows_s": (many.rows - few.rows) / (many.wall - few.wall),
        "start_s": few.cpu - few.counts["asked"] * (many.cpu - few.cpu) / calls,
        "endpoint_us": (many.endpoint_cpu - few.endpoint_cpu) / calls * 1e6,
        "few_mb": few.rss,
        "many_mb": many.rss,
        "request_bytes": many.counts["request_bytes"],
    }


def measure_costs(bench: Bench, sizes: Sizes, rounds: int) -> dict[str, list[dict[str, float]]]:
    """The rounds, clients in turn."""
    if OURS in bench.pythons and sizes is FULL:
        bench.pythons.update(dict.fromkeys(VARIANTS, bench.pythons[OURS]))
    clients = list(bench.pythons)
    found: dict[str, list[dict[str, float]]] = {client.name: [] for client in clients}
    for number in range(rounds):
        print(f"cost, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for client in clients:
            few, many = sizes.peers if client.environment else sizes.ours
            if one := cost(bench.run(client, few), bench.run(client, many)):
                found[client.name].append(one)
    return found


def report_costs(found: dict[str, list[dict[str, float]]], sizes: Sizes, rounds: int) -> None:
    """A line a client; the ratio to ours."""
    print(
        f"\nCost of a call beyond start-up: medians of {rounds} round(s) (range); limit {LIMIT:,.0f} rows/s"
    )
    print(
        f"{'':28}{'rows':>13} {'us CPU a call':>24} {'/ ours':>7} {'rows/s':>8} {'MiB few, many':>14}"
        f" {'endpoint us':>11} {'request B':>9} {'start CPU s':>11}"
    )
    own = [one["cpu_us"] for one in found.get(OURS.name, [])]
    for name, runs in found.items():
        few, many = sizes.ours if name.startswith(OURS.name) else sizes.peers
        rows = f"{few:,}-{many:,}"
        if not runs:
            print(f"{name:28}{rows:>13} no run ended well")
            continue
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        cpu = sorted(run["cpu_us"] for run in runs)
        ratio = f"{middle['cpu_us'] / statistics.median(own):.1f} x" if own else ""
        spread = f"{middle['cpu_us']:,.0f} ({cpu[0]:,.0f}-{cpu[-1]:,.0f})"
        print(
            f"{name:28}{rows:>13} {spread:>24} {ratio:>7} {middle['rows_s']:8.0f} "
            f"{middle['few_mb']:6.0f}, {middle['many_mb']:5.0f} {middle['endpoint_us']:11.0f} "
            f"{middle['request_bytes']:9.0f} {middle['start_s']:11.1f}"
        )
    sdk = [statistics.median(one["cpu_us"] for one in found[peer.name]) for peer in PEERS if peer.sdk and found.get(peer.name)]  # fmt: skip
    if own and sdk:
        ratio = min(sdk) / statistics.median(own)
        print(
            f"The lightest client over OpenAI's SDK takes {ratio:.1f} x our CPU a call (target: at least {TARGET})"
        )


def report_faults(found: dict[str, Trial]) -> None:
    """Valid rows."""
    print("\nA fifth of the calls fails: valid rows")
    for name, trial in found.items():
        how = trial.ended or "done"
        print(
            f"{name:28} {trial.valid:6,} of {trial.rows:6,} ({trial.valid / trial.rows:7.2%}), {trial.wrong} misassigned;"
            f" {trial.counts['asked']:,} calls, {trial.wall:.0f} s, {how} {trial.counts['done']}"
        )


def report_kills(found: dict[str, dict[str, Any]]) -> None:
    """What a kill cost."""
    print("\nkill -9 when half is paid, then the same command again")
    for name, one in found.items():
        uncertain = "" if one["uncertain"] is None else f", {one['uncertain']} uncertain (slots: {IN_FLIGHT})"
        how = one["second"]["ended"] or "done"
        print(
            f"{name:28} {one['paid_at_kill']:5,} paid at the kill, {one['lost']:5,} of {one['rows']:,} rows lost, "
            f"{one['paid_again']:5,} calls paid twice{uncertain}; {how} {one['second']['said']}".rstrip()
        )


def clients(options: argparse.Namespace) -> dict[Client, Path]:
    """Who takes part, and what runs it; says who cannot."""
    found = {}
    for client in (OURS, *PEERS):
        if options.only and not any(client.name.startswith(name) for name in options.only):
            continue
        try:
            found[client] = python(client, options.peers_dir, options.wheels)
        except NoPeerError as error:
            print(f"{client.name} IS LEFT OUT: it cannot be installed: {error}", flush=True)
    if not found:
        raise SystemExit(f"no client to run; there are {', '.join(one.name for one in (OURS, *PEERS))}")
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, help="of the cost")
    parser.add_argument(
        "--only", action="append", help="beginning of a client's name; may be given several times"
    )
    parser.add_argument("--parts", nargs="+", choices=("cost", "faults", "kill"), default=["cost", "faults", "kill"])  # fmt: skip
    parser.add_argument("--peers-dir", type=Path, default=Path.home() / ".cache" / "windward-bench-peers")
    parser.add_argument("--wheels", type=Path, help="a folder with wheels of peers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="where all trials go")
    options = parser.parse_args()
    sizes = SMALL if options.small else FULL
    rounds = options.rounds or sizes.rounds
    takes_part = clients(options)
    setting = {
        "date": time.strftime("%Y-%m-%d %H:%M %Z"),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {cpu_model()}, for client and endpoint together",
        "load_before": os.getloadavg()[0],
        "seed": options.seed,
        "in_flight": IN_FLIGHT,
        "rounds": rounds,
        "sizes": asdict(sizes),
        "clients": [client.name for client in takes_part],
    }
    faults: dict[str, Trial] = {}
    kills: dict[str, dict[str, Any]] = {}
    costs: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(dir=".", prefix="feedback-bench-") as folder:
        bench = Bench(Path(folder).absolute(), dict(takes_part), options.seed)
        if "faults" in options.parts:
            faults = {client.name: bench.run(client, sizes.faults, 0.2) for client in takes_part}
            if OURS in takes_part:
                faults[f"{OURS.name}, more rows"] = bench.run(OURS, sizes.ours_faults, 0.2)
        if "kill" in options.parts:
            kills = {client.name: bench.kill(client, sizes.kill) for client in takes_part if client.keeps}
        if "cost" in options.parts:
            costs = measure_costs(bench, sizes, rounds)
    setting["load_after"] = os.getloadavg()[0]
    print("\n".join(f"{name}: {value}" for name, value in setting.items()))
    if costs:
        report_costs(costs, sizes, rounds)
    if faults:
        report_faults(faults)
    if kills:
        report_kills(kills)
    if options.json:
        whole = {
            "setting": setting,
            "cost": costs,
            "faults": {name: asdict(one) for name, one in faults.items()},
            "kill": kills,
        }
        options.json.write_text(json.dumps(whole, indent=1) + "\n")


def cpu_model() -> str:
    """As the kernel names it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":", 1)[1].strip() if names else platform.processor()


if __name__ == "__main__":
    main()
