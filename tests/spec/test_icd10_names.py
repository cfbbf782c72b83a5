"""Names of ICD-10 categories as the national standard has them: the ones that are easily shortened into something else."""

import pytest

from declarations import shipped

NAMES = {
    "A15": "呼吸道结核病，经细菌学和组织学证实",
    "A41": "其他败血症",
    "C22": "肝和肝内胆管恶性肿瘤",
    "C34": "支气管和肺恶性肿瘤",
    "E78": "脂蛋白代谢紊乱和其他脂血症",
    "F22": "持久的妄想性障碍",
    "I10": "特发性（原发性）高血压",
    "I64": "脑卒中，未特指为出血或梗死",
    "J18": "肺炎，病原体未特指",
    "J44": "其他慢性阻塞性肺疾病",
    "M81": "骨质疏松，不伴有病理性骨折",
    "T60": "杀虫剂的毒性效应",
    "V89": "机动车或非机动车事故，车辆类型未特指",
    "X70": "用悬吊、绞勒和窒息方式故意自害",
}


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_category_has_its_full_name(code, name):
    assert shipped().title_of("icd10_category", code) == name


def test_every_category_that_rules_single_out_has_a_name():
    """A rule that names three characters names a disease people will read."""
    singled = {
        entry[:3]
        for key in ("type2_diabetes", "hypertensive_disease", "severe_mental_disorder", "pulmonary_tuberculosis")
        for entry in shipped().value_sets[key].codes
    }
    missing = {code for code in singled if shipped().title_of("icd10_category", code) == code}
    assert missing == set()


@pytest.mark.parametrize(("code", "held"), [("G40.9", False), ("F06.8", True), ("F71.0", False), ("F71.1", True), ("F30.1", False)])
def test_the_six_severe_disorders_are_not_epilepsy_or_disability_alone(code, held):
    assert shipped().value_sets["severe_mental_disorder"].holds(code) is held
