"""Whether the names of settings can be read in expressions: each means one thing, and nothing else has its name."""

from collections.abc import Iterator, Mapping

from kangyu.engines.language import Schema, Type, check
from kangyu.kernel.errors import Problem, UserError

from .kinds import Programme, Register, Settings
from .loader import Content
from .vocabulary import SUBJECT_FIELDS, EventTable

REMEDY = "表达式里直接写设置的名称，请给这个设置换个名称。"


def settings_problems(content: Content, tables: Mapping[str, EventTable]) -> list[Problem]:
    """A name declared twice, a name of the language, or one that a field, a derived value, a table or a column has already."""
    taken, problems, first = _taken(content, tables), [], dict[str, str]()
    for file, key in _names(content):
        place = content.document(file).place(("values", key))
        if key in first:
            message, remedy = f"设置 {key} 在 {first[key]} 里已经有了", "两处只留一处，或换个名称。"
        elif key in taken:
            message, remedy = f"设置 {key} 与{taken[key]}同名", REMEDY
        elif not _readable(key):
            message, remedy = f"{key} 是表达式语言自己的词", REMEDY
        else:
            first[key] = place
            continue
        problems.append(Problem(place, f"values.{key}", message, remedy))
    return problems


def _names(content: Content) -> Iterator[tuple[Settings, str]]:
    for file in content.settings.values():
        for key in file.values:
            yield file, key


def _taken(content: Content, tables: Mapping[str, EventTable]) -> dict[str, str]:
    """Every name that already means something, and what."""
    found = {name: f"对象的字段 it.{name}" for fields in SUBJECT_FIELDS.values() for name in fields}
    for table, one in tables.items():
        found |= dict.fromkeys(one.columns, f"表 {table} 的列")
        found[table] = "一张表"
    for key, form in content.forms.items():
        found |= dict.fromkeys(form.fields, f"表单 {key} 的字段")
    works: dict[str, Programme | Register] = {**content.programmes, **content.registers}
    return found | {name: f" {key} 推出的值" for key, work in works.items() for name in work.derive}


def _readable(name: str) -> bool:
    """Whether the language reads the name as a name, and as the setting's."""
    try:
        return check(name, Schema(settings={name: 1.0})).type is Type.NUMBER
    except UserError:
        return False
