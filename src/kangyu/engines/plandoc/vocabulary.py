"""The words of the genre, as data: numbering marks, units, comparators, verbs, place words. Rules elsewhere only refer to these lists."""

import re


def words(text: str) -> tuple[str, ...]:
    """A list of words written with white space between them."""
    return tuple(text.split())


def either(text: str) -> str:
    """A pattern that matches any of the words of a list."""
    return f"(?:{'|'.join(words(text))})"


CJK_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
    "百": 100,
}
CJK_NUMBER = "[一二两三四五六七八九十百〇零]+"

# Numbering marks from the outermost to the innermost; a plan uses a few of them, always in this order.
MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("part", re.compile(rf"第\s*({CJK_NUMBER}|\d+)\s*(?:编|篇|部分)(?=[\s　:：、]|[^\W\d])")),
    ("chapter", re.compile(rf"第\s*({CJK_NUMBER}|\d+)\s*章")),
    ("section", re.compile(rf"第\s*({CJK_NUMBER}|\d+)\s*节")),
    ("cjk", re.compile(rf"({CJK_NUMBER})\s*[、．]")),
    ("cjk_bracket", re.compile(rf"[（(]\s*({CJK_NUMBER})\s*[）)]")),
    ("digit", re.compile(r"(\d{1,3})\s*(?:[．、]|\.(?!\d))")),
    ("digit_bracket", re.compile(r"[（(]\s*(\d{1,2})\s*[）)]")),
    ("circle", re.compile(r"([①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳])")),
)
BOX = re.compile(r"专\s*[栏题]\s*(?P<number>[\d一二三四五六七八九十]+(?:\s*[—–－-]+\s*\d+)?)?[\s　:：.．、]*(?=\S)")
BULLET = re.compile(r"(?:[—–－]{1,2}|——|●|•|■|◆|□|\*)\s*(?=\S)")
ORDINAL_POINT = re.compile(rf"{CJK_NUMBER}是")
CAPTION = re.compile(
    r"^(?:表\s*[\d一二三四五六七八九十]+[-—－.]?\d*[\s　:：]*.{2,40}"
    r"|.{0,30}(?:主要(?:发展)?指标|发展指标|指标体系|目标指标|主要目标指标|规划指标)(?:表|一览表|体系)?)$"
)
HEADING_START = re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in MARKS) + rf"|(?:{BOX.pattern})|(?:——)|(?:表\s*\d)")

# Headings of chapters that look back or lay down principles: figures there are facts, not promises.
BACKGROUND = re.compile(
    r"背景|(?:工作|发展|现实|规划|主要)基础|基础条件|现状|成效|成就|成绩|回顾|形势|挑战|机遇|存在.{0,4}(?:问题|不足|短板)|主要问题"
    r"|发展状况|发展情况|发展环境(?:和|与|及|分析)|工作情况|主要进展|评估情况"
)
PRINCIPLES = re.compile(r"指导思想|基本原则|发展思路|总体思路|工作原则|规划依据|编制")
SAFEGUARD = re.compile(r"保障|组织实施|规划实施|实施机制")
GOALS = re.compile(r"目标")

UNITS: tuple[str, ...] = words(
    """
    个百分点 百分点 微克/立方米 平方公里 平方千米 平方米 立方米 公里 千米 分钟 小时 个月 万亩 亩 万平方米 /10万 ／10万
    /万 ‰ % ％ 岁 万人次 人次 万人 人 名 张 个 家 所 处 辆 支 种 类 项 天 次 户 台 套 条 件 例 倍 亿元 万元 元 间 座
    床 位 场 期 门 批 米 吨 毫升 公斤 对 股 片 管 份 册 剂 针
    """
)
RATE_UNITS = frozenset(
    words(
        """
    % ‰ /10万 /万 个百分点 百分点 倍
        """
    )
)
COUNT_UNITS = frozenset(
    words(
        """
    个 家 所 处 名 人 张 辆 支 种 类 项 台 套 户 间 座 床 万人 人次 万人次 条 件 例 场 次 期 门 对 批 万元 亿元 元
    平方米 万平方米 亩 万亩 管 份 册 剂 针
        """
    )
)
MEASURE_UNITS = frozenset(
    words(
        """
    公里 千米 米 分钟 小时 天 个月 微克/立方米 毫升 吨 岁 平方公里 平方千米 立方米
        """
    )
)

