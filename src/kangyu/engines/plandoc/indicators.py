"""Indicator tables: which column is what, and one row per value."""

import re
from dataclasses import dataclass
from decimal import Decimal

from kangyu.engines.plandoc.model import Indicator, Source
from kangyu.engines.plandoc.quantities import NUMBER, parse_target, parse_value
from kangyu.engines.plandoc.tables import Cell, Table
from kangyu.engines.plandoc.vocabulary import NATURES, UNITS

YEAR = re.compile(r"(20\d\d)")
UNIT_IN_NAME = re.compile(r"^(?P<name>.+?)\s*[（(](?P<unit>[^（）()]{1,10})[）)]$")
UNIT_TEXT = re.compile(
    rf"^(?:1?[/／](?:10万|万|千|百万)|(?:{'|'.join(map(re.escape, UNITS))})(?:[/／]\S{{1,6}})?|[万亿千]?[人个张名家元户]|人/\S+|平方米/人)$"
)
ROLES: tuple[tuple[str, str], ...] = (
    ("seq", r"序号|编号"),
    ("nature", r"性质|属性|约束|预期"),
    ("unit", r"单位(?!名称)|计量"),
    ("category", r"领域|分类|类别|指标类型|一级指标|方面|维度|指标类"),
    ("name", r"指标(?!值)|名称|内容"),
)


@dataclass(frozen=True)
class Columns:
    """Column numbers by role. ``targets`` pairs a column with its year; there may be several."""

    count: int
    roles: dict[str, int]
    baseline: tuple[int, int | None] | None
    targets: tuple[tuple[int, int | None], ...]


def read_indicators(source: Source, table: Table, period: tuple[int, int]) -> list[Indicator]:
    """The rows of an indicator table, or nothing when the table is not one. ``period`` is the first and last year of the plan."""
    split = next((at for at, row in enumerate(table.rows) if is_data(row)), None)
    if not split:
        return []
    header = [row for row in table.rows[:split] if category_row(row) is None]
    columns = read_columns(tuple(header), period) if header else None
    if columns is None:
        return []
    result: list[Indicator] = []
    category = next((name for row in reversed(table.rows[1:split]) if (name := category_row(row))), "")
    for row in table.rows[split:]:
        heading = category_row(row)
        if heading is not None:
            category = heading
            continue
        cells = cut_words(row, columns) if table.loose else align(row, columns)
        if cells is None:
            continue
        own = squeeze(cells[columns.roles["category"]].text) if "category" in columns.roles else ""
        category = own or category
        result.extend(read_row(source, cells, columns, category, len(result) + 1))
    return result


def is_data(row: tuple[Cell, ...]) -> bool:
    return any(cell.text.strip() in NATURES for cell in row) or bool(
        re.fullmatch(r"\d{1,2}", (row[0].text if row else "") or "") and len(row) > 2 and not YEAR.search(row[0].text)
    )


def read_columns(header: tuple[tuple[Cell, ...], ...], period: tuple[int, int]) -> Columns | None:
    count = max(len(row) for row in header)
    titles = [squeeze("".join(row[at].text for row in header if at < len(row))) for at in range(count)]
    roles: dict[str, int] = {}
    years: list[tuple[int, int | None, str]] = []
    for at, title in enumerate(titles):
        year = YEAR.search(title)
        if year or re.search(r"基期|现状|基线|目标值|规划目标|实际值|基础值", title):
            years.append((at, int(year[1]) if year else None, title))
            continue
        role = next((role for role, pattern in ROLES if re.search(pattern, title) and role not in roles), None)
        if role:
            roles[role] = at
    if "name" not in roles and "category" in roles:
        roles["name"] = roles.pop("category")
    if "name" not in roles or not years:
        return None
    past = [(at, year) for at, year, title in years if is_baseline(year, title, period)]
    targets = tuple((at, year or period[1]) for at, year, title in years if not is_baseline(year, title, period))
    if not targets:
        return None
    baseline = past[-1] if past else None
    return Columns(count, roles, (baseline[0], baseline[1] or period[0] - 1) if baseline else None, targets)


def is_baseline(year: int | None, title: str, period: tuple[int, int]) -> bool:
    return year < period[0] if year else bool(re.search(r"基期|现状|基线|实际|基础", title))


VALUE_LIKE = re.compile(r"\d|^[-—–]+$|提高|降低|提升|改善|下降|覆盖")


def category_row(row: tuple[Cell, ...]) -> str | None:
    """The text of a row that only names the group below it."""
    filled = [cell.text for cell in row if cell.text]
    if len(row) > 1 and len(filled) == 1 and not re.search(r"\d", filled[0]) and len(filled[0]) <= 16:
        return re.sub(r"^(?:[（(]?[一二三四五六七八九十]+[）)、]\s*)", "", squeeze(filled[0]))
    return None


