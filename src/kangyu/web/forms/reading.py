"""What a page sent, as answers for ``check_answers``: lists, rows, files and names where the form has them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from kangyu.engines.content.kinds.field import ATTACHED, REFERRING, Field
from kangyu.engines.forms import Attached, Named, PreparedForm, answer_at

from .drawing import KEPT

LookUp = Callable[[Field, str, str], Named | None]
"""Finds what a field refers to by its id, or by what was typed: ``look(field, id, typed)``."""


class Typed(str):
    """What was typed where something had to be chosen, and was not found."""

    @property
    def typed(self) -> str:
        return str(self)


def read(
    prepared: PreparedForm,
    sent: QueryDict,
    files: MultiValueDict | None = None,
    *,
    prefix: str = "",
    look: LookUp | None = None,
    stored: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as they were sent (a multi-choice as a list, untouched questions left out) and the reasons given.

    ``look`` finds what references name; ``stored`` are the answers being corrected, whose files stay where the page says so.
    """
    page = _Page(sent, files or MultiValueDict(), prefix, look, stored or {})
    answers = {}
    for key, field in prepared.form.fields.items():
        if not field.asked:
            continue
        if field.type == "table":
            if (rows := page.rows(key, field)) is not None:
                answers[key] = rows
        elif page.has(key, field):
            answers[key] = page.value(key, field)
    mark = f"{prefix}reason."
    reasons = {name.removeprefix(mark): value for name, value in sent.items() if name.startswith(mark) and value}
    return answers, reasons


class _Page:
    """One page's inputs, by the path of the field they belong to."""

    def __init__(self, sent: QueryDict, files: MultiValueDict, prefix: str, look: LookUp | None, stored: Mapping[str, Any]):
        self.sent, self.files, self.prefix, self.look, self.stored = sent, files, prefix, look, stored

    def text(self, path: str) -> str:
        return self.sent.get(self.prefix + path, "")

    def has(self, path: str, field: Field) -> bool:
        """Whether the page asked this question at all."""
        names = [path, *([f"{path}.file"] if field.type in ATTACHED else []), *([f"{path}.typed"] if _sought(field) else [])]
        return any(self.prefix + name in self.sent or self.prefix + name in self.files for name in names)

    def value(self, path: str, field: Field) -> Any:
        if field.type == "codes":
            return self.sent.getlist(self.prefix + path)
        if field.type == "quantity":
            return {"value": self.text(path), "unit": self.text(f"{path}.unit")}
        if field.type in ATTACHED:
            return self.file(path, field)
        if field.type in REFERRING:
            return self.named(path, field)
        if field.type == "code":
            return self.text(path) or self.text(f"{path}.typed")
        return self.text(path)

    def named(self, path: str, field: Field) -> Any:
        id, typed = self.text(path).strip(), self.text(f"{path}.typed").strip()
        if not id and not typed:
            return None
        kept = answer_at(self.stored, path)
        if isinstance(kept, Named) and id == kept:
            return kept
        return (self.look(field, id, typed) if self.look else None) or Typed(typed or id)

    def file(self, path: str, field: Field) -> Any:
        """A file chosen now, one the page already carries, or the one stored before."""
        upload = self.files.get(f"{self.prefix}{path}.file")
        if upload is not None:
            return Attached(upload.content_type or "", upload.name or "", _now(self.text(f"{path}.at")), upload.read())
        sent = self.text(path)
        if sent == KEPT:
            return answer_at(self.stored, path)
        signer, at = self.text(f"{path}.by").strip(), _now(self.text(f"{path}.at"))
        if not sent.startswith("data:"):
            return sent or None
        from kangyu.engines.forms.reading import UnreadableError, read_value

        try:
            found = read_value(field, sent, {})
        except UnreadableError:
            return sent
        return Attached(found.content_type, signer or found.title, at or found.at, found.data)

    def rows(self, key: str, field: Field) -> list[dict[str, Any]] | None:
        """The rows in the order in which they stand on the page; ``None`` when the table is not on it."""
        start = f"{self.prefix}{key}."
        if f"{start}rows" not in self.sent:
            return None
        ids: dict[str, None] = {}
        for name in (*self.sent, *self.files):
            if name.startswith(start) and name.count(".", len(start)) >= 1:
                ids[name.removeprefix(start).partition(".")[0]] = None
        found = []
        for id in ids:
            columns = {name: column for name, column in field.fields.items() if column.asked and self.has(f"{key}.{id}.{name}", column)}
            found.append({"id": id, **{name: self.value(f"{key}.{id}.{name}", column) for name, column in columns.items()}})
        return found


def _sought(field: Field) -> bool:
    return field.type in REFERRING or field.type == "code"


def _now(text: str) -> datetime | None:
    """When the page says something was signed or taken, to the second."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0) if text else None
    except ValueError:
        return None
