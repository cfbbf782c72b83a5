"""What a validation error means, in Chinese, with the file, the line and what to do about it."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kangyu.kernel.errors import Problem

from .yaml_text import Document

WRONG_TYPE = {
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "float_type": "数字",
    "float_parsing": "数字",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "date_type": "日期（如 2025-11-21）",
    "date_parsing": "日期（如 2025-11-21）",
    "date_from_datetime_parsing": "日期（如 2025-11-21）",
    "dict_type": "若干个“键: 值”",
    "mapping_type": "若干个“键: 值”",
    "model_type": "若干个“键: 值”",
    "model_attributes_type": "若干个“键: 值”",
    "tuple_type": "列表（每行以 - 开头，或写在方括号里）",
    "list_type": "列表（每行以 - 开头，或写在方括号里）",
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word a writer most likely meant, or None when nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str], what: str = "可用的") -> str:
    """“是不是 y？” when one is near, else the list of those known (at most twelve)."""
    known = list(known)
    near = nearest(word, known)
    if near:
        return f"是不是 {near}？"
    shown = "、".join(known[:12]) + ("……" if len(known) > 12 else "")
    return f"{what}：{shown}。" if known else ""


def problems_of(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Problem]:
    """Every fault pydantic found in one document, worded for the person who wrote it, each place once."""
    found: dict[tuple[str, str, str], Problem] = {}
    for detail in error.errors(include_url=False):
        path = tuple(part for part in detail["loc"] if not isinstance(part, str) or not part.startswith("function-"))
        problem = _problem(detail, path, document, model)
        found.setdefault((problem.place, problem.key, problem.message), problem)
    return list(found.values())


def _problem(detail: ErrorDetails, path: tuple[str | int, ...], document: Document, model: type[BaseModel]) -> Problem:
    key = _written_key(path)
    place, kind, given = document.place(path), detail["type"], detail.get("input")
    if kind == "missing":
        return Problem(place, key, f"缺少 {key}", f"请补上“{key}: …”。")
    if kind == "extra_forbidden":
        return Problem(place, key, f"不认识的键 {key}", suggestion(key, _keys_at(model, path[:-1]), "这里可用的键"))
    if kind in ("literal_error", "enum"):
        allowed = [word.strip("'") for word in str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")]
        return Problem(place, key, f"“{given}”不是可用的值", suggestion(str(given), allowed, "可用的值"))
    if kind in WRONG_TYPE:
        return Problem(place, key, f"这里应是{WRONG_TYPE[kind]}，写的是“{_short(given)}”", "请改写。")
    if kind == "string_pattern_mismatch":
        return Problem(place, key, f"“{_short(given)}”的写法不对", _description(model, path) or "请照同类文件的写法改。")
    if kind == "value_error":
        return Problem(place, key, str(detail["ctx"]["error"]), "请改写。")
    if kind == "too_short":
        return Problem(place, key, "这里至少要有一项", "请补上。")
    return Problem(place, key, f"这里的值不合要求：{_short(given)}", detail["msg"])


def _written_key(path: tuple[str | int, ...]) -> str:
    words = [part for part in path if isinstance(part, str) and part != "[key]"]
    return words[-1] if words else ""


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that reads ``path``; steps into lists, maps and unions by looking at what the annotation holds."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            fields = {info.alias or name: info for name, info in here.model_fields.items()}
            if part in fields:
                here = fields[str(part)].annotation
                continue
        inner = _models_within(here)
        named = [m for m in inner if m.__name__ == part]
        if named:
            here = named[0]
        elif inner:
            here = inner[0] if here not in inner else here
    inner = _models_within(here)
    return inner[0] if inner else None


def _models_within(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_within(argument)]


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    found = _model_at(model, path)
    return [info.alias or name for name, info in found.model_fields.items()] if found else []


def _description(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    keys = [part for part in path if isinstance(part, str)]
    owner = _model_at(model, path[:-1]) if keys else None
    if owner is None:
        return ""
    for name, info in owner.model_fields.items():
        if (info.alias or name) == keys[-1]:
            texts = [text for text in (_written_as(info.annotation), info.description) if text]
            return f"写法：{texts[0]}。" if texts else ""
    return ""


def _written_as(annotation: Any) -> str:
    """How the kind of text an annotation asks for is written: what ``base`` says beside its pattern."""
    for note in getattr(annotation, "__metadata__", ()):
        if getattr(note, "description", None):
            return str(note.description)
    return next(filter(None, map(_written_as, getattr(annotation, "__args__", ()))), "")
