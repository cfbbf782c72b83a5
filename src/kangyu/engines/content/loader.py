"""Loading a folder of declarations into one immutable ``Content``; whatever is wrong with a file is reported, the rest is loaded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar, cast, get_origin

from pydantic import BaseModel, ValidationError

from kangyu.kernel.errors import Problem, ProblemsError

from . import lookups
from .kinds import (
    KINDS,
    Calendar,
    Declaration,
    Definition,
    Form,
    Indicator,
    Ledger,
    Plan,
    Procedure,
    Programme,
    Register,
    Relations,
    Role,
    Settings,
    Signal,
    Standard,
    Statement,
    Terminology,
    View,
)
from .kinds.examples import Examples
from .kinds.terminology import CodeSystem, ValueSet
from .overlay import HEAD, LOCAL, Difference, Overlay, merged, read_head
from .signing import SIGNATURE
from .wording import problems_of, suggestion
from .yaml_text import Document, documents_of, read_documents

D = TypeVar("D", bound=Declaration)
W = TypeVar("W")
OWN_FORMS = ("programmes", "procedures", "registers")
"""Folders whose subfolders hold one piece of work each, with the forms that are its own: ``<work>_<form>`` is their table."""


class Shelf(Mapping[str, D], Generic[D]):
    """Declarations of one kind by name; a name may have several versions, the last of them answers ``shelf[name]``."""

    def __init__(self, versions: Mapping[str, tuple[D, ...]]):
        self._versions = MappingProxyType(dict(versions))

    def __getitem__(self, name: str) -> D:
        return self._versions[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._versions)

    def __len__(self) -> int:
        return len(self._versions)

    def versions(self, name: str) -> tuple[D, ...]:
        """All versions, oldest first."""
        return self._versions[name]

    def at(self, name: str, on: date) -> D | None:
        """The version in force on a day, or None before the first."""
        return next((version for version in reversed(self._versions.get(name, ())) if version.in_force(on)), None)

    def on(self, day: date) -> "Shelf[D]":
        """Only what is in force on a day, each name in that one version."""
        found = {name: self.at(name, day) for name in self._versions}
        return Shelf({name: (version,) for name, version in found.items() if version is not None})

    @property
    def turns(self) -> frozenset[date]:
        """The days on which something comes into force or has just ceased to be."""
        spans = [version.valid for versions in self._versions.values() for version in versions if version.valid]
        ends = {span.to + timedelta(days=1) for span in spans if span.to}
        return frozenset({span.from_ for span in spans} | ends)


@dataclass(frozen=True)
class Content:
    """Everything declared, by kind; ``tables`` are the views as models, ``views`` the same as written.

    ``problems`` says what could not be loaded or read.
    """

    root: Path
    forms: Shelf[Form]
    programmes: Shelf[Programme]
    indicators: Shelf[Indicator]
    roles: Shelf[Role]
    plans: Shelf[Plan]
    settings: Shelf[Settings]
    definitions: Shelf[Definition]
    procedures: Shelf[Procedure]
    registers: Shelf[Register]
    ledgers: Shelf[Ledger]
    statements: Shelf[Statement]
    signals: Shelf[Signal]
    standards: Shelf[Standard]
    relations: Shelf[Relations]
    calendars: Shelf[Calendar]
    code_systems: Mapping[str, CodeSystem]
    value_sets: Mapping[str, ValueSet]
    examples: tuple[Examples, ...]
    tables: Shelf[View]
    views: Mapping[str, Mapping[str, object]]
    documents: Mapping[int, Document] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()
    """Names of declarations that could not be read, so that whoever uses them is not blamed too."""
    overlay: Overlay | None = None
    overlay_root: Path | None = None
    differences: tuple[Difference, ...] = ()
    """What a region's own folder changes, if there is one."""

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    def require_sound(self) -> "Content":
        """Itself, or ``ProblemsError`` with all errors."""
        if self.errors:
            raise ProblemsError(self.errors)
        return self

    def on(self, day: date) -> "Content":
        """As in force on a day: last year's visit is judged by last year's rules, next year's rules do not show before New Year.

        Between two ``turns`` every day has the same content.
        """
        return replace(self, **{name: getattr(self, name).on(day) for name in SHELVES})

    @cached_property
    def worked_out(self) -> dict[str, object]:
        """What engines worked out of these declarations, by name: they never change, so it is worked out once."""
        return {}

    def once(self, name: str, work: Callable[[], W]) -> W:
        """What ``work`` gives, worked out the first time it is asked for by this name; nobody may change it."""
        if name not in self.worked_out:
            self.worked_out[name] = work()
        return cast("W", self.worked_out[name])

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """The days on which what is in force changes, in order."""
        return tuple(sorted(frozenset().union(*(getattr(self, name).turns for name in SHELVES))))

    def file(self, name: str) -> Path:
        """Where a file of these declarations lies, by the name it has in messages."""
        if self.overlay_root is not None and name.startswith(LOCAL):
            return self.overlay_root / name.removeprefix(LOCAL)
        return self.root / name

    def document(self, declaration: object) -> Document:
        """The document a declaration was read from, for its file and lines."""
        return self.documents[id(declaration)]

    def form_of(self, programme: str, key: str) -> Form | None:
        """The form a programme calls ``key``: its own first, else a shared one of that name."""
        return self.forms.get(f"{programme}_{key}") or self.forms.get(key)

    def title_of(self, value_set: str | None, code: object) -> str:
        """The Chinese name of a code in a value set, or the code itself."""
        if value_set and value_set in self.value_sets:
            of = self.value_sets[value_set].of
            system = self.code_systems.get(of or value_set)
            if system and str(code) in system.codes:
                return system.codes[str(code)].title
        return str(code)


