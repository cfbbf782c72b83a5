"""A small procedure for tests: several signers, reviews, a correction, automatic moves, parts by row, a limit by expression, rules."""

from datetime import datetime, timedelta
from pathlib import Path

from declarations import folder
from kangyu.engines.cases.advance import Fired, Looked, Made, Outcome, advance
from kangyu.engines.cases.case import Case, PartCase, SubjectRef, Who
from kangyu.engines.cases.procedure import PreparedProcedure, prepare_procedure
from kangyu.engines.content import Content, load

REPORT = """
key: report
kind: procedure
title: 报告
about: institution
heading: disease
parties:
  reporter: {title: 报告方, is: opener}
  county: {title: 县疾控}
  city: {title: 市疾控}
derive:
  serious: {table: {yes: "disease = 'plague'", no: else}, title: 要紧}
states: {draft: 起草, sent: 已报, county_ok: 县审过, final: 终审, closed: 结案, dropped: 删除}
moves:
  write: {title: 填报, from: start, to: draft, by: doctor at reporter, form: card}
  send:
    title: 报出
    from: draft
    to: sent
    by: [doctor at reporter, head at reporter]
    needs: disease is not null
    unless: 病名还没有填。
  shut: {title: 自动结案, from: final, to: closed, when: count(parts) > 0 and not exists(parts where not ended)}
  close: {title: 结案, from: final, to: closed, by: reviewer at county}
  drop: {title: 删除, from: [draft, sent], to: dropped, by: reviewer at county, needs: reason, aside: true}
reviews:
  from: sent
  back: draft
  chain: [{to: county_ok, by: reviewer at county, title: 县审}, {to: final, by: reviewer at city, title: 市审}]
amend: {title: 订正, form: card, by: doctor at reporter, from: [sent, county_ok, final], then: sent}
clocks:
  report:
    title: 上报
    from: card.found_on
    until: sent
    limit: "case when disease = 'plague' then 2 else 24 end"
    late: [{tell: head at reporter}]
  review:
    title: 审核
    from: sent
    until: [county_ok, draft]
    limit: 24 hours
    warn: 2 hours
    late: [{tell: reviewer at county}, {after: 1 day, tell: reviewer at city}]
parts:
  contacts:
    title: 接触者
    of: watch
    each: card.contacts
    after: final
    when: row.close
    needed: all
    carry: {name: row.name, disease: disease}
act:
  alarm:
    when: serious = 'yes'
    do: [{tell: reviewer at city}]
else_: []
same: {match: [it, disease], within: 30 days}
""".replace("else_: []\n", "")
CARD = """
key: card
kind: form
title: 报告卡
about: institution
fields:
  disease: {title: 病名, type: code, set: disease}
  found_on: {title: 发现日期, type: date}
  contacts:
    title: 接触者
    type: table
    fields: {name: {title: 姓名, type: text}, close: {title: 密切, type: boolean}}
"""
WATCH = """
key: watch
kind: procedure
title: 观察
about: institution
takes: {name: {title: 姓名, type: text}, disease: {title: 病名, type: text}}
states: {watching: 观察中, cleared: 解除}
moves:
  begin: {title: 开始, from: start, to: watching, by: doctor}
  clear: {title: 解除, from: watching, to: cleared, when: days(since opened_on) >= 7}
"""
TERMS = """
key: terms
kind: terminology
title: 病名
code_systems: {disease: {title: 病名, codes: {plague: 鼠疫, measles: 麻疹}}}
"""
NOON = datetime(2025, 11, 21, 12, 0)
ORGS = {"reporter": "hospital", "county": "cdc", "city": "city-cdc"}


def content(root: Path, **changes: tuple[str, str]) -> Content:
    """The folder loaded; a change replaces a text of ``report``."""
    text = REPORT
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    files = {"procedures__report__procedure": text, "procedures__report__card": CARD, "procedures__watch__procedure": WATCH, "terms": TERMS}
    return load(folder(root, **files))


def prepared(root: Path, key: str = "report") -> PreparedProcedure:
    loaded = content(root)
    assert loaded.problems == (), loaded.problems
    return prepare_procedure(loaded, loaded.procedures[key])


def who(role: str, party: str = "reporter", name: str = "") -> Who:
    return Who(name or f"{role}-{party}", role, ORGS[party], True)


class Story:
    """A case and its clock."""

    def __init__(self, ready: PreparedProcedure, at: datetime = NOON):
        self.ready, self.now = ready, at
        self.case = Case("c", SubjectRef("institution", "x"), parties={"county": "cdc", "city": "city-cdc"})
        self.told: list[str] = []

    def does(self, move: str, by: Who, **given) -> Outcome:
        return self.happens(Made(move, by, **given))

    def happens(self, fact) -> Outcome:
        outcome = advance(self.ready, self.case, fact, self.now)
        self.case = outcome.case
        self.told += [f"{told.role}@{told.org}" for step in outcome.steps for told in step.told]
        fresh = tuple(PartCase(one.part, one.number, f"p{one.number}", "watching", False, self.now) for one in outcome.parts)
        self.case = Case(**{**self.case.__dict__, "parts": (*self.case.parts, *fresh)})
        return outcome

    def waits(self, **span) -> list[str]:
        """Time passes; what fired on the way."""
        until, fired = self.now + timedelta(**span), []
        while self.case.timers and self.case.timers[0].at <= until:
            timer = self.case.timers[0]
            self.now = timer.at
            self.happens(Looked() if timer.kind == "look" else Fired(timer))
            fired.append(f"{timer.clock}.{timer.kind}")
        self.now = until
        return fired

    def reported(self, disease: str | None = "measles", **answers) -> "Story":
        """Written and signed by two."""
        self.does("write", who("doctor"), answers={"disease": disease, "found_on": self.now.date(), **answers}, response="r1")
        self.does("send", who("doctor"))
        self.does("send", who("head"))
        return self
