"""Everything a role may be allowed. Roles in ``content/roles`` list these by value."""

from enum import StrEnum


class Permission(StrEnum):
    """What a job may do; how far it reaches is the role's ``within``."""

    PLAN_VIEW = "plan.view"
    PLAN_IMPORT = "plan.import"
    PLAN_REVIEW = "plan.review"
    INDICATOR_VIEW = "indicator.view"
    INDICATOR_REPORT = "indicator.report"
    INDICATOR_PERSONS = "indicator.persons"
    PERSON_VIEW = "person.view"
    PERSON_FIND = "person.find"
    VISIT_RECORD = "visit.record"
    VISIT_CORRECT = "visit.correct"
    WORKLIST_VIEW = "worklist.view"
    FIGURES_EXPORT = "export.figures"
    RECORD_EXCHANGE = "record.exchange"
    RECORDS_IMPORT = "import.records"
    ACCOUNT_MANAGE = "account.manage"
    CONTENT_VIEW = "content.view"
    CONTENT_LOAD = "content.load"
    AUDIT_VIEW = "audit.view"
    CASE_VIEW = "case.view"
    CASE_WORK = "case.work"
    REGISTER_VIEW = "register.view"
    REGISTER_KEEP = "register.keep"
    LEDGER_VIEW = "ledger.view"
    LEDGER_POST = "ledger.post"