SHELVES = tuple(item.name for item in fields(Content) if item.name != "tables" and get_origin(item.type) is Shelf)
"""The shelves whose versions go by date. The tables of views do not: what is stored is read in one way."""


@dataclass
class _Load:
    """What one walk over the folder gathers."""

    problems: list[Problem] = field(default_factory=list)
    found: list[tuple[str, Declaration]] = field(default_factory=list)
    examples: list[Examples] = field(default_factory=list)
    views: dict[str, Mapping[str, object]] = field(default_factory=dict)
    documents: dict[int, Document] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    differences: list[Difference] = field(default_factory=list)
    overlay: Overlay | None = None
    overlay_root: Path | None = None


def load(root: Path, instead: Mapping[str, str] = MappingProxyType({}), overlay: Path | None = None) -> Content:
    """All declarations under ``root`` (``*.yaml``, folders in any depth), checked one by one; see ``checker.check`` for the whole.

    ``instead`` gives texts to read in place of files (by path within ``root``), or besides them: a draft that lies in no file yet.
    ``overlay`` is a region's own folder; whether it is signed is the caller's to ask (``signing.verify``).
    """
    gathered = _Load()
    _walk(root, instead, gathered, "")
    if overlay is not None:
        _overlay(overlay, gathered)
    return _assemble(root, gathered)


def _overlay(root: Path, gathered: _Load) -> None:
    """Adds what a region's folder declares; where any of it may not be, the problems say so and nothing is added."""
    head, problems = read_head(root)
    local = _Load(documents=gathered.documents)
    _walk(root, {}, local, LOCAL)
    problems = [*problems, *local.problems]
    if head is not None and not problems:
        found, gathered.differences, problems = merged(gathered.found, local.found, gathered.documents, head)
        gathered.overlay, gathered.overlay_root = head, root
        gathered.found += found
        gathered.examples += local.examples
    gathered.problems += problems
    gathered.unread |= local.unread


def _walk(root: Path, instead: Mapping[str, str], gathered: _Load, prefix: str) -> None:
    """Reads every file of a folder; ``prefix`` stands before its files' names in messages."""
    if not root.is_dir():
        gathered.problems.append(Problem(str(root), "", "没有这个文件夹", "请检查路径。"))
    names = {path.relative_to(root).as_posix() for path in root.rglob("*.yaml")} | set(instead)
    for relative in map(Path, sorted(names)):
        if relative.parts[0] == "schemas" or (prefix and relative.as_posix() in (HEAD, SIGNATURE)):
            continue
        name = relative.as_posix()
        called = prefix + name
        documents, problems = documents_of(instead[name], called) if name in instead else read_documents(root / relative, called)
        gathered.problems += problems
        for document in documents:
            _take(document, relative, gathered)


def _take(document: Document, relative: Path, gathered: _Load) -> None:
    if not isinstance(document.value, dict):
        gathered.problems.append(Problem(document.place(), "", "文件应由“键: 值”组成", "请以 key、kind、title 开头。"))
        return
    kind = document.value.get("kind")
    models: dict[str, type[BaseModel]] = {**KINDS, "examples": Examples}
    if not isinstance(kind, str) or kind not in models:
        remedy = suggestion(str(kind), models, "可用的 kind") if kind else "请写 kind: form、programme、indicator 等。"
        message = f"不认识的 kind：{kind}" if kind else "缺少 kind"
        gathered.problems.append(Problem(document.place(("kind",)), "kind", message, remedy))
        return
    model = models[kind]
    try:
        declaration = model.model_validate(document.value)
    except ValidationError as error:
        gathered.problems += problems_of(error, document, model)
        gathered.unread |= _names(document, relative)
        return
    if isinstance(declaration, Form) and relative.parts[0] in OWN_FORMS and len(relative.parts) > 2 and declaration.table is None:
        declaration = declaration.model_copy(update={"table": f"{relative.parts[1]}_{declaration.key}"})
    gathered.documents[id(declaration)] = document
    if isinstance(declaration, View):
        gathered.views[declaration.key] = MappingProxyType(document.value)
    if isinstance(declaration, Examples):
        gathered.examples.append(declaration)
    else:
        gathered.found.append((kind, cast(Declaration, declaration)))


