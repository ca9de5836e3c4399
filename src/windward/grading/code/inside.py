"""Our modules as text that puts them in place inside an interpreter."""

from __future__ import annotations

import base64
import marshal
from functools import cache
from importlib import resources

_SHARED = ("copies", "peer")


@cache
def bootstrap(end: str) -> str:
    """Python text that puts the modules of one end in place; compiled here, since that is most of its cost.

    Args:
        end: `answer` or `judge`, the module that serves it.
    """
    codes = []
    for name in (*_SHARED, end):
        source = resources.files("windward.grading.code").joinpath(f"{name}.py").read_text("utf-8")
        full = f"windward.grading.code.{name}"
        codes.append((full, compile(source, f"<{full}>", "exec", dont_inherit=True, optimize=0)))
    packed = base64.b64encode(marshal.dumps(codes)).decode()
    return (
        "import base64 as _b, marshal as _m, sys as _s, types as _t\n"
        f"for _name, _code in _m.loads(_b.b64decode({packed!r})):\n"
        "    _module = _s.modules[_name] = _t.ModuleType(_name)\n"
        "    exec(_code, _module.__dict__)\n"
    )
