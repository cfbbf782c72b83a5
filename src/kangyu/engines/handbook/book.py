"""The handbook of one content: what there is of each kind, and the page of each declaration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from kangyu.engines.cases.examples import ExampleRun
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Declaration, Procedure, Programme, Register
from kangyu.engines.content.matching import match_indicator
from kangyu.engines.content.references import Key, References, references

from . import examples, fields, lists, sheets, statements, works
from .page import Draft, Inline, Page, Ref, Tag
from .page import Table as Sheet
from .speaking import Speeches
from .versions import changes

KIND_TITLES: Mapping[str, str] = {
    "programme": "项目",
    "procedure": "流程",
    "register": "登记簿",
    "ledger": "台账",
    "statement": "结算表",
    "signal": "预警信号",
    "standard": "标准",
    "form": "表单",
    "indicator": "指标",
    "definition": "定义",
    "terminology": "代码与值集",
    "relations": "关系",
    "calendar": "日历",
    "role": "角色",
    "plan": "规划",
    "settings": "参数",
    "view": "数据表",
}
SHELVES: Mapping[str, str] = {
    "programme": "programmes", "procedure": "procedures", "register": "registers", "ledger": "ledgers", "statement": "statements",
    "signal": "signals", "standard": "standards", "form": "forms", "indicator": "indicators", "definition": "definitions",
    "relations": "relations", "calendar": "calendars", "role": "roles", "plan": "plans", "settings": "settings", "view": "tables",
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One declaration in a list. ``name`` is what it is known by, ``file`` where it is written, ``source`` what it follows."""

    kind: str
    name: str
    declaration: Any
    file: str
    versions: int = 1
    source: str = ""

    @property
    def title(self) -> str:
        return str(self.declaration.title)