def _names(document: Document, relative: Path) -> set[str]:
    """Every name by which others may call what a document declares."""
    key, title = str(document.value.get("key", relative.stem)), str(document.value.get("title", ""))
    names = {key, title, *map(str, document.value.get("aliases") or ())}
    if relative.parts[0] in OWN_FORMS and len(relative.parts) > 2:
        names |= {f"{relative.parts[1]}_{key}", relative.parts[1]}
    for group in ("code_systems", "value_sets"):
        names |= set(document.value.get(group) or ())
    return names


def _assemble(root: Path, gathered: _Load) -> Content:
    terminologies = [item for _, item in gathered.found if isinstance(item, Terminology)]
    systems: dict[str, CodeSystem] = {}
    sets: dict[str, ValueSet] = {}
    for terminology in terminologies:
        document = gathered.documents[id(terminology)]
        _gather(terminology.code_systems, systems, document, "code_systems", gathered.problems)
        _gather(terminology.value_sets, sets, document, "value_sets", gathered.problems)
    for key, value_set in list(sets.items()):
        sets[key] = _expanded(value_set, systems)
    for key, system in systems.items():
        sets.setdefault(key, _expanded(ValueSet(title=system.title, of=key), systems))
    gathered.problems += lookups.write_out(gathered.found, gathered.documents, systems, sets)
    shelves = {kind: _shelf([d for k, d in gathered.found if k == kind], gathered) for kind in KINDS}
    return Content(
        root=root,
        forms=cast("Shelf[Form]", shelves["form"]),
        programmes=cast("Shelf[Programme]", shelves["programme"]),
        indicators=cast("Shelf[Indicator]", shelves["indicator"]),
        roles=cast("Shelf[Role]", shelves["role"]),
        plans=cast("Shelf[Plan]", shelves["plan"]),
        settings=cast("Shelf[Settings]", shelves["settings"]),
        definitions=cast("Shelf[Definition]", shelves["definition"]),
        procedures=cast("Shelf[Procedure]", shelves["procedure"]),
        registers=cast("Shelf[Register]", shelves["register"]),
        ledgers=cast("Shelf[Ledger]", shelves["ledger"]),
        statements=cast("Shelf[Statement]", shelves["statement"]),
        signals=cast("Shelf[Signal]", shelves["signal"]),
        standards=cast("Shelf[Standard]", shelves["standard"]),
        relations=cast("Shelf[Relations]", shelves["relations"]),
        calendars=cast("Shelf[Calendar]", shelves["calendar"]),
        code_systems=MappingProxyType(systems),
        value_sets=MappingProxyType(sets),
        examples=tuple(gathered.examples),
        tables=cast("Shelf[View]", shelves["view"]),
        views=MappingProxyType(gathered.views),
        documents=MappingProxyType(gathered.documents),
        problems=tuple(gathered.problems),
        unread=frozenset(gathered.unread),
        overlay=gathered.overlay,
        overlay_root=gathered.overlay_root,
        differences=tuple(gathered.differences),
    )


def _shelf(declarations: Iterable[Declaration], gathered: _Load) -> Shelf[Declaration]:
    by_name: dict[str, list[Declaration]] = {}
    for declaration in declarations:
        name = declaration.name if isinstance(declaration, Form) else declaration.key
        by_name.setdefault(name, []).append(declaration)
    versions = {}
    for name, same in by_name.items():
        same.sort(key=_starts)
        for earlier, later in pairwise(same):
            if _starts(earlier) == _starts(later):
                here, there = gathered.documents[id(later)], gathered.documents[id(earlier)]
                remedy = f"另一处在 {there.place(('key',))}。若是新版本，请用 valid: {{from: 日期}} 写明从哪天起。"
                gathered.problems.append(Problem(here.place(("key",)), name, f"{name} 声明了两次", remedy))
        versions[name] = tuple(same)
    return Shelf(versions)


def _starts(declaration: Declaration) -> date:
    return declaration.valid.from_ if declaration.valid else date.min


T = TypeVar("T", CodeSystem, ValueSet)


def _gather(found: Mapping[str, T], into: dict[str, T], document: Document, where: str, problems: list[Problem]) -> None:
    for key, item in found.items():
        if key in into:
            problems.append(Problem(document.place((where, key)), key, f"{key} 声明了两次", "请合并，或换一个名字。"))
        else:
            into[key] = item


def _expanded(value_set: ValueSet, systems: Mapping[str, CodeSystem]) -> ValueSet:
    """A set of a whole system spelled out, and the system's address filled in."""
    system = systems.get(value_set.of or "")
    if system is None:
        return value_set
    codes = value_set.codes or tuple(system.codes)
    return value_set.model_copy(update={"codes": codes, "system": value_set.system or system.system or f"urn:kangyu:cs:{value_set.of}"})
