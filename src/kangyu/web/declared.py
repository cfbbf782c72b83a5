"""What pages say about the declarations: their problems, their source text, who uses them, expressions coloured for reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kangyu.engines.cases.examples import ExampleRun, run_examples
from kangyu.engines.content import Content
from kangyu.engines.content.checker import check_content
from kangyu.engines.content.kinds import Declaration
from kangyu.engines.content.matching import match_indicator
from kangyu.kernel.errors import Problem

KIND_TITLES: Mapping[str, str] = {
    "programme": "项目",
    "form": "表单",
    "indicator": "指标",
    "definition": "定义",
    "plan": "规划",
    "role": "角色",
    "terminology": "代码与值集",
    "settings": "参数",
}

_checked: tuple[Content, list[Problem]] | None = None


def problems(content: Content) -> list[Problem]:
    """All problems of the declarations in force and between them; checked once for each loading."""
    global _checked
    if _checked is None or _checked[0] is not content:
        _checked = (content, check_content(content))
    return _checked[1]


_examples: dict[str, tuple[Content, ExampleRun]] = {}


def example_run(content: Content, programme: str) -> ExampleRun:
    """The examples of a programme as they come out now; run once for each loading."""
    held = _examples.get(programme)
    if held is None or held[0] is not content:
        held = _examples[programme] = (content, run_examples(content, [programme]))
    return held[1]


@dataclass(frozen=True)
class Listed:
    """One declaration in a list. ``name`` is what it is known by, ``file`` where it is written, ``source`` what it follows."""

    kind: str
    name: str
    declaration: Declaration
    file: str
    versions: int = 1
    source: str = ""


def listed(content: Content, kind: str) -> list[Listed]:
    """All declarations of a kind, in the order of their files."""
    if kind == "terminology":
        return _terminologies(content)
    shelf = {
        "programme": content.programmes,
        "form": content.forms,
        "indicator": content.indicators,
        "definition": content.definitions,
        "plan": content.plans,
        "role": content.roles,
        "settings": content.settings,
    }[kind]
    found = [
        Listed(kind, name, one, content.document(one).file, len(shelf.versions(name)), one.source or "") for name, one in shelf.items()
    ]
    return sorted(found, key=lambda item: (item.file, item.name))


def _terminologies(content: Content) -> list[Listed]:
    """Code systems and value sets by key; a set that is only its system's shadow is left out."""
    systems = [_in_its_file(content, "code_systems", key, one) for key, one in content.code_systems.items()]
    sets = [_in_its_file(content, "value_sets", key, one) for key, one in content.value_sets.items() if key not in content.code_systems]
    return sorted(systems + sets, key=lambda item: item.name)


def _in_its_file(content: Content, group: str, key: str, one: Declaration) -> Listed:
    """A code system or value set with the file it stands in, whose source is its own."""
    written = (document for document in content.documents.values() if key in (document.value.get(group) or ()))
    document = next(written, None)
    return Listed(
        "terminology", key, one, document.file if document else "", source=str(document.value.get("source") or "") if document else ""
    )


def source_lines(content: Content, file: str) -> list[str]:
    """The file as it was written."""
    path = content.root / file
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def of_file(found: list[Problem], file: str) -> list[Problem]:
    """The problems placed in one file."""
    return [problem for problem in found if problem.place.rpartition(":")[0] == file or problem.place == file]


def plan_rows(content: Content, key: str) -> list[tuple[str, int, str]]:
    """(plan title, number of the row, its name) for each row that means this indicator."""
    rows = []
    for plan in content.plans.values():
        for row in plan.indicators:
            if (row.indicator or match_indicator(row.name, content)) == key:
                rows.append((plan.title, row.seq, row.name))
    return rows


def users_of(content: Content, name: str) -> list[tuple[str, str, str]]:
    """(kind, name, title) of programmes and indicators whose expressions speak of a table or definition."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    found = []
    for kind, shelf in (("programme", content.programmes), ("indicator", content.indicators)):
        for key, one in shelf.items():
            if key != name and word.search(one.model_dump_json(exclude={"key", "title", "source", "note"})):
                found.append((kind, key, one.title))
    return found


_TOKENS = re.compile(
    r"(?P<text>'[^']*')|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<word>\b(?:and|or|not|case|when|then|else|end|where|within|during|since|before|of|at|"
    r"active|in|has|any|all|between|is|null|empty|from|to|true|false|distinct|date|today|period|this|prev|it)\b)|"
    r"(?P<call>\b[a-z_]+(?=\())"
)


def coloured(expression: str) -> SafeString:
    """An expression with its words, names of functions and constants told apart; the text itself is unchanged."""
    parts: list[tuple[str, str]] = []
    at = 0
    text = expression.strip()
    for found in _TOKENS.finditer(text):
        if found.start() > at:
            parts.append(("", text[at : found.start()]))
        parts.append((found.lastgroup or "", found[0]))
        at = found.end()
    parts.append(("", text[at:]))
    return format_html(
        '<code class="expr">{}</code>',
        format_html_join("", '<span class="x-{}">{}</span>', ((kind or "plain", part) for kind, part in parts)),
    )