class Handbook:
    """Pages are written when they are asked for; what all of them need is worked out once."""

    def __init__(self, content: Content):
        self.content = content
        self.speeches = Speeches(content)

    @cached_property
    def references(self) -> References:
        return references(self.content)

    def listed(self, kind: str) -> list[Listed]:
        """All declarations of a kind, in the order of their files."""
        if kind == "terminology":
            return self._terminologies()
        shelf = getattr(self.content, SHELVES[kind])
        found = [
            Listed(kind, name, one, self.content.document(one).file, len(shelf.versions(name)), one.source or "")
            for name, one in shelf.items()
        ]
        return sorted(found, key=lambda item: (item.file, item.name))

    def every(self) -> Iterator[Listed]:
        """All declarations of all kinds."""
        for kind in KIND_TITLES:
            yield from self.listed(kind)

    def find(self, kind: str, name: str) -> Listed | None:
        """One declaration, or None."""
        return next((item for item in self.listed(kind) if item.name == name), None) if kind in KIND_TITLES else None

    def page(self, item: Listed, run: ExampleRun | None = None) -> Page:
        """The page of one declaration; ``run`` gives examples that were run already."""
        draft = self._draft(item)
        failed = 0
        if isinstance(item.declaration, Programme | Procedure | Register):
            failed = examples.add(self.content, draft, item.declaration, run)
        draft.add("users", "谁在用", self._users(item))
        draft.add("plans", "哪些规划用它", self._plans(item))
        for title, sheet in self._versions(item):
            draft.add(f"versions.{len(draft.sections)}", title, sheet, note="从哪天起按新的算，看日期")
        return Page(
            item.kind,
            KIND_TITLES[item.kind],
            item.name,
            item.title,
            item.source,
            lede(item),
            tuple(draft.sections),
            item.file,
            tuple(self.written(item.file)),
            getattr(item.declaration, "note", None) or "",
            failed,
        )

    def written(self, file: str) -> list[str]:
        """The file as it was written."""
        path = self.content.file(file)
        return path.read_text(encoding="utf-8").splitlines() if file and path.is_file() else []

    def _draft(self, item: Listed) -> Draft:
        speaking: Mapping[str, Callable[[Content, Speeches, Any], Draft]] = {
            "programme": works.programme, "procedure": works.procedure, "register": works.register, "form": fields.form,
            "definition": fields.definition, "indicator": fields.indicator, "ledger": sheets.ledger, "signal": sheets.signal,
            "standard": sheets.standard, "statement": statements.statement,
        }  # fmt: skip
        if item.kind in speaking:
            return speaking[item.kind](self.content, self.speeches, item.declaration)
        if item.kind == "terminology":
            return lists.terminology(self.content, item.name, item.declaration)
        if item.kind == "role":
            return lists.role(self.content, item.declaration)
        if item.kind == "view":
            return lists.view(self.content, item.declaration)
        plain: Mapping[str, Callable[[Any], Draft]] = {
            "relations": lists.relations, "calendar": lists.calendar, "plan": lists.plan, "settings": lists.settings
        }  # fmt: skip
        return plain[item.kind](item.declaration)

    def _users(self, item: Listed) -> Sheet:
        rows: list[tuple[Inline, ...]] = []
        for kind, name in sorted(self.references.used_by.get((item.kind, item.name), ())):
            user = self.find(kind, name)
            if user:
                rows.append((Ref(kind, name, user.title), KIND_TITLES[kind]))
        return Sheet(("名称", "种类"), tuple(rows))

    def _plans(self, item: Listed) -> Sheet:
        rows: list[tuple[Inline, ...]] = []
        for plan in self.content.plans.values() if item.kind == "indicator" else ():
            for row in plan.indicators:
                if (row.indicator or match_indicator(row.name, self.content)) == item.name:
                    rows.append((Ref("plan", plan.key, plan.title), f"第 {row.seq} 项", row.name))
        return Sheet(("规划", "第几项", "叫"), tuple(rows))

    def _versions(self, item: Listed) -> Iterator[tuple[str, Sheet]]:
        """Between each version and the one before it: what changed."""
        if item.versions < 2:
            return
        versions = getattr(self.content, SHELVES[item.kind]).versions(item.name)
        for before, after in pairwise(versions):
            old, new = (self.content.document(one).value for one in (before, after))
            rows = tuple((Tag(where), was, is_) for where, was, is_ in changes(old, new))
            yield f"{span_of(before)}与{span_of(after)}的不同", Sheet(("在哪里", "原来", "后来"), rows)

    def _terminologies(self) -> list[Listed]:
        """Code systems and value sets by key; a set that is only its system's shadow is left out."""
        content = self.content
        systems = [self._in_its_file("code_systems", key, one) for key, one in content.code_systems.items()]
        sets = [self._in_its_file("value_sets", key, one) for key, one in content.value_sets.items() if key not in content.code_systems]
        return sorted(systems + sets, key=lambda item: item.name)

    def _in_its_file(self, group: str, key: str, one: Any) -> Listed:
        """A code system or value set with the file it stands in, whose source is its own."""
        file, source = self._files.get((group, key), ("", ""))
        return Listed("terminology", key, one, file, source=getattr(one, "source", None) or source)

    @cached_property
    def _files(self) -> Mapping[Key, tuple[str, str]]:
        found: dict[Key, tuple[str, str]] = {}
        for document in self.content.documents.values():
            for group in ("code_systems", "value_sets"):
                for key in document.value.get(group) or ():
                    found.setdefault((group, key), (document.file, str(document.value.get("source") or "")))
        return found


def lede(item: Listed) -> str:
    """One sentence: the source, from when it holds, how many versions."""
    valid = getattr(item.declaration, "valid", None)
    said = [f"依据：{item.source}" if item.source else "平台的角色" if item.kind == "role" else "没有写依据"]
    said += [f"自 {valid.from_} 起{f'至 {valid.to}' if valid.to else ''}"] if valid else []
    said += [f"共 {item.versions} 版"] if item.versions > 1 else []
    return " · ".join(said)


def span_of(one: Declaration) -> str:
    """When a version is in force, as a heading says it."""
    return f"{one.valid.from_} 起" if one.valid else "原来"
