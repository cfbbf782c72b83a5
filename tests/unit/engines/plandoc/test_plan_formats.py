"""The same plan reads the same from every format, and what cannot be read is refused in words a person understands."""

from pathlib import Path

import pytest

from kangyu.engines.plandoc import read, to_json
from kangyu.kernel.errors import UserError
from unit.engines.plandoc.documents import as_docx, as_html, as_pdf

SAMPLE = Path(__file__).resolve().parents[4] / "content/plans/sample/wenhe-plan.txt"
COLUMNS = {
    "indicators": ("seq", "category", "name", "unit", "baseline_raw", "target_raw", "target_comparator", "target_value", "nature"),
    "commitments": ("section_heading", "subject", "deadline_year", "comparator", "value", "unit"),
    "tasks": ("no", "title", "section", "lead_departments", "participating_departments", "deadline_year"),
    "projects": ("name", "kind", "floor_area_m2", "beds", "investment", "planned_completion"),
}


def rows(document, key):
    return [tuple(row[column] for column in COLUMNS[key]) for row in to_json(document)[key]]


@pytest.fixture(scope="module")
def plain():
    return read(SAMPLE.read_bytes(), "wenhe-plan.txt")


@pytest.mark.parametrize(("write", "name"), [(as_docx, "docx"), (as_html, "html"), (as_pdf, "pdf")])
def test_plan_reads_the_same_from(write, name, plain):
    document = read(write(SAMPLE.read_text(encoding="utf-8")), f"plan.{name}")
    assert document.source.format == name
    assert document.title == plain.title
    for key in COLUMNS:
        assert rows(document, key) == rows(plain, key), key
    assert [warning.kind for warning in document.warnings] == [warning.kind for warning in plain.warnings]


def test_format_is_told_from_the_bytes_not_from_the_name():
    assert read(as_docx("青山县“十四五”卫生健康规划\n一、发展目标\n人均预期寿命达到80岁。"), "plan.txt").source.format == "docx"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in(encoding):
    document = read("青山县“十四五”卫生健康规划\n一、发展目标\n到2025年，人均预期寿命达到80岁。".encode(encoding), "plan.txt")
    assert document.title == "青山县“十四五”卫生健康规划"
    assert [item.value for item in document.commitments] == ["80"]


def test_word_heading_styles_make_headings_without_numbers():
    import io

    import docx

    word = docx.Document()
    word.add_paragraph("青山县“十四五”卫生健康规划")
    word.add_heading("发展目标", level=1)
    word.add_paragraph("到2025年，产前筛查率达到90%以上。")
    stream = io.BytesIO()
    word.save(stream)
    document = read(stream.getvalue(), "plan.docx")
    assert [(heading.level, heading.text) for heading in document.outline] == [(1, "发展目标")]
    assert document.commitments[0].section_heading == "发展目标"


def test_one_column_table_in_word_is_a_box_not_a_table():
    import io

    import docx

    word = docx.Document()
    word.add_paragraph("青山县“十四五”卫生健康规划")
    word.add_paragraph("一、主要任务")
    cell = word.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.text = "专栏1 重点项目"
    cell.add_paragraph("急救能力提升：到2025年，建成2个急救站。")
    stream = io.BytesIO()
    word.save(stream)
    document = read(stream.getvalue(), "plan.docx")
    assert [project.name for project in document.projects] == ["专栏1 急救能力提升"]


def test_marks_and_comments_are_taken_out_of_the_text():
    text = "青山县“十四五”卫生健康规划\n[bookmark: _Toc1]一、发展目标\n到2025年，产前筛查率达到90%以上。\tComment by abc: 新增内容\n"
    document = read(text.encode(), "plan.txt")
    assert document.outline[0].text == "一、发展目标"
    assert document.lines[2] == "到2025年，产前筛查率达到90%以上。"
    assert "draft_remarks" in [warning.kind for warning in document.warnings]


def test_page_number_inside_a_sentence_does_not_cut_it():
    text = "青山县“十四五”卫生健康规划\n一、主要任务\n做好签约服务。到2025年，重点人群签约\n (\n— \n3\n —\n)\n率达到75%以上。\n"
    [commitment] = read(text.encode(), "plan.txt").commitments
    assert (commitment.subject, commitment.value, commitment.comparator) == ("重点人群签约率", "75", "ge")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "空的"),
        (b"  \n\n ", "空的"),
        (b"\x00\x01\x02\x03" * 200, "二进制"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "图片"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 100, "旧版 Word"),
        (b"PK\x03\x04 not really a package", "不完整"),
        (b"%PDF-1.4 broken", "PDF 文件已损坏"),
        (("Ceci n'est pas un plan. " * 20).encode(), "编码"),
        (b"<html><body><script>1</script></body></html>", "没有读到文字"),
    ],
)
def test_unreadable_file_is_refused(data, says):
    with pytest.raises(UserError, match=says):
        read(data, "plan")


def test_scanned_pdf_is_refused_with_advice():
    import io

    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    with pytest.raises(UserError, match="扫描件"):
        read(stream.getvalue(), "scan.pdf")


def test_cut_off_pdf_is_refused():
    with pytest.raises(UserError, match="PDF"):
        read(as_pdf("青山县“十四五”卫生健康规划")[:300], "plan.pdf")
