"""The kinds of declaration and their models."""

from collections.abc import Mapping

from .base import Declaration
from .definition import Definition
from .form import Form
from .indicator import Indicator
from .plan import Plan
from .programme import Programme
from .role import Role
from .settings import Settings
from .terminology import Terminology
from .view import View

KINDS: Mapping[str, type[Declaration]] = {
    "definition": Definition,
    "form": Form,
    "indicator": Indicator,
    "plan": Plan,
    "programme": Programme,
    "role": Role,
    "settings": Settings,
    "terminology": Terminology,
    "view": View,
}

__all__ = ["KINDS", "Declaration", "Definition", "Form", "Indicator", "Plan", "Programme", "Role", "Settings", "Terminology", "View"]
