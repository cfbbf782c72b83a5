"""A declared form as it is drawn: fields under headings, what was answered last in grey, what is wrong beside each field."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from django.urls import reverse

from kangyu.engines.content.kinds.field import Field
from kangyu.engines.forms import Attached, Finding, Measured, Named, PreparedForm, Result, number_of, said, written
from kangyu.web import care_words as words

from .shapes import CHECKLIST, SUGGESTED, Drawn, Enclosed, Group, Note, Option, Part, Question, Row

KEPT = "kept"
NEW_ROW = "0row0"
"""Stands for the id of a row that a page adds by itself."""


class Last(Protocol):
    """What was answered last to a question, and when."""

    @property
    def value(self) -> Any: ...

    @property
    def on(self) -> date: ...


@dataclass(frozen=True)
class _Hand:
    """What drawing needs all the way down."""

    prepared: PreparedForm
    prefix: str
    notes: Mapping[str, list[Note]]
    wrong: frozenset[str]
    shown: Collection[str] | None
    cleaned: Mapping[str, Any]
    last: Mapping[str, Last]
    today: date | None
    files: str
    hidden: frozenset[str]
    settled: Mapping[str, frozenset[str]]
    offers: Mapping[str, Sequence[Option]]


def draw(
    prepared: PreparedForm,
    values: Mapping[str, Any],
    *,
    result: Result | None = None,
    problems: Sequence[Finding] = (),
    last: Mapping[str, Last] | None = None,
    prefix: str = "",
    strict: bool = False,
    today: date | None = None,
    only: Collection[str] | None = None,
    files: str = "",
    offers: Mapping[str, Sequence[Option]] | None = None,
) -> Drawn:
    """The form's sections with ``values`` in them, typed or as they were sent.

    ``result`` (of ``check_answers``) says what is asked, computed and wrong; without it everything unconditional is asked and ``problems``
    are shown. ``strict`` shows what is missing too, as after a refused save. ``last`` are earlier answers by field, with ``today`` to say
    how long ago. ``prefix`` goes before every input's name, ``only`` draws some of the fields. ``files`` is the address under which
    files already stored open, by their path. ``offers`` are texts to choose from, by the path of a field or of one
    cell (``doses.1.lot``).
    """
    found = [*(result.findings if result else ()), *problems]
    told = [finding for finding in found if strict or finding.cause != "missing"]
    hand = _Hand(
        prepared,
        prefix,
        _notes(prepared, prefix, told),
        frozenset(path for one in told if one.hard and one.cause != "missing" for path in one.fields),
        result.shown if result else None,
        result.cleaned if result else values,
        last or {},
        today,
        files,
        result.hidden_cells if result else frozenset(),
        {key: frozenset(str(row["id"]) for row in (result.cleaned if result else values).get(key) or ()) for key in prepared.form.tables},
        offers or {},
    )
    form = prepared.form
    sections = [(one.title, one.fields) for one in form.sections] or [("", tuple(form.fields))]
    parts = []
    for title, keys in sections:
        wanted = [key for key in keys if only is None or key in only]
        if wanted:
            parts.append(Part(title, [_group(hand, names, values) for names in _grouped(prepared, wanted)]))
    return Drawn(parts)


def _grouped(prepared: PreparedForm, keys: Iterable[str]) -> list[list[str]]:
    """Neighbours that are parts of one observation stand side by side."""
    fields, found = prepared.form.fields, list[list[str]]()
    for key in keys:
        table, _, part = (fields[key].becomes or "").partition(".")
        if part and found and (fields[found[-1][-1]].becomes or "").startswith(f"{table}."):
            found[-1].append(key)
        else:
            found.append([key])
    return found


def _group(hand: _Hand, keys: list[str], values: Mapping[str, Any]) -> Group:
    fields = hand.prepared.form.fields
    title = fields[keys[0]].title
    if len(keys) > 1:
        table = (fields[keys[0]].becomes or "").partition(".")[0]
        title = hand.prepared.observation_titles.get(table, title)
    asked = [_question(hand, key, fields[key], values.get(key), hand.cleaned.get(key)) for key in keys]
    wide = len(keys) == 1 and fields[keys[0]].type in ("codes", "text", "long_text", "table", "signature", "photo", "file")
    own = [note for key in keys for note in hand.notes.get(key, [])]
    return Group(hand.prefix + keys[0], title, asked, _last(hand, keys), wide, all(_shown(hand, key) for key in keys), own)


def _shown(hand: _Hand, key: str) -> bool:
    return key in hand.shown if hand.shown is not None else hand.prepared.form.shown_when(key) is None


def _question(hand: _Hand, path: str, field: Field, value: Any, cleaned: Any) -> Question:
    possible, usual = field.possible_range, field.usual_range
    shown = cleaned if not field.asked else value
    return Question(
        path=path,
        name=hand.prefix + path,
        title=field.title,
        type=field.type,
        unit=field.shown_unit,
        help=field.help or "",
        required=bool(field.required),
        computed=not field.asked,
        value=_text(field, shown) if field.asked else "" if shown is None else said(hand.prepared, path, shown, unit=False),
        low=f"{possible.low:g}" if possible else "",
        high=f"{possible.high:g}" if possible else "",
        usual_low=f"{usual.low:g}" if usual else "",
        usual_high=f"{usual.high:g}" if usual else "",
        decimals=field.decimals or 0,
        offers=list(hand.offers.get(path, ())),
        wrong=path in hand.wrong,
        **(_of_type(hand, path, field, value, cleaned) if field.asked else {}),
    )


def _of_type(hand: _Hand, path: str, field: Field, value: Any, cleaned: Any) -> dict[str, Any]:
    """What only some types have."""
    if field.type == "table":
        return _rows(hand, path, field, value, cleaned)
    if field.type == "quantity":
        return _quantity(hand, field, value, cleaned)
    if field.type in ("signature", "photo", "file"):
        return {
            "enclosed": _enclosed(hand, path, value),
            "accepts": ",".join(field.content_types),
            "largest_kb": field.largest // 1024,
            "shown_value": value.title if isinstance(value, Attached) and field.type == "signature" else "",
        }
    if field.type in ("person", "institution", "area", "thing"):
        return {"suggest": _suggest(field.type, field), "shown_value": getattr(value, "display", None) or getattr(value, "typed", "")}
    if field.type in ("code", "codes", "boolean"):
        return _choices(hand, field, value)
    return {}


def _choices(hand: _Hand, field: Field, value: Any) -> dict[str, Any]:
    if field.type == "boolean":
        chosen = {True: "yes", False: "no"}.get(value, str(value)) if value is not None else ""
        return {"options": [Option("no", field.no, chosen == "no"), Option("yes", field.yes, chosen == "yes")]}
    known = hand.prepared.codes[field.set or ""]
    if field.type == "code" and len(known) > SUGGESTED:
        title = known[value].title if value in known else str(value or "")
        return {"suggest": _suggest("code", field), "shown_value": title}
    picked = set(value) if isinstance(value, list | tuple) else {str(value)}
    options = [Option(code, coding.title, code in picked) for code, coding in known.items()]
    if field.type == "codes":
        if len(options) > CHECKLIST:  # in a list that scrolls, what is ticked must be seen
            options.sort(key=lambda one: not one.chosen)
        options.insert(0, Option("", "都没有", isinstance(value, list | tuple) and not any(value)))
    return {"options": options}


def _suggest(kind: str, field: Field) -> str:
    """Where names are sought while somebody types."""
    narrowed = {"set": field.set, "register": field.register_, "kinds": ",".join(field.kinds)}
    query = urlencode({key: found for key, found in narrowed.items() if found})
    return reverse("form_suggest", args=[kind]) + (f"?{query}" if query else "")


def _quantity(hand: _Hand, field: Field, value: Any, cleaned: Any) -> dict[str, Any]:
    conversion = hand.prepared.conversion(field)
    unit = _entered(value)[1] or str(field.unit)
    others = {code: other.title for code, other in conversion.others.items()} if conversion else {}
    units = [Option(code, title, code == unit) for code, title in {str(field.unit): field.shown_unit, **others}.items()]
    in_own_unit = f"= {written(float(cleaned))} {field.shown_unit}" if unit != field.unit and isinstance(cleaned, float) else ""
    return {"units": units if others else [], "converted": in_own_unit}


def _entered(value: Any) -> tuple[str, str]:
    """A quantity as it was entered: number and unit."""
    if isinstance(value, Measured):
        return written(value.entered), value.unit
    if isinstance(value, Mapping):
        return str(value.get("value") or ""), str(value.get("unit") or "")
    return ("" if value is None else written(value)), ""


def _enclosed(hand: _Hand, path: str, value: Any) -> Enclosed | None:
    if not isinstance(value, Attached):
        return None
    at = value.at.isoformat(" ", "minutes") if value.at else ""
    title = value.title or {"image/png": "图", "image/jpeg": "照片", "application/pdf": "PDF"}.get(value.content_type, "文件")
    if value.data is None:
        return Enclosed(title, KEPT, f"{hand.files}{path}" if hand.files else "", at)
    address = f"data:{value.content_type};name={value.title};base64,{base64.b64encode(value.data).decode()}"
    return Enclosed(title, address, "", at, value.at.isoformat(timespec="seconds") if value.at else "")


def _rows(hand: _Hand, path: str, field: Field, value: Any, cleaned: Any) -> dict[str, Any]:
    """The rows that were sent or stored, and an empty one while there are none; ``blank`` is the row a page adds."""
    settled = {str(row["id"]): row for row in cleaned or ()}
    given = list(value or ()) or [{"id": str(place)} for place in range(1, max(1, field.min_rows) + 1)]
    rows = []
    for place, row in enumerate(given, 1):
        id = str(row.get("id") or place)
        rows.append(_row(hand, path, field, id, row, settled.get(id, row)))
    return {
        "rows": rows,
        "blank": _row(hand, path, field, NEW_ROW, {}, {}),
        "columns": [_question(hand, f"{path}.{key}", column, None, None) for key, column in field.fields.items()],
        "max_rows": field.max_rows,
        "row_title": field.row or "行",
    }


def _row(hand: _Hand, path: str, field: Field, id: str, row: Mapping[str, Any], settled: Mapping[str, Any]) -> Row:
    cells = []
    for key, column in field.fields.items():
        at = f"{path}.{id}.{key}"
        question = _question(hand, at, column, row.get(key), settled.get(key))
        shown = at not in hand.hidden if column.show_when is None or id in hand.settled.get(path, ()) else False
        cells.append(Group(hand.prefix + at, column.title, [question], shown=shown, notes=hand.notes.get(at, [])))
    return Row(id, cells)


def _text(field: Field, value: Any) -> str:
    """An answer as it stands in its input."""
    if value is None or isinstance(value, list | Attached):
        return ""
    if field.type == "quantity":
        return _entered(value)[0]
    if isinstance(value, Named):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return number_of(field, value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def _last(hand: _Hand, keys: list[str]) -> str:
    """``上次 148/92，3 个月前``; nothing where nothing is known."""
    known = [(key, hand.last[key]) for key in keys if key in hand.last]
    if len(known) < len(keys) or hand.today is None:
        return ""
    newest = max(last.on for _, last in known)
    shown = "/".join(said(hand.prepared, key, last.value, unit=False) for key, last in known)
    return f"上次 {shown[:16]}{'…' if len(shown) > 16 else ''}，{words.ago(newest, hand.today)}"


def _notes(prepared: PreparedForm, prefix: str, findings: Iterable[Finding]) -> dict[str, list[Note]]:
    """The findings by the field they stand under; each once, however it came here."""
    found: dict[str, dict[str, Note]] = {}
    for one in findings:
        fix = {prefix + path: _fixed(prepared, path, value) for path, value in (one.fix or {}).items()}
        reasons = [Option(code, title, code == one.reason) for code, title in (one.reasons or {}).items()]
        note = Note(one.key, f"{prefix}reason.{one.key}", one.hard, one.message, fix, one.fix_title, reasons)
        found.setdefault(one.fields[0], {})[f"{one.key} {one.cause}"] = note
    return {path: list(notes.values()) for path, notes in found.items()}


def _fixed(prepared: PreparedForm, path: str, value: Any) -> str:
    field = prepared.field(path)
    return written(float(value)) if field.type == "quantity" and value is not None else _text(field, value)
