"""The same plan reads the same from every format, and what cannot be read is refused in words a person understands."""

from pathlib import Path

import pytest

from kangyu.engines.plandoc import read, to_json
from kangyu.kernel.errors import UserError
from unit.engines.plandoc.documents import as_docx, as_html, as_pdf

SAMPLE = Path(__file__).resolve().parents[4] / "content/plans/sample/yanghe-plan.txt"
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
    return read(SAMPLE.read_bytes(), "yanghe-plan.txt")


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


def word_with(change) -> bytes:
    import io

    import docx

    word = docx.Document()
    word.add_paragraph("青山县“十四五”卫生健康规划")
    change(word)
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def test_numbers_made_by_word_are_read_as_printed():
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def change(word):
        numbering = word.part.numbering_part.element
        levels = (
            '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1章 "/></w:lvl>'
            '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%2、"/></w:lvl>'
        )
        numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
        numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
        for text, depth in (("规划背景", 0), ("发展现状", 1), ("面临形势", 1), ("主要任务", 0), ("强化服务", 1)):
            paragraph = word.add_paragraph(text)
            mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="77"/></w:numPr>'
            paragraph._p.get_or_add_pPr().append(parse_xml(mark))

    first, second = read(word_with(change), "plan.docx").outline
    assert [first.text, *(child.text for child in first.children)] == ["第一章 规划背景", "一、发展现状", "二、面临形势"]
    assert [second.text, *(child.text for child in second.children)] == ["第二章 主要任务", "一、强化服务"]


def test_insertions_count_and_text_boxes_are_boxes():
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def change(word):
        word.add_paragraph("一、主要任务")
        edited = word.add_paragraph("到2025年，产前筛查率达到")
        edited._p.append(parse_xml(f'<w:ins {nsdecls("w")} w:id="1"><w:r><w:t>90%以上。</w:t></w:r></w:ins>'))
        edited._p.append(parse_xml(f'<w:del {nsdecls("w")} w:id="2"><w:r><w:delText>85%以上。</w:delText></w:r></w:del>'))
        box = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("专栏1 重点工程", "急救能力提升：到2025年，建成2个急救站。"))
        anchor = word.add_paragraph("")
        anchor._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:pict><w:txbxContent>{box}</w:txbxContent></w:pict></w:r>"))

    document = read(word_with(change), "plan.docx")
    assert [(item.subject, item.value) for item in document.commitments] == [("产前筛查率", "90"), ("急救站数", "2")]
    assert [project.name for project in document.projects] == ["专栏1 急救能力提升"]


def test_table_that_only_lays_out_the_page_is_not_data():
    article = (
        "<p>青山县“十四五”卫生健康规划</p><p>一、主要任务</p><p>到2025年，产前筛查率达到90%以上。</p>"
        + "<p>加强服务能力建设，提高服务水平。</p>" * 40
    )
    page = f"<html><body><table><tr><td>导航</td><td>{article}</td></tr></table></body></html>"
    document = read(page.encode(), "plan.html")
    assert document.outline[0].text == "一、主要任务"
    assert [item.value for item in document.commitments] == ["90"]
