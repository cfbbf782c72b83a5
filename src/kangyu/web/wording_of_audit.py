"""What the actions of the audit trail, and what they were done to, are called on the page."""

import re

ACTIONS = {
    "sign_in": "登录",
    "second_factor.start": "开启登录保护",
    "second_factor.stop": "关闭登录保护",
    "second_factor.remove": "替人关闭登录保护",
    "account.open": "开设账号",
    "account.close": "停用账号",
    "account.activate": "启用账号",
    "account.password": "改密码",
    "record.import": "导入记录",
    "figure.people": "从指标看到人",
    "figures.recompute": "全量重算指标",
    "plan.import": "导入规划",
    "plan.official": "规划转为正式",
    "plan.accept_certain": "成批采纳规划条目",
    "plan.item_accept": "采纳规划条目",
    "plan.item_correct": "更正规划条目",
    "plan.item_discard": "弃用规划条目",
    "plan.item_undo": "撤回对规划条目的决定",
    "indicator.report": "填报指标",
    "visit.record": "录随访",
    "visit.correct": "更正随访",
    "person.view": "查看居民",
    "person.list": "看居民名单",
    "record.write": "写入记录",
    "case.view": "看事项",
    "case.list": "看事项名单",
    "case.open": "立案",
    "case.move": "办事项",
    "case.find": "查找事项",
    "case.hand_over": "交接事项",
    "residents.hand_over": "整体交接居民",
    "residents.survey": "看交接要带走什么",
    "case.same": "判断是否同一件",
    "person.find": "查找居民",
    "content.load": "装载规则",
    "thing.register": "登记",
    "thing.change": "改登记",
    "thing.move": "办理登记册事项",
    "thing.form": "填登记册表单",
    "thing.sheet": "导入登记册",
    "thing.export": "导出登记册",
    "ledger.post": "记账",
    "ledger.lapse": "占用到时放开",
    "statement.compute": "计算结算表",
    "statement.sign": "签字",
    "statement.move": "办结算表",
    "statement.correct": "更正结算表",
    "statement.view": "看结算表",
    "statement.records": "从得分看到记录",
    "statement.export": "导出结算表",
    "content.replay": "试算新规则",
    "content.replay.people": "从试算看到人",
}


def action_words(action: str) -> str:
    """The action in words; one without a name here is shown as it is stored."""
    return ACTIONS.get(action, action)


TARGETS = (
    (re.compile(r"account/(.+)"), "账号 {0}"),
    (re.compile(r"plan_document/(\d+)"), "规划文件 {0} 号"),
    (re.compile(r"plan_item/(\d+)"), "规划条目 {0} 号"),
    (re.compile(r"run/(.+)"), "第 {0} 次重算"),
    (re.compile(r"indicator/([^/]+)/?(.*)"), "指标 {0} {1}"),
    (re.compile(r"form/(.+)"), "表单 {0}"),
    (re.compile(r"statement/(\d+)/?(.*)"), "结算表 {0} 号 {1}"),
    (re.compile(r"(\d+) resources"), "{0} 条记录"),
)


def target_words(target: str) -> str:
    """What something was done to, in words; a record is named by its type and id as it is stored."""
    for pattern, words in TARGETS:
        if found := pattern.fullmatch(target):
            return words.format(*found.groups()).strip()
    return target
