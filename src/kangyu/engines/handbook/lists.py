"""Pages of what is listed: codes and value sets, relations, calendars, roles, plans, settings, views."""

from collections.abc import Mapping

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Calendar, Plan, Relations, Role, Settings, View
from kangyu.engines.content.kinds.terminology import CodeSystem, ValueSet
from kangyu.kernel.permission import TITLES

from .page import Code, Draft, Facts, Inline, Ref, Tag, Text, lines
from .page import Table as Sheet
from .wording import LEVELS, range_words, subject_words

WEEKDAYS = "一二三四五六日"
WITHIN = {"county": "全县", "township": "本乡镇", "institution": "本机构"}
HOMES = {
    "planner": "规划总览",
    "doctor": "今日待办",
    "supervisor": "本乡镇",
    "administrator": "管理首页",
    "cases": "收件箱",
    "signals": "预警",
    "statements": "结算表",
    "none": "没有",
}
COLUMN_TYPES = {"number": "数", "text": "文字", "boolean": "是否", "date": "日期", "list": "多选"}
NATURES = {"binding": "约束性", "expected": "预期性"}


def terminology(content: Content, name: str, one: CodeSystem | ValueSet) -> Draft:
    """Every code with its name."""
    draft = Draft()
    system = content.code_systems.get(getattr(one, "of", None) or name)
    facts: list[tuple[str, Inline]] = [("代码系统", one.system)] if one.system else []
    if isinstance(one, ValueSet) and one.of and one.of in content.code_systems:
        facts.append(("取自", Ref("terminology", one.of, content.code_systems[one.of].title)))
    draft.add("what", "是什么", Facts(tuple(facts)))
    if isinstance(one, CodeSystem):
        rows = [(Code(code), concept.title, concept.note or "—") for code, concept in one.codes.items()]
    else:
        rows = [(Code(code), _title(content, name, code, system), _note(code, system)) for code in one.codes]
    draft.add("codes", "代码", Sheet(("代码", "名称", "说明"), tuple(rows)), note=f"{len(rows)} 个")
    return draft


def _note(code: str, system: CodeSystem | None) -> str:
    """What is to be known of a code in a set: that it is a beginning, or what its system notes of it."""
    if code.endswith("*"):
        return "以它开头的都算"
    return (system.codes[code].note if system and code in system.codes else None) or "—"


def _title(content: Content, name: str, code: str, system: CodeSystem | None) -> str:
    """The name of a code; of an ICD-10 prefix that of its category."""
    found = content.title_of(name, code)
    return found if found != code else content.title_of("icd10_category", code.rstrip("*")[:3]).replace(code.rstrip("*")[:3], "—")


def relations(one: Relations) -> Draft:
    """Each type of link, both ways."""
    draft = Draft()
    rows: list[tuple[Inline, ...]] = []
    for key, kind in one.types.items():
        limits = "、".join([*(["同时只能有一个"] if kind.one else []), *(["不许成圈"] if kind.acyclic else [])]) or "—"
        rows.append(
            (lines([kind.title, Tag(key, "dim")]), kind.inverse, f"{kind.from_} → {kind.to}", limits, Code(kind.code) if kind.code else "—")
        )
    draft.add("types", "关系", Sheet(("叫", "反过来叫", "从谁到谁", "限制", "HL7 代码"), tuple(rows)))
    return draft


def calendar(one: Calendar) -> Draft:
    """Working days, hours, and each year's holidays with the days worked in exchange."""
    draft = Draft()
    days = "、".join(f"周{WEEKDAYS[day - 1]}" for day in one.weekdays)
    draft.add("hours", "平日", Facts((("上班的日子", days), ("上班的时间", "，".join(part.replace("..", "–") for part in one.hours)))))
    for year, holidays in one.holidays.items():
        rows = [
            (
                holiday.title,
                "、".join(f"{day:%m-%d}" for day in holiday.off) or "—",
                "、".join(f"{day:%m-%d}" for day in holiday.worked) or "—",
            )
            for holiday in holidays
        ]
        draft.add(f"year.{year}", f"{year} 年", Sheet(("节日", "放假", "调休上班"), tuple(rows)))
    return draft


