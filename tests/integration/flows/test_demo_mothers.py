"""What the demo county shows of mothers and children: links, visits at their weeks, nursery children, reminders, a reaction."""

import pytest

from kangyu.apps.cases.models import CareStatus, CaseFile
from kangyu.apps.cases.queries.defaulters import schools
from kangyu.apps.relations.models import Relation
from kangyu.flows import demo_mothers
from world.care import TODAY, episode, pid_of, stand_on, store, visit
from world.qinghe import DONGLI, extension, institution, patient

pytestmark = pytest.mark.django_db


def test_the_demo_links_mothers_and_children_and_fills_the_lists(qinghe):
    stand_on()
    household = extension("household", valueString="h1")
    people = [
        patient("lan", "兰样雨", "1997-05-02", "female", "clinic-dongli", DONGLI),
        patient("bao", "兰样宝", "2025-09-10", "male", "clinic-dongli", DONGLI, identity=None, since="2025-09-10"),
        patient("wei", "魏样青", "1996-02-03", "female", "clinic-dongli", DONGLI),
        patient("tong", "童样一", "2021-05-05", "male", "clinic-dongli", DONGLI, since="2021-05-05"),
    ]
    for one in people[:2]:
        one["extension"] = [*(each for each in one.get("extension", ()) if not each["url"].endswith(":household")), household]
    pregnant = episode("wei-e", "wei", "maternal", since="2025-08-01")
    pregnant["extension"] = [*pregnant.get("extension", ()), extension("lmp", valueDate="2025-06-06")]
    store(*people, pregnant, institution("nursery", "东里托育园", "childcare", DONGLI))
    store(visit("lan-d", "lan", "2025-09-10", form="maternal_delivery_record", live_births=1.0))
    made = demo_mothers.seed(DONGLI[:9], "clinic-dongli")
    assert made == demo_mothers.seed(DONGLI[:9], "clinic-dongli")
    links = {(one.type, one.from_pid, one.to_kind, one.to_id) for one in Relation.objects.all()}
    assert ("mother", pid_of("lan"), "person", str(pid_of("bao"))) in links
    assert schools("attends", TODAY) == {"nursery": 1}
    assert CareStatus.objects.get(pid=pid_of("wei"), programme="maternal").last["counted"] == {"pregnant": "2025-06-06"}
    assert CaseFile.objects.filter(procedure="aefi", pid=pid_of("bao"), state="noticed").count() == 1
