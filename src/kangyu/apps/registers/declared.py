"""The declared registers, compiled once for the content in force and kept until it changes."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Register
from kangyu.engines.registers import PreparedRegister, prepare
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

_lock = threading.Lock()
_held: dict[str, "_Declared"] = {}


@dataclass
class _Declared:
    content: Content
    prepared: dict[str, PreparedRegister] = field(default_factory=dict)


def registers() -> Mapping[str, Register]:
    """Every declared register by key."""
    return content.current().registers


def prepared(key: str) -> PreparedRegister:
    """A register made ready. Raises ``UserError`` for a name nobody declared."""
    now = content.current()
    with _lock:
        if "now" not in _held or _held["now"].content is not now:
            _held["now"] = _Declared(now)
        held = _held["now"]
    if key not in held.prepared:
        if key not in now.registers:
            raise UserError(f"没有名为 {key} 的登记册，请从登记册列表里选。")
        held.prepared[key] = prepare(now, now.registers[key])
    return held.prepared[key]
