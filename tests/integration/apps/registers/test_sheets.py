"""Spreadsheets of things: good rows go in together, the others come back with what to mend, mended they go in as they are."""

import io

import pytest
from django.db import connection
from openpyxl import Workbook, load_workbook

from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.registers import queries
from kangyu.apps.registers.actions import sheets, things
from kangyu.apps.registers.models import Thing
from kangyu.kernel.errors import DeniedError, ProblemsError, UserError
from world import care
from world.qinghe import COUNTY

HEADER = ["库号", "名称", "级别", "面积", "责任机构", "经度", "纬度", "启用日期", "有冷链"]
GOOD = ["CK-01", "县库", "疾控中心库", 320, "清河县卫生健康局", 116.4, 35.7, "2025-01-10", "是"]


@pytest.fixture
def keeper(qinghe):
    care.stand_on()
    account = accounts.open_account(
        username="supplies", password="correct-horse-7", display_name="仓样宁", role="supplies_keeper", by=SYSTEM, area=COUNTY
    )
    return viewer_of(account)


def workbook(*rows, header=HEADER) -> bytes:
    book = Workbook()
    book.active.append(header)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells(data: bytes) -> list[tuple]:
    return list(load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


def changed(**cells) -> list:
    names = dict(zip(HEADER, range(len(HEADER)), strict=True))
    row = list(GOOD)
    for key, value in cells.items():
        row[names[key]] = value
    return row


def test_good_rows_go_in_and_the_others_come_back_with_what_to_mend(keeper):
    data = workbook(
        GOOD,
        changed(库号="CK-02", 级别="城堡", 面积=0.2),
        changed(库号="CK-03", 责任机构="没有的机构", 经度="东边"),
        changed(库号="CK-01", 名称="又一个"),
        changed(库号="CK-04", 名称=None),
        changed(库号="CK-05", 名称="镇库", 级别="基层机构库"),
    )
    sheet = sheets.bring_in("store", data, file="库.xlsx", by=keeper)
    assert (sheet.made, sheet.changed, len(sheet.rejected)) == (2, 0, 4)
    assert set(Thing.objects.values_list("number", flat=True)) == {"CK-01", "CK-05"}
    header, *rows = cells(sheets.rejected_workbook(sheet))
    assert header == (*HEADER, "要改的地方")
    said = [row[-1] for row in rows]
    assert "没有“城堡”这一项" in said[0] and "面积" in said[0]
    assert "没有找到“没有的机构”" in said[1] and "“东边”不是数字" in said[1]
    assert "与第 2 行重复" in said[2]
    assert "名称：名称还没有填" in said[3]
    assert rows[0][:4] == ("CK-02", "县库", "城堡", 0.2)


def test_mended_rows_can_be_brought_in_as_they_came_back(keeper):
    sheet = sheets.bring_in("store", workbook(changed(级别="城堡")), file="库.xlsx", by=keeper)
    header, row = cells(sheets.rejected_workbook(sheet))
    mended = sheets.bring_in("store", workbook([*row[:2], "疾控中心库", *row[3:]], header=header), file="库2.xlsx", by=keeper)
    assert (mended.made, mended.rejected) == (1, [])


def test_the_same_file_twice_changes_nothing_the_second_time(keeper):
    data = workbook(GOOD, changed(库号="CK-02"))
    assert sheets.bring_in("store", data, file="库.xlsx", by=keeper).made == 2
    again = sheets.bring_in("store", data, file="库.xlsx", by=keeper)
    assert (again.made, again.changed, again.same) == (0, 0, 2)
    assert {one.vid for one in Thing.objects.all()} == {1}


def test_exported_changed_and_brought_in_again_it_says_what_was_changed(keeper):
    sheets.bring_in("store", workbook(GOOD, changed(库号="CK-02")), file="库.xlsx", by=keeper)
    header, first, second = cells(sheets.workbook(keeper, "store", queries.every(keeper, "store")))
    at = header.index("面积")
    again = sheets.bring_in("store", workbook([*first[:at], 500, *first[at + 1 :]], second, header=header), file="改.xlsx", by=keeper)
    assert (again.changed, again.same, again.rejected) == (1, 1, [])
    assert Thing.objects.get(number="CK-01").values["floor_area"] == 500


def test_state_is_not_changed_by_a_sheet(keeper):
    sheets.bring_in("store", workbook(GOOD), file="库.xlsx", by=keeper)
    sheet = sheets.bring_in("store", workbook([*GOOD, "停用"], header=[*HEADER, "状态"]), file="改.xlsx", by=keeper)
    assert "状态现在是“在用”，不能在表里改成“停用”" in sheet.rejected[0][1]


def test_nothing_goes_in_when_the_last_write_fails(keeper, monkeypatch):
    """A failure that is nobody's row undoes the whole sheet."""
    count = [0]
    real = things.register

    def failing(*args, **more):
        count[0] += 1
        if count[0] == 3:
            raise RuntimeError("the disk is full")
        return real(*args, **more)

    monkeypatch.setattr(things, "register", failing)
    data = workbook(*(changed(库号=f"CK-0{n}") for n in range(1, 4)))
    with pytest.raises(RuntimeError):
        sheets.bring_in("store", data, file="库.xlsx", by=keeper)
    assert not Thing.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute('SELECT count(*) FROM resource WHERE body @> \'{"identifier": [{"system": "urn:kangyu:register:store"}]}\'')
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not a workbook", "这不是 .xlsx 文件"),
        (workbook(), "表里没有数据"),
    ],
)
def test_what_is_no_sheet_of_things_is_refused(keeper, data, words):
    with pytest.raises(UserError, match=words):
        sheets.bring_in("store", data, file="x", by=keeper)


def test_a_header_that_does_not_fit_is_told_every_column(keeper):
    with pytest.raises(ProblemsError) as refused:
        sheets.bring_in("store", workbook(["a", "b"], header=["库号", "颜色"]), file="x", by=keeper)
    said = str(refused.value)
    assert "颜色" in said and "级别" in said and "缺少这一列" in said


def test_who_does_not_keep_the_register_cannot_bring_in(keeper, qinghe):
    with pytest.raises(DeniedError):
        sheets.bring_in("store", workbook(GOOD), file="x", by=viewer_of(qinghe.planner))


def test_formula_in_a_text_is_written_as_text(keeper):
    things.register("store", things.Card({"number": "=1+1", "name": "=HYPERLINK(1)", "level": "cdc"}, org="bureau"), by=keeper)
    book = load_workbook(io.BytesIO(sheets.workbook(keeper, "store", queries.every(keeper, "store"))))
    assert {cell.data_type for cell in book.active[2] if cell.value} <= {"s", "d", "n"}
