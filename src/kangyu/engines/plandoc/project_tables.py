"""Tables of building projects: one project a row, columns told by their titles."""

import re
from collections.abc import Iterator

from kangyu.engines.plandoc.indicators import squeeze
from kangyu.engines.plandoc.model import Project, Source
from kangyu.engines.plandoc.tables import Table

COLUMNS: tuple[tuple[str, str], ...] = (
    ("name", r"项目名称|工程名称|^项目$|^工程$"),
    ("place", r"地点|地址|实施单位|建设单位|责任单位|层级"),
    ("area", r"面积"),
    ("beds", r"床位"),
    ("money", r"投资|资金|概算"),
    ("finish", r"完成时间|完工|竣工|建成|时限|年限|建设期|起止"),
    ("scale", r"规模|内容"),
    ("status", r"状态|进度|进展|阶段"),
)


def read_project_rows(source: Source, table: Table, region: str) -> Iterator[Project]:
    """The projects of a table whose header names a project and at least one of size, money, place or time."""
    if not table.rows:
        return
    titles = [squeeze(cell.text) for cell in table.rows[0]]
    found = {role: at for role, pattern in COLUMNS for at, title in reversed(list(enumerate(titles))) if re.search(pattern, title)}
    if "name" not in found or len(found) < 2:
        return
    heading = source.lines[table.caption].text.strip() if table.caption is not None else ""
    money_unit = unit_of(titles[found["money"]]) if "money" in found else ""
    for row in table.rows[1:]:
        cell = {role: squeeze(row[at].text) if at < len(row) else "" for role, at in found.items()}
        if not cell["name"] or re.fullmatch(r"合计|总计|小计", cell["name"]):
            continue
        scale = cell.get("scale", "")
        area = re.search(r"(\d+(?:\.\d+)?)\s*(?:平方米|㎡)", scale)
        beds = re.search(r"床位\D{0,4}(\d+)|(\d+)张", scale)
        money = cell.get("money", "")
        money = f"{money}{money_unit}" if re.fullmatch(r"[\d.]+", money) else money
        filled = [part for part in row if part.text]
        yield Project(
            heading, "construction", cell["name"], cell.get("place", "") or region, cell.get("area", "") or (area[1] if area else ""),
            cell.get("beds", "") or ((beds[1] or beds[2]) if beds else ""), money,
            completion(cell.get("finish", "")), cell.get("status", ""), source.place(filled[0].start, filled[-1].end),
        )  # fmt: skip


def unit_of(title: str) -> str:
    unit = re.search(r"亿元|万元", title)
    return unit[0] if unit else ""


def completion(text: str) -> str:
    years = re.findall(r"20\d\d", text)
    return years[-1] if years else text