def role(content: Content, one: Role) -> Draft:
    """What a job may see and do, and which moves wait for it."""
    draft = Draft()
    draft.add("why", "做什么", Text(one.why))
    draft.add("may", "可以", Sheet(("权限", "键"), tuple((TITLES.get(may, may.value), Code(may.value)) for may in one.may)))
    draft.add("within", "范围", Facts((("最多看到", WITHIN[one.within]), ("从哪里开始", HOMES.get(one.home, one.home)))))
    rows = []
    for procedure in content.procedures.values():
        titles = [move.title for move in procedure.all_moves().values() if any(_names(text, one.key) for text in move.by)]
        if titles:
            rows.append((Ref("procedure", procedure.key, procedure.title), "、".join(titles)))
    draft.add("moves", "在流程里办什么", Sheet(("流程", "动作"), tuple(rows)))
    return draft


def _names(actors: str, role_key: str) -> bool:
    return any(part.partition(" at ")[0] == role_key for part in actors.split(" or "))


def plan(one: Plan) -> Draft:
    """Indicator rows, tasks, projects."""
    draft = Draft()
    rows = [
        (row.name, row.category, row.unit, row.baseline.raw or "—", row.target.raw or "—", NATURES[row.nature]) for row in one.indicators
    ]
    draft.add(
        "indicators",
        "指标",
        Sheet(("指标", "类别", "单位", "基期", "目标", "性质"), tuple(rows)),
        note=f"{one.region}，{range_words(one.period)} 年",
    )
    tasks = [
        (f"{task.no} {task.title}", "、".join(task.lead) or "—", "、".join(task.with_) or "—", str(task.deadline or "—"))
        for task in one.tasks
    ]
    draft.add(
        "tasks",
        "任务",
        Sheet(("任务", "牵头", "参与", "期限"), tuple(tasks), tuple(f"task-{task.no}" for task in one.tasks)),
        note=f"{len(tasks)} 项",
    )
    projects = [(project.name, project.level or "—", project.completion or "—", project.status or "—") for project in one.projects]
    anchors = tuple(f"project-{number}" for number in range(1, len(projects) + 1))
    draft.add("projects", "项目", Sheet(("项目", "级别", "建成", "进展"), tuple(projects), anchors), note=f"{len(projects)} 个")
    draft.add("missing", "原件里缺什么", Text(one.missing) if one.missing else None)
    return draft


def settings(one: Settings) -> Draft:
    """Named numbers, and which of them a region may set."""
    draft = Draft()
    rows = [
        (
            lines([setting.title, Tag(key, "dim")]),
            f"{setting.value:g}" if isinstance(setting.value, int | float) else setting.value,
            setting.unit or "—",
            "本地可改" if setting.local else "统一",
            setting.source or one.source or "—",
        )
        for key, setting in one.values.items()
    ]
    draft.add("values", "参数", Sheet(("参数", "值", "单位", "谁能改", "出处"), tuple(rows)))
    return draft


def view(content: Content, one: View) -> Draft:
    """A table of expressions: each row, each column, and where it stands in FHIR."""
    draft = Draft()
    facts: list[tuple[str, Inline]] = [
        ("一行是", one.row or one.title),
        ("属于", LEVELS.get(one.subject) or subject_words(content, one.subject)),
    ]
    facts += [("还没结束的叫", one.active)] if one.active else []
    facts += [("FHIR 资源", Code(one.resource + (f"，主代码 {one.code}" if one.code else "")))]
    facts += [("只取", lines([Code(text) for text in one.where]))] if one.where else []
    draft.add("rows", "一行是什么", Facts(tuple(facts)))
    head: Mapping[str, str] = {"on": "日期", "to": "截止日期", "org": "机构", "area": "地区", "institution": "机构"}
    rows = [
        (lines([column.title or head.get(key, key), Tag(key, "dim")]), COLUMN_TYPES[column.type], Code(column.path))
        for key, column in one.columns.items()
    ]
    draft.add("columns", "列", Sheet(("列", "类型", "在 FHIR 里"), tuple(rows)))
    return draft