def align(row: tuple[Cell, ...], columns: Columns) -> tuple[Cell, ...] | None:
    """Bring a row to the width of the header; rows run together are cut by what their words look like."""
    if len(row) == columns.count:
        return row
    if len(row) == columns.count - 1 and "category" in columns.roles and re.fullmatch(r"\d{1,3}", row[0].text.strip()):
        blank = Cell("", row[0].start, row[0].start)
        return (*row[: columns.roles["category"]], blank, *row[columns.roles["category"] :])
    return cut_words(row, columns) if any(cell.text in NATURES for cell in row) else None


def cut_words(row: tuple[Cell, ...], columns: Columns) -> tuple[Cell, ...] | None:
    """A row as loose words: [category] number name [unit] values nature. Values are as many as the table has value columns."""
    words = [cell for cell in row if cell.text]
    values = len(columns.targets) + (columns.baseline is not None)
    start = next((at for at, cell in enumerate(words) if re.fullmatch(r"\d{1,2}", cell.text)), None) if "seq" in columns.roles else -1
    end = max(at for at, cell in enumerate(words) if cell.text in NATURES)
    if start is None or end <= start + 1:
        return None
    blank = Cell("", words[0].start, words[0].start)
    cells = [blank] * columns.count
    middle, tail = words[start + 1 : end - values], words[end - values : end]
    if end - values <= start + 1 or not any(VALUE_LIKE.search(cell.text) for cell in tail):
        middle, tail = words[start + 1 : end], [blank] * values
    while len(middle) > 1 and re.fullmatch(NUMBER, middle[-1].text):
        tail[0] = Cell(f"{middle[-1].text} {tail[0].text}", middle.pop().start, tail[0].end)
    if "unit" in columns.roles and len(middle) > 1 and UNIT_TEXT.match(middle[-1].text):
        cells[columns.roles["unit"]] = middle.pop()
    cells[columns.roles["name"]] = together(middle)
    if start >= 0:
        cells[columns.roles["seq"]] = words[start]
        if start and "category" in columns.roles:
            cells[columns.roles["category"]] = together(words[:start])
    places = sorted([at for at, _ in columns.targets] + ([columns.baseline[0]] if columns.baseline else []))
    for at, cell in zip(places, tail, strict=True):
        cells[at] = cell
    if "nature" in columns.roles:
        cells[columns.roles["nature"]] = words[end]
    return tuple(cells)


def together(words: list[Cell]) -> Cell:
    return Cell("".join(word.text for word in words), words[0].start, words[-1].end)


def read_row(source: Source, cells: tuple[Cell, ...], columns: Columns, category: str, number: int) -> list[Indicator]:
    """One indicator per value and target year of a row."""

    def text(role: str) -> str:
        return squeeze(cells[columns.roles[role]].text) if role in columns.roles else ""

    name, unit = split_unit(text("name"), text("unit"))
    if not name or name in {"指标", "主要指标", "指标名称"}:
        return []
    nature = NATURES.get(text("nature"), "")
    filled = [cell for cell in cells if cell.text]
    place = source.place(min(cell.start for cell in filled), max(cell.end for cell in filled))
    baseline_cell = cells[columns.baseline[0]].text if columns.baseline else ""
    result = []
    for target_column, target_year in columns.targets:
        for part, baseline, target in values(name, baseline_cell, cells[target_column].text):
            goal = parse_target(target)
            result.append(
                Indicator(
                    text("seq") or str(number), category, part, unit, columns.baseline[1] if columns.baseline else None, baseline,
                    parse_value(baseline), target_year, target, goal.comparator, goal.value, nature, place,
                )
            )  # fmt: skip
    return result


def values(name: str, baseline: str, target: str) -> list[tuple[str, str, str]]:
    """Name, baseline and target of each indicator in a row; a cell with two numbers under a name joined by 和 is two indicators."""
    baselines, targets = several(baseline), several(target)
    count = max(len(baselines), len(targets))
    names = re.split(r"和|及|、|/", name)
    if count < 2 or len(names) != count:
        return [(name, squeeze(baseline), squeeze(target))]
    return [(names[at], (baselines * count)[at], (targets * count)[at]) for at in range(count)]


def several(cell: str) -> list[str]:
    parts = [part for part in re.split(r"\s+|[/、；;](?=\s*[\d<>＜＞≤≥])", cell.strip()) if part]
    return parts if len(parts) > 1 and all(re.search(NUMBER, part) for part in parts) and "10万" not in cell else [squeeze(cell)]


def split_unit(name: str, unit: str) -> tuple[str, str]:
    """The unit at the end of a name, when it has no column of its own."""
    match = UNIT_IN_NAME.match(name)
    if match and (UNIT_TEXT.match(match["unit"]) or match["unit"] == unit):
        return match["name"], unit or match["unit"]
    return name, unit


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def value_text(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")