# What stands before a number and what it makes of it.
BEFORE: tuple[tuple[str, str], ...] = (
    (
        r"(?:不低于|不少于|不小于|至少(?:建成|建立|打造|设置|有|配备|培养|达到|开展|完成|组织|设立|招录|选派)?|最少|≥|≧|不下于)"
        r"(?:[^，。、；\d]{0,14}的)?\s*$",
        "ge",
    ),
    (r"(?:不超过|不高于|不多于|不大于|至多|最多|≤|≦|以内控制在)(?:[^，。、；\d]{0,14}的)?\s*$", "le"),
    (r"(?:低于|小于|少于|<|＜)\s*$", "lt"),
    (r"(?:高于|大于|超过|突破|多于|>|＞)\s*$", "gt"),
    (r"(?:约|大约|约为)\s*$", "approx"),
)
AFTER: tuple[tuple[str, str], ...] = (
    (r"^\s*(?:[（(]含[）)])?\s*(?:及|或)?(?:以上|之上)", "ge"),
    (r"^\s*(?:[（(]含[）)])?\s*(?:及|或)?(?:以下|以内|之内|之下)", "le"),
    (r"^\s*(?:左右|上下)", "approx"),
)
RISE = r"(?:提高|提升|增加|增长|上升|增至|延长)"
FALL = r"(?:降低|下降|减少|压缩|缩短|递减|缩减)"
YEARLY = r"(?:每年|年均|逐年|年平均)"
IMPROVE = re.compile(
    r"同比例?(?:提高|提升)|持续(?:提升|提高|改善|降低|下降|减缓|增加|优化|减少|增长)|逐年(?:提升|提高|下降|降低|增加|减少)"
    r"|(?:明显|显著|大幅|稳步)(?:提高|提升|下降|降低|增加|改善|减少)"
)
PROPORTIONAL = re.compile(r"同比例|同步(?:提高|提升|增长)|同比(?:提高|提升)")
KEEP = re.compile(r"保持|稳定|维持|巩固")
NO_VALUE = re.compile(r"^[-—–－_/\\\s]*$|^(?:无|暂无|空)$")
NATURES = {"预期性": "expected", "预期": "expected", "约束性": "binding", "约束": "binding"}

# Verbs that make a count a promise, and verbs that only begin a description of work.
ACHIEVE = either(
    """
    建成 建设 新建 扩建 改建 改扩建 打造 培育 培养 培训 引进 引育 设立 设置 成立 新增 配置 配备 完成 达到 达
    建立 建好 创建 创成 争创 推广 选取 遴选 举办 开办 开设 获批 获得 储备 组建 招聘 招录 招收 实现 规划 增设
    增加 增配 开展 组织 认定 评选 评审通过 通过 申报 布局 推动 推进 保证 确保 发展 支持 扶持 创办 实施 启动 选派
    派出 覆盖 服务 形成 构建 运营 投入 总投资 投资 改造 提升 不少于 不低于 至少 不超过 拥有 占比 比例 打通 制定
    新设 筛查 救治 签约 纳入 力争 有
    """
)
WORK_VERB = re.compile(
    "^"
    + either(
        """
        加强 加快 推进 开展 完善 建立 实施 指导 严格 构建 健全 持续 引导 全面 深化 强化 优化 落实 推动 积极 大力
        支持 鼓励 提升 提高 探索 推广 规范 统筹 充分 继续 依托 做好 充实 组织 进一步 切实 深入 实现 以 按照 坚持
        发挥 扩大 改革 精准 强力 着力 多渠道 多举措 科学 有效 密切
        """
    )
)
VAGUE = re.compile(
    r"体系|机制|格局|制度|氛围|环境|局面|能力|突破|水平|需求|基础|政策|模式|融合|作用|优势|发展|效果|成效|治理|进展|理念|目标$|现代化$|服务$"
)
RANK = re.compile(
    r"第一方阵|前列|先进行列|先进水平|领先水平|前\s*[\d一二三四五六七八九十]+(?:名|位)|上游水平|平均水平|领先|首位|第[一二三]\b"
)
WHOLE = re.compile(
    r"全覆盖|全部|均(?!衡|等|匀|价|降|质|可)|所有[^，。；]{2,40}(?:都|均|能够|接受|提供|达到|设置)"
    r"|每[个家所][^，。；]{2,30}(?:能够|均|都|建成|设立|建立|有)|覆盖全体|百分百|百分之百"
)

# Things that get built.
FACILITY = either(
    """
    医院 卫生院 卫生室 门诊部 门诊楼 医技楼 病房楼 综合楼 康复楼 实验楼 业务楼 住院楼 急诊楼 教学楼 大楼
    业务用房 院区 新院 急救中心 急救站 调度中心 服务中心 临床中心 康复中心 指导中心 医学中心 医疗中心 次中心
    救治中心 质控中心 数据中心 养老中心 托育中心 基地 平台 储备库 储备点 实验室 学校 门诊 中医馆 国医堂 养护院
    护理院 福利院 敬老院 产业园 示范区 园区 检测中心 研发中心 保护中心 中心 公园 步道 体育馆 床位 工程 项目
    疾控中心 妇幼保健院 福利服务中心 病房 病区
    """
)
