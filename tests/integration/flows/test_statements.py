"""A half-year of two hospitals: counted, signed by two, shown, objected to, corrected, settled, paid; nothing signed ever changes."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.ledgers.models import LedgerPosting
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.statements import queries
from kangyu.apps.statements.models import SampleDraw, Sheet, SheetLine
from kangyu.apps.statements.queries import SheetNotWithinReach
from kangyu.apps.statements.seals import SealBroken
from kangyu.engines.draw import digest_of_list, seed_of
from kangyu.engines.statements import period_of
from kangyu.flows import case_work, statement_appeals, statement_checks, statement_work
from kangyu.flows.statement_trials import trial
from kangyu.kernel.errors import DeniedError, UserError
from world import care, qinghe

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "django.contrib.auth.backends.ModelBackend"
KEY = "two_card_appraisal"
HALF = period_of("half_year", date(2025, 3, 1))
CHANGES = (
    "UPDATE statement_sheet SET text = text || ' '",
    "UPDATE statement_sheet SET frozen = false",
    "DELETE FROM statement_sheet",
    "UPDATE statement_step SET account = 'x'",
    "DELETE FROM statement_step",
)
OBJECTION = {"about": "workload", "reason": "五月的随访漏算一次", "asked": 100}


class County:
    """Two hospitals with a clinic each, their clerks, and the bureau."""

    def __init__(self):
        qinghe.build()
        care.stand_on()
        for clinic, hospital, area in (("clinic-dongli", "east", "370899101"), ("clinic-xili", "west", "370899102")):
            main = qinghe.institution(hospital, f"{hospital}镇卫生院", "township_hospital", area)
            below = qinghe.institution(clinic, f"{hospital}村卫生室", "village_clinic", f"{area}201")
            put({**main, "partOf": {"reference": "Organization/bureau"}}, {**below, "partOf": {"reference": f"Organization/{hospital}"}})
        for number, person in enumerate(("li", "zhao")):
            put(care.condition(f"c{number}", person), care.episode(f"e{number}", person))
        self.office = self.account("office", "phc_office", org="bureau")
        self.finance = self.account("finance", "finance_desk", org="bureau")
        self.panel = self.account("panel", "appeal_panel", org="bureau")
        self.east = self.account("east", "phc_clerk", area="370899101", org="east")
        self.west = self.account("west", "phc_clerk", area="370899102", org="west")

    @staticmethod
    def account(name, role, area=qinghe.COUNTY, **place):
        opened = accounts.open_account(
            username=f"a-{name}", password=qinghe.PASSWORD, display_name=name, role=role, by=SYSTEM, synthetic=True, area=area, **place
        )
        return viewer_of(opened)

    def shown(self):
        id = statement_work.compute(self.office, KEY, HALF)
        digest = Sheet.objects.get(pk=id).digest
        statement_work.sign(self.office, id, digest=digest)
        statement_work.sign(self.finance, id, digest=digest)
        return id


def put(*bodies):
    write([Draft("update", one["resourceType"], one["id"], one) for one in bodies], by=SYSTEM)


def visits():
    """East: two days count (one of three on the same day twice, one without a reading, one after the half-year); West: one."""
    for id, person, on, clinic in (
        ("v1", "li", "2025-02-10", "clinic-dongli"),
        ("v2", "li", "2025-02-10", "clinic-dongli"),
        ("v3", "li", "2025-05-12", "clinic-dongli"),
        ("v4", "li", "2025-07-02", "clinic-dongli"),
        ("v5", "zhao", "2025-03-03", "clinic-xili"),
    ):
        put(care.visit(id, person, on, clinic=clinic, systolic=132.0, diastolic=82.0))
    put(care.visit("v6", "li", "2025-06-20", systolic=132.0))


@pytest.fixture
def county(empty_record):
    found = County()
    visits()
    return found


@pytest.fixture
def sheet(county):
    entries = [Entry("put", Decimal(1000), {"institution": "east", "purpose": "advance"})]
    post("subsidy_money", entries, key="advance", by=SYSTEM, on=date(2025, 1, 20))
    return county, county.shown()


def test_what_is_counted_opens_to_exactly_the_records_that_counted(county):
    id = statement_work.compute(county.office, KEY, HALF)
    opened = queries.opened(county.office, id)
    east, west = opened.row("east"), opened.row("west")
    assert (east["points"]["public_health"]["hypertension"]["count"], west["points"]["public_health"]["hypertension"]["count"]) == (2, 1)
    assert east["values"]["public_health"] == "2.40"
    behind = statement_work.records_behind(opened, "public_health.hypertension", "east", limit=10)
    assert {one["record"] for one in behind.page} == {"v1", "v3"} and {one["org"] for one in behind.page} == {"clinic-dongli"}
    for row in opened.body["rows"]:
        for column, items in row["points"].items():
            for name, points in items.items():
                found = statement_work.records_behind(opened, f"{column}.{name}", row["id"], limit=1)
                if "count" in points:
                    assert (found.records, found.top) == (points["count"], points["count"])
                else:
                    assert (found.top, found.bottom) == (points["top"], points["bottom"])
    assert sum(Decimal(row["share"]) for row in opened.body["rows"]) == Decimal(600000)


def test_a_sheet_may_be_computed_anew_only_before_it_is_signed(county):
    id = statement_work.compute(county.office, KEY, HALF)
    before = Sheet.objects.get(pk=id).digest
    put(care.visit("v7", "li", "2025-04-01", systolic=130.0, diastolic=80.0))
    assert statement_work.compute(county.office, KEY, HALF) == id
    after = Sheet.objects.get(pk=id).digest
    assert before != after
    with pytest.raises(UserError, match="重算过"):
        statement_work.sign(county.office, id, digest=before)
    statement_work.sign(county.office, id, digest=after)
    with pytest.raises(UserError, match="已经签字"):
        statement_work.compute(county.office, KEY, HALF)
    statement_work.send_back(county.finance, id, reason="漏了一家")
    assert queries.opened(county.office, id).signed == ()
    assert statement_work.compute(county.office, KEY, HALF) == id


def test_only_who_is_asked_signs_and_what_is_unfinished_is_not_computed(county):
    with pytest.raises(UserError, match="还没有结束"):
        statement_work.compute(county.office, KEY, period_of("half_year", clock.today()))
    with pytest.raises(DeniedError):
        statement_work.compute(county.finance, KEY, HALF)
    id = statement_work.compute(county.office, KEY, HALF)
    digest = Sheet.objects.get(pk=id).digest
    with pytest.raises(DeniedError):
        statement_work.sign(county.finance, id, digest=digest)
    with pytest.raises(DeniedError):
        statement_work.sign(county.east, id, digest=digest)


def test_institutions_see_a_sheet_once_it_is_shown_and_outsiders_never(county):
    id = statement_work.compute(county.office, KEY, HALF)
    with pytest.raises(SheetNotWithinReach):
        queries.opened(county.east, id)
    assert queries.listed(county.east) == []
    digest = Sheet.objects.get(pk=id).digest
    statement_work.sign(county.office, id, digest=digest)
    statement_work.sign(county.finance, id, digest=digest)
    assert queries.opened(county.east, id).sheet.pk == id
    elsewhere = county.account("far", "phc_office", area="370900", org="bureau")
    stranger = county.account("stranger", "phc_clerk", area="370899103", org="clinic-dongli")
    for one in (elsewhere, stranger):
        with pytest.raises(SheetNotWithinReach):
            queries.opened(one, id)


def test_the_database_refuses_to_change_what_was_shown_and_a_changed_one_does_not_open(sheet):
    county, id = sheet
    for change in CHANGES:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE statement_sheet DISABLE TRIGGER ALL")
        cursor.execute("UPDATE statement_sheet SET text = replace(text, '600000', '700000')")
        cursor.execute("ALTER TABLE statement_sheet ENABLE TRIGGER ALL")
    with pytest.raises(SealBroken):
        queries.opened(county.office, id)


def test_an_upheld_appeal_posts_a_sealed_line_and_the_sheet_settles_and_is_paid_once(sheet, monkeypatch):
    county, id = sheet
    case = statement_appeals.appeal(county.east, id, "east", answers=OBJECTION, key="one")
    before = queries.opened(county.east, id)
    until = before.sheet.appeal_until
    assert statement_work.settle_due(until + timedelta(hours=1)) == 0, "an appeal is undecided"
    case_work.make_move(county.panel, case, "uphold", answers={"finding": "属实", "amount": 88.5}, key="d")
    case_work.make_move(county.panel, case, "uphold", answers={"finding": "属实", "amount": 88.5}, key="d")
    after = queries.opened(county.east, id)
    assert [(line.org, line.amount, line.case) for line in after.lines] == [("east", Decimal("88.50"), case)]
    assert after.sheet.digest == before.sheet.digest and after.body == before.body
    assert statement_work.settle_due() == 0, "the time for appeals still runs"
    assert statement_work.settle_due(until + timedelta(hours=1)) == 1
    with pytest.raises(DeniedError):
        statement_work.carry_out(county.office, id, "pay")
    statement_work.carry_out(county.finance, id, "pay")
    with pytest.raises(UserError, match="已支付"):
        statement_work.carry_out(county.finance, id, "pay")
    paid = LedgerPosting.objects.get(key=f"statement/{id}/pay")
    given = {entry.balance.account["institution"]: entry.quantity for entry in paid.entries.all()}
    assert given["east"] == Decimal(after.row("east")["values"]["pay"]) + Decimal("88.50")
    assert given["west"] == Decimal(after.row("west")["values"]["pay"]) == Decimal(after.row("west")["share"])
    assert Decimal(after.row("east")["values"]["advance"]) == 1000


def test_a_line_that_was_altered_is_noticed(sheet):
    county, id = sheet
    case = statement_appeals.appeal(county.east, id, "east", answers=OBJECTION, key="one")
    case_work.make_move(county.panel, case, "uphold", answers={"finding": "属实", "amount": 10}, key="d")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE statement_line DISABLE TRIGGER ALL")
        cursor.execute("UPDATE statement_line SET amount = 10000")
        cursor.execute("ALTER TABLE statement_line ENABLE TRIGGER ALL")
    assert SheetLine.objects.get().amount == 10000
    with pytest.raises(SealBroken, match="更正"):
        queries.opened(county.office, id)


def test_only_the_row_s_own_clerk_objects_and_only_in_time(sheet, monkeypatch):
    county, id = sheet
    with pytest.raises(DeniedError):
        statement_appeals.appeal(county.west, id, "east", answers=OBJECTION, key="x")
    with pytest.raises(DeniedError):
        statement_appeals.appeal(county.panel, id, "east", answers=OBJECTION, key="x")
    late = Sheet.objects.get(pk=id).appeal_until + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    with pytest.raises(DeniedError):
        statement_appeals.appeal(county.east, id, "east", answers=OBJECTION, key="x")


def test_what_if_moves_everybody_s_money_and_stores_nothing(sheet):
    county, id = sheet
    opened = queries.opened(county.east, id)
    found = trial(opened, {"two_card_pool": 500000.0})
    assert sum(row.share for row in found.after.rows) == Decimal(500000)
    assert [str(row.share) for row in found.before.rows] == [row["share"] for row in json.loads(opened.sheet.text)["rows"]]
    assert found.changed == {"two_card_pool": (600000.0, 500000.0)}
    assert queries.opened(county.east, id).sheet.digest == opened.sheet.digest
    with pytest.raises(UserError, match="没有用到"):
        trial(opened, {"soon_days": 3.0})


def test_what_if_a_rule_or_one_figure_were_different(sheet):
    county, id = sheet
    opened = queries.opened(county.east, id)
    item = "public_health.hypertension"
    more = trial(opened, {}, figures={("west", item): 40})
    assert more.figures == {("west", item): (1.0, 40.0)} and sum(row.share for row in more.after.rows) == Decimal(600000)
    assert {one.before.id: one.difference > 0 for one in more.rows} == {"west": True, "east": False}
    uncapped = trial(opened, {}, rules={"pool.cap": "", "pool.floor": "", "pool.by": "workload"})
    loads = {row.id: row.values["workload"] for row in uncapped.after.rows}
    fair = {row.id: Decimal(600000) * loads[row.id] / sum(loads.values()) for row in uncapped.after.rows}
    assert all(abs(row.share - fair[row.id]) < Decimal("0.01") for row in uncapped.after.rows)
    assert uncapped.rules["pool.by"] == ("score", "workload")
    assert trial(opened, {}, rules={"pool.by": "score"}).rules == {}, "the same text is no change"
    for rules, says in (({"pool.by": "workload +"}, "读不懂"), ({"pool.cap": "much"}, "要填数字")):
        with pytest.raises(UserError, match=says):
            trial(opened, {}, rules=rules)
    with pytest.raises(UserError, match="这一项"):
        trial(opened, {}, figures={("nowhere", item): 1})
    assert "advance" not in str(trial(opened, {}, rules={"lines.advance.gives": "0"}).rules), "the ledgers are not in the frozen sheet"
    assert queries.opened(county.east, id).sheet.digest == opened.sheet.digest


def test_the_page_of_trials_says_whose_money_changes(sheet, client, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    _, id = sheet
    client.force_login(Account.objects.get(username="a-office"), backend=BACKEND)
    address = f"/statements/{id}/trial/"
    assert (
        address in client.get(f"/statements/{id}/").content.decode()
        and f"{address}?org=east" in client.get(f"/statements/{id}/east/").content.decode()
    )
    asked = {"org": "west", "item": "public_health.hypertension", "number": "40"}
    page = client.get(address, asked).content.decode()
    assert "1 家多得，1 家少得" in page and "高血压随访（次） 1 → 40" in page and "600" in page
    assert "要选机构和项目" in client.post(address, {"number": "3"}).content.decode()
    assert "保底（平均额的几成）：0.3 → 没有" in client.post(address, {"rule.pool.floor": ""}).content.decode()


def test_pages_name_only_people_within_reach_and_sign_what_was_seen(county, client, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    id = statement_work.compute(county.office, KEY, HALF)
    client.force_login(Account.objects.get(username="a-office"), backend=BACKEND)
    assert client.post(f"/statements/{id}/sign/", {"digest": Sheet.objects.get(pk=id).digest}).status_code == 302
    assert Sheet.objects.get(pk=id).state == "checked"
    client.force_login(Account.objects.get(username="a-east"), backend=BACKEND)
    assert client.get(f"/statements/{id}/").status_code == 404, "not shown yet"
    statement_work.sign(county.finance, id, digest=Sheet.objects.get(pk=id).digest)
    page = client.get(f"/statements/{id}/east/").content.decode()
    assert "提出申诉" in page and "高血压随访" in page and "2.40" in page
    records = f"/statements/{id}/east/public_health.hypertension/"
    assert "李样芳" in client.get(records).content.decode()
    assert "提出申诉" not in client.get(f"/statements/{id}/west/").content.decode()
    client.force_login(Account.objects.get(username="a-west"), backend=BACKEND)
    seen = client.get(records).content.decode()
    assert "李样芳" not in seen and "不在您的管辖范围" in seen and "<b>2</b> 条" in seen
    book = client.get(f"/statements/{id}/sheet.xlsx")
    assert book.status_code == 200 and book.content[:2] == b"PK"


def pages(client, settings, name):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    client.force_login(Account.objects.get(username=f"a-{name}"), backend=BACKEND)
    return client


def test_sheet_is_computed_from_its_page_by_the_office_only(county, client, settings):
    asked = {"key": KEY, "start": "2025-01-01"}
    for name in ("finance", "east", "panel"):
        assert pages(client, settings, name).post("/statements/compute/", asked).status_code in (400, 403)
    assert Sheet.objects.count() == 0
    office = pages(client, settings, "office")
    assert "2025 年上半年" in office.get("/statements/").content.decode()
    page = office.post("/statements/compute/", asked, follow=True).content.decode()
    assert "已算好，请核对后签字" in page and "east镇卫生院" in page and "2.40" in page
    for wrong in ({**asked, "start": "2025-13-01"}, {**asked, "key": "no_such"}, {**asked, "start": "2025-07-01"}):
        assert office.post("/statements/compute/", wrong).status_code == 400
    assert Sheet.objects.count() == 1


def test_drawn_records_are_asked_after_and_what_was_found_moves_the_money(county, client, settings):
    office = pages(client, settings, "office")
    assert "2025 年上半年" in office.get("/statements/checks/").content.decode()
    assert office.post("/statements/checks/draw/", {"key": KEY, "start": "2025-01-01"}).status_code == 302
    found = SampleDraw.objects.get()
    assert {unit["record"] for unit in found.units if unit["row"] == "east"} == {"v1", "v2", "v3", "v6"}
    assert found.digest == digest_of_list([unit["record"] for unit in found.units]), "the whole list is small enough to be drawn"
    assert found.seed == seed_of(f"{KEY}/370899/2025-01-01", timezone.localtime(found.at), found.digest)
    address = f"/statements/checks/{found.pk}/"
    page = office.get(address).content.decode()
    assert found.seed in page and "李样芳" in page and "east村卫生室" in page
    told = office.post(f"{address}v1/", {"way": "phone", "found": "no"}, follow=True).content.decode()
    assert "还没有记下" in told, "what was not true is explained"
    for record, true in (("v1", "no"), ("v2", "yes"), ("v3", "yes"), ("v6", "yes"), ("v5", "yes")):
        office.post(f"{address}{record}/", {"way": "phone", "found": true, "remark": "本人说没来过" if true == "no" else ""})
    assert '<span class="st bad">不属实</span>' in office.get(address).content.decode()
    assert statement_checks.left_of(county.office) == 0
    opened = queries.opened(county.office, statement_work.compute(county.office, KEY, HALF))
    assert (opened.row("east")["values"]["checked"], opened.row("east")["values"]["found_true"]) == ("4", "3")
    assert opened.row("west")["values"]["checked"] == "1"


def test_a_draw_is_made_once_and_neither_changed_nor_answered_after_the_signature(county, client, settings):
    id = statement_checks.draw(county.office, KEY, HALF)
    with pytest.raises(UserError, match="不能重抽"):
        statement_checks.draw(county.office, KEY, HALF)
    for change in ("UPDATE statement_draw SET seed = 'x'", "DELETE FROM statement_draw"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(UserError, match="不在抽到的名单里"):
        statement_checks.answer(county.office, id, "v4", {"way": "phone", "found_true": True})
    with pytest.raises(DeniedError):
        statement_checks.answer(county.east, id, "v1", {"way": "phone", "found_true": True})
    for name in ("finance", "east", "panel"):
        assert pages(client, settings, name).get(f"/statements/checks/{id}/").status_code == 403
    county.shown()
    with pytest.raises(UserError, match="已经签字"):
        statement_checks.answer(county.office, id, "v1", {"way": "phone", "found_true": True})
