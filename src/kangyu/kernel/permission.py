"""Everything a role may be allowed. Roles in ``content/roles`` list these by value."""

from collections.abc import Mapping
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
    PERSON_TREATED = "person.treated"
    VISIT_RECORD = "visit.record"
    VISIT_CORRECT = "visit.correct"
    WORKLIST_VIEW = "worklist.view"
    RECORDS_REVIEW = "records.review"
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
    RESIDENTS_HAND_OVER = "residents.hand_over"
    COVERAGE_VIEW = "coverage.view"
    SIGNAL_VIEW = "signal.view"
    SIGNAL_RESPOND = "signal.respond"
    SIGNAL_TUNE = "signal.tune"
    STATEMENT_VIEW = "statement.view"
    STATEMENT_COMPUTE = "statement.compute"
    STATEMENT_SIGN = "statement.sign"
    STATEMENT_APPEAL = "statement.appeal"


TITLES: Mapping[Permission, str] = {
    Permission.PLAN_VIEW: "看规划",
    Permission.PLAN_IMPORT: "导入规划文件",
    Permission.PLAN_REVIEW: "审核导入的规划",
    Permission.INDICATOR_VIEW: "看指标",
    Permission.INDICATOR_REPORT: "填报指标",
    Permission.INDICATOR_PERSONS: "从指标看到人",
    Permission.PERSON_VIEW: "看居民档案",
    Permission.PERSON_FIND: "查找居民",
    Permission.PERSON_TREATED: "看近期在本院就诊的人",
    Permission.VISIT_RECORD: "录随访",
    Permission.VISIT_CORRECT: "更正随访",
    Permission.WORKLIST_VIEW: "看待办",
    Permission.RECORDS_REVIEW: "核查可疑随访",
    Permission.FIGURES_EXPORT: "导出数字",
    Permission.RECORD_EXCHANGE: "与其他系统交换记录",
    Permission.RECORDS_IMPORT: "导入记录",
    Permission.ACCOUNT_MANAGE: "管理账号",
    Permission.CONTENT_VIEW: "看规则内容",
    Permission.CONTENT_LOAD: "装载规则内容",
    Permission.AUDIT_VIEW: "看操作记录",
    Permission.CASE_VIEW: "看事项",
    Permission.CASE_WORK: "办事项",
    Permission.REGISTER_VIEW: "看登记簿",
    Permission.REGISTER_KEEP: "登记和修改",
    Permission.LEDGER_VIEW: "看台账",
    Permission.LEDGER_POST: "台账过账",
    Permission.RESIDENTS_HAND_OVER: "整体交接居民",
    Permission.COVERAGE_VIEW: "看接种率",
    Permission.SIGNAL_VIEW: "看预警",
    Permission.SIGNAL_RESPOND: "处置预警",
    Permission.SIGNAL_TUNE: "调预警阈值",
    Permission.STATEMENT_VIEW: "看考核结算表",
    Permission.STATEMENT_COMPUTE: "计算考核结算表",
    Permission.STATEMENT_SIGN: "签字和支付",
    Permission.STATEMENT_APPEAL: "对考核结果申诉",
}
"""What each is called."""
