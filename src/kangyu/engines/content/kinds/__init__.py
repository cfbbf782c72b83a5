"""The kinds of declaration and their models."""

from collections.abc import Mapping

from .base import Declaration
from .calendar import Calendar
from .definition import Definition
from .form import Form
from .indicator import Indicator
from .ledger import Ledger
from .plan import Plan
from .procedure import Procedure
from .programme import Programme
from .register import Register
from .relations import Relations
from .role import Role
from .settings import Settings
from .signal import Signal
from .standard import Standard
from .statement import Statement
from .terminology import Terminology
from .view import View

KINDS: Mapping[str, type[Declaration]] = {
    "calendar": Calendar,
    "definition": Definition,
    "form": Form,
    "indicator": Indicator,
    "ledger": Ledger,
    "plan": Plan,
    "procedure": Procedure,
    "programme": Programme,
    "register": Register,
    "relations": Relations,
    "role": Role,
    "settings": Settings,
    "signal": Signal,
    "standard": Standard,
    "statement": Statement,
    "terminology": Terminology,
    "view": View,
}

__all__ = [
    "KINDS",
    "Calendar",
    "Declaration",
    "Definition",
    "Form",
    "Indicator",
    "Ledger",
    "Plan",
    "Procedure",
    "Programme",
    "Register",
    "Relations",
    "Role",
    "Settings",
    "Signal",
    "Standard",
    "Statement",
    "Terminology",
    "View",
]
