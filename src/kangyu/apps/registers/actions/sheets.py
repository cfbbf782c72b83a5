"""Brings in a spreadsheet of things: every good row goes in, all in one transaction; the others come back with what to mend."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.registers import access, declared, queries
from kangyu.apps.registers.actions import things
from kangyu.apps.registers.actions.things import Card
from kangyu.apps.registers.models import Thing, ThingSheet
from kangyu.engines.content.kinds.field import Field
from kangyu.engines.registers import Named, PreparedRegister
from kangyu.engines.registers.sheet import MEND, Row, columns, read_rows, written_row
from kangyu.gateways.tables import read_sheet, write_sheet
from kangyu.kernel.errors import DeniedError, ProblemsError, UserError


@dataclass
class _Taken:
    """What came of the rows so far; a number may stand in the sheet once."""

    made: int = 0
    changed: int = 0
    same: int = 0
    rejected: list[list[Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


def bring_in(register: str, data: bytes, *, file: str, by: Viewer) -> ThingSheet:
    """Read a workbook and put its rows into a register: new numbers are registered, known ones changed. Idempotent.

    Raises ``UserError`` for a file that cannot be read, ``ProblemsError`` for a header that does not fit; then nothing went in.
    """
    ready = declared.prepared(register)
    if not access.is_keeper(by, ready.register):
        raise DeniedError(f"{ready.register.title}不由您的角色登记。如工作需要，请联系管理员调整角色。")
    table = read_sheet(data)
    institutions = dict(Institution.objects.filter(closed_on__isnull=True).values_list("name", "id"))
    found = read_rows(ready.register, table.header, table.rows, find=_find, find_org=lambda name: institutions.get(name, ""))
    header = [title for title in table.header if title != MEND]
    taken = _Taken()
    with transaction.atomic():
        for row in found:
            _take(ready, row, taken, by, table.header)
        audit.record("thing.sheet", by=by, target=f"{register}/{taken.made + taken.changed} rows")
        return ThingSheet.objects.create(
            register=register, file=file[:200], author=by.username, made=taken.made, changed=taken.changed, same=taken.same,
            header=header, rejected=taken.rejected,
        )  # fmt: skip


def _take(ready: PreparedRegister, row: Row, taken: _Taken, by: Viewer, header: tuple[str, ...]) -> None:
    """One row, in a savepoint of its own: it goes in whole or comes back."""
    try:
        if row.problems:
            raise UserError("；".join(row.problems))
        number = str(row.answers.get(ready.register.number) or "")
        if number in taken.seen:
            raise UserError(f"编号 {number} 与第 {taken.seen[number]} 行重复，请删去一行或改编号")
        taken.seen[number] = row.line
        with transaction.atomic():
            _store(ready, row, number, taken, by)
    except ProblemsError as error:
        taken.rejected.append(_back(row, header, "；".join(f"{one.key}：{one.message}" for one in error.problems)))
    except UserError as error:
        taken.rejected.append(_back(row, header, str(error)))


def _store(ready: PreparedRegister, row: Row, number: str, taken: _Taken, by: Viewer) -> None:
    known = Thing.objects.filter(access.reach(by), register=ready.register.key, number=number).first()
    if known is None:
        card = Card(row.answers, row.org or by.org, "", row.longitude, row.latitude, row.since, row.state)
        things.register(ready.register.key, card, by=by)
        taken.made += 1
        return
    before = things.card_of(known)
    if row.state and row.state != known.state:
        now, wanted = (ready.register.states.get(one, one) for one in (known.state, row.state))
        raise UserError(f"状态现在是“{now}”，不能在表里改成“{wanted}”：请到页面上办理，或把这一格改回去")
    answers = {**before.answers, **row.answers}
    place = (row.longitude, row.latitude) if row.longitude is not None else (before.longitude, before.latitude)
    card = Card(answers, row.org or before.org, before.area, *place, row.since or before.since)
    result, problems = things.judge(ready, card)
    same_place = (card.org, card.longitude, card.latitude, card.since) == (before.org, before.longitude, before.latitude, before.since)
    if not problems and same_place and dict(result.cleaned) == dict(before.answers):
        taken.same += 1
        return
    things.change(known.id, card, by=by)
    taken.changed += 1


def _find(asked: Field, text: str) -> Named | None:
    """What a cell refers to: an institution or area by name or code, a thing by number or name."""
    if asked.type == "institution":
        one = Institution.objects.filter(name=text).first() or Institution.objects.filter(id=text).first()
        return Named(one.id, "Organization", one.name) if one else None
    if asked.type == "area":
        area = Area.objects.filter(name=text).first() or Area.objects.filter(code=text).first()
        return Named(area.code, "Location", area.name) if area else None
    if asked.type == "thing" and asked.register_:
        register = declared.registers()[asked.register_]
        thing = queries.of_number(asked.register_, text) or Thing.objects.filter(register=asked.register_, name=text).first()
        return Named(thing.id, register.is_, thing.name) if thing else None
    return None


def _back(row: Row, header: tuple[str, ...], message: str) -> list[Any]:
    """The row as it was written, and what to mend."""
    cells = [value for at, value in enumerate(row.cells) if at >= len(header) or header[at] != MEND]
    return [row.line, message, [value.isoformat() if isinstance(value, date | datetime) else value for value in cells]]


def rejected_workbook(sheet: ThingSheet) -> bytes:
    """The rows that came back, as they were written, with a column that says what to mend; mended they can be brought in as they are."""
    width = len(sheet.header)
    rows = [[*cells[:width], *([None] * (width - len(cells))), message] for _, message, cells in sheet.rejected]
    return write_sheet("要改的行", [*sheet.header, MEND], rows, marked=width)


def workbook(viewer: Viewer, register: str, chosen: list[Thing]) -> bytes:
    """Things as a workbook that can be changed and brought in again."""
    ready = declared.prepared(register)
    orgs = dict(Institution.objects.filter(id__in={thing.org for thing in chosen}).values_list("id", "name"))
    rows = []
    of = ready.register
    for thing, values in zip(chosen, queries.named(of, chosen), strict=True):
        place = {
            "状态": of.states.get(thing.state, thing.state), "责任机构": orgs.get(thing.org, ""), "经度": thing.longitude,
            "纬度": thing.latitude, "启用日期": thing.since,
        }  # fmt: skip
        rows.append(written_row(of, ready.card, values, place))
    audit.record("thing.export", by=viewer, target=f"{register}/{len(chosen)} rows")
    return write_sheet(ready.register.title, columns(ready.register), rows)
