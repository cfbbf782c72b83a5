"""The official paper, filled and blank: what it says is read back from the PDF."""

import io

import pypdf
import pytest

from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.governance.access import viewer_of
from kangyu.flows import printing, visits
from kangyu.kernel.errors import UserError
from world import care

pytestmark = pytest.mark.django_db
ANSWERS = {
    "visit_kind": "home", "systolic": "168", "diastolic": "98", "weight": "64.5", "symptoms": ["palpitation"],
    "medication_adherence": "irregular", "medicines": "氨氯地平，每日 1 次，5 mg", "adverse_reaction": "no", "new_complication": "no",
}  # fmt: skip


def words(printed):
    reader = pypdf.PdfReader(io.BytesIO(printed.data))
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in (one.get_object() for one in page["/Resources"]["/Font"].values())}
    return "".join(page.extract_text() for page in reader.pages).replace("\n", ""), fonts


@pytest.fixture
def li(qinghe):
    return care.li_is_treated()


def test_a_visit_is_printed_beside_those_before_it(qinghe, li):
    shen = viewer_of(qinghe.shen)
    saved = visits.save(shen, li, "hypertension", "", ANSWERS, key="p1")
    printed = printing.visit(shen, li, saved.response)
    text, fonts = words(printed)
    assert printed.name == "高血压患者随访 李样芳.pdf"
    for said in ("高血压患者随访服务记录表", "李样芳", "168/98", "156/92", "138/82", "142/84", "2025-08-15", "64.5", "氨氯地平",
                 "控制不满意", "沈样舟", "合成数据", "第 1 页", "服药依从性：1 规律 2 间断"):  # fmt: skip
        assert said in text, said
    assert text.count("[2]") >= 2, "visited at home, takes medicine irregularly"
    assert any("NotoSansSC" in font for font in fonts), fonts


def test_a_blank_paper_holds_the_questions_and_no_answers(qinghe):
    text, _ = words(printing.blank(viewer_of(qinghe.shen), "diabetes_follow_up"))
    for said in ("2 型糖尿病患者随访服务记录表", "空腹血糖（mmol/L）", "糖化血红蛋白", "随访医生签名", "[ ]"):
        assert said in text, said
    assert "合成数据" not in text


def test_nobody_prints_what_they_may_not_see(qinghe, li):
    saved = visits.save(viewer_of(qinghe.shen), li, "hypertension", "", ANSWERS, key="p1")
    with pytest.raises(NotWithinReach):
        printing.visit(viewer_of(qinghe.wang), li, saved.response)
    with pytest.raises(UserError, match="没有纸质表样"):
        printing.blank(viewer_of(qinghe.shen), "indicator_report")
