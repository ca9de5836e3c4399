"""Makes the suites' own small data importable."""

import sys
from pathlib import Path

for _name in ("apibank", "m3"):
    sys.path.insert(0, str(Path(__file__).parent / _name))
