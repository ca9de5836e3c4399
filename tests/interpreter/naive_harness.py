"""How not to run untrusted code: in one's own process, with an alarm and standard output for an answer.

The control for attacks on the runner itself. `python naive_harness.py SECONDS < code` prints one JSON line; whoever
started it believes the last line that is one. The released harnesses of the field work like this.
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from typing import Any


class Harness:
    """Keeps a namespace and runs cells in it."""

    def __init__(self, seconds: float) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.seconds = seconds

    def run(self, code: str) -> dict[str, Any]:
        """Runs a cell under an alarm."""
        out = io.StringIO()
        signal.signal(signal.SIGALRM, self._late)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            with contextlib.redirect_stdout(out):
                exec(code, self.namespace)
            return {"status": "ok", "stdout": out.getvalue()}
        except Exception as error:
            return {"status": "error", "error": repr(error), "stdout": out.getvalue()}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    @staticmethod
    def _late(*_: object) -> None:
        raise TimeoutError


if __name__ == "__main__":
    harness = Harness(float(sys.argv[1]))
    for cell in json.load(sys.stdin):
        print(json.dumps(harness.run(cell)), flush=True)
