"""The ways in which plans name projects in running text: a verb of building and the name of what gets built. Data, in order of trust."""

import re
from dataclasses import dataclass

from kangyu.engines.plandoc.vocabulary import FACILITY, either

HEALTH_BODY = either(
    """
    人民医院 中医院 中医医院 妇幼保健 疾病预防控制中心 疾控 精神 康复 儿童 妇女 传染病 肿瘤 口腔 残疾人
    第[一二三四五六] 公共卫生 卫生院 卫生服务中心 急救 二院 托育 盲人 老年 中心医院 中西医 红十字 全民健康 医疗
    社会福利 养老
    """
)
OWNER = r"(?:[\u4e00-\u9fff]{1,5}[省市县镇乡]|[\u4e00-\u9fff]{1,5}(?<!社)(?<!辖)(?<!园)(?<!地)区|(?<!社)[区县市](?![级域内场民政委直属]))"
NAME = r"[^，。；：、的]"


@dataclass(frozen=True)
class Pattern:
    """A way to name a project. ``future_only`` patterns say nothing in a chapter that looks back; ``kind`` may be told from the name."""

    pattern: re.Pattern[str]
    kind: str = ""
    future_only: bool = True


PATTERNS: tuple[Pattern, ...] = (
    # 新建渠口镇卫生院项目；新建和改扩建应急物资储备库
    Pattern(
        re.compile(
            r"(?P<verb>(?:支持|计划|规划)?(?:新建(?:和|及|、)?(?:改)?扩建|改扩建|迁扩建|迁建|扩建|新建))"
            rf"(?P<name>[^，。；：]{{0,30}}?{FACILITY}(?:和[^，。；：]{{2,14}}?{FACILITY})?(?:项目|工程)?)"
        ),
        "construction",
        future_only=False,
    ),
    # 启动某区公共卫生应急服务中心项目；推进区妇幼保健院标准化建设；实施区中医院扩建工程
    Pattern(
        re.compile(
            rf"(?P<verb>启动|完成|加快推进|推进|加快|实施|推动|继续推进)(?P<name>{OWNER}"
            rf"[^，。；：、]{{0,12}}?{HEALTH_BODY}?[^，。；：、]{{0,16}}?{FACILITY}[^，。；：、]{{0,16}}?"
            r"(?:建设|装饰|迁扩建|扩建|改造|创建|搬迁)?(?:工程|项目|建设|创建|迁建|扩建|搬迁)(?:[（(][^（）()]{1,6}[）)])?)"
        ),
        "",
        future_only=False,
    ),
    # 建设市中医院中医康复中心；成立某区托育服务指导中心；2022年底前建成市公共卫生服务中心
    Pattern(
        re.compile(
            r"(?P<verb>集中力量建设|规划建设|建设|成立|建成|组建|设立|打造|筹建)"
            rf"(?P<name>(?:PLACE|[区县市](?![域内场民政委直])(?:级)?){NAME}{{0,10}}?{HEALTH_BODY}[^，。；：的]{{0,18}}?{FACILITY})"
        ),
    ),
    # 设立1个急救站；打造5个孕产妇学校；建成3个以上县域服务次中心
    Pattern(
        re.compile(
            r"(?P<verb>设立|打造|建成|建设|布局|规划建设|新建|改扩建|推动|创建|建立)(?:至少|不少于|约)?"
            r"(?P<name>(?:\d+(?:\s*[—–~-]+\s*\d+)?|[一二两三四五六七八九十]+)[个所家处座](?:以上|左右)?"
            rf"[^，。；：]{{1,50}}?(?:{FACILITY})(?:或急救站)?(?:[^，。；]{{0,20}}一体化建设)?)"
        ),
        "construction",
    ),
    # 探索建立中医疫病防治基地；推动建设智慧药监监管平台；谋划建立研发中心
    Pattern(
        re.compile(
            r"(?P<verb>探索建立|谋划建立|谋划建设|推动建设|筹划建设|争取建设)"
            r"(?P<name>[^，。；：、“]{2,20}?(?:基地|平台|示范区|中心|储备库|医院)(?:[、和][^，。；：]{2,16}?(?:基地|中心|平台))*)"
        ),
    ),
    Pattern(
        re.compile(
            r"(?<!支持)(?P<verb>建设)(?P<name>[^，。；：、“和]{2,16}(?:网络平台|健康旅游示范区|科普基地|指挥中心|监管平台|数据中心))"
        )
    ),
    # 实施医疗服务能力提升项目155个，完成投资 …；投入350万元建设国医堂
    Pattern(re.compile(r"(?P<verb>实施)(?P<name>[^，。；：、]{2,20}?项目)(?=\d+个)"), "construction", future_only=False),
    Pattern(
        re.compile(r"(?P<verb>投入)\d+(?:\.\d+)?[万亿]元(?:建设|新建|改造)(?P<name>[^，。；：]{3,20})"),
        "construction",
        future_only=False,
    ),
    # 将传染病医院建设成为 … 的基地
    Pattern(re.compile(r"(?P<verb>将)(?P<name>[^，。；：、\d]{2,10}(?:医院|中心))(?=建设成为)"), "construction"),
    # 实施农村供水保障工程；加快雨污分流改造
    Pattern(
        re.compile(
            r"(?<!组织)(?P<verb>实施)(?P<name>[^，。；：、“《]{2,10}(?:供水|保障|培训|改造|配套)工程|[^，。；：、“《]{4,20}(?:设施|配套)项目)"
        ),
        "programme",
    ),
    Pattern(re.compile(r"(?P<verb>加快)(?P<name>[^，。；：、和]{2,8}分流改造|[^，。；：、和]{2,8}管网改造)"), "construction"),
    # 在区人民医院设置养老床位50张
    Pattern(re.compile(rf"(?P<verb>在)(?P<name>{NAME}{{2,12}}?(?:医院|中心|卫生院)设置{NAME}{{0,6}}床位)(?=\d)"), "construction"),
    # 在区人民医院内探索建立 … 智慧医院
    Pattern(re.compile(rf"(?P<verb>在)(?P<name>{NAME}{{2,10}}(?:医院|中心)内?)探索建立[^，。；]{{0,40}}(?=智慧医院)"), "programme"),
    # … 11家社区卫生服务中心 … 全部完成基层中医馆建设
    Pattern(re.compile(rf"(?P<verb>完成)(?P<name>[^，。；：、]{{2,10}}?{FACILITY}建设)"), "construction"),
    # 汶河街道建立独立的社区卫生服务中心
    Pattern(
        re.compile(rf"(?P<name>[\u4e00-\u9fff]{{2,12}}(?:街道|镇|乡))(?:分别)?(?P<verb>建立|建设|新建)(?=[^，。；]{{0,10}}{FACILITY})"),
        "construction",
    ),
    # 某某中心建成生物安全二级实验室
    Pattern(re.compile(r"(?P<verb>建成)(?P<name>[^，。；：、“了\d]{2,14}(?:实验室|示范基地))"), "construction", future_only=False),
    # 区人民医院2019年4月动工建设；某某项目开工
    Pattern(
        re.compile(
            rf"(?P<name>[^，。；：、\d□]{{2,24}}?{FACILITY})"
            r"(?=(?:□*|20\d\d年(?:\d+月)?)(?:正式|已|顺利)?(?:动工|开工|竣工))(?P<verb>)"
        ),
        "construction",
        future_only=False,
    ),
)
LISTED = re.compile(r"(?P<verb>加快推进|加快|推进|建成|实施|建设|及)(?P<names>[^，。；]{6,160}?)等[^，。；、]{0,20}(?:项目|工程)")
FINISHED = re.compile(
    r"(?:相继|顺利|陆续)?完成(?P<made>[^，。；：]{4,60}?)(?:新建及改扩建|迁扩建|改扩建|扩建|迁建|新建)工程|(?P<names>[^，。；：]{4,80}?)(?:项目|工程)?(?:相继|陆续|全部|顺利)?(?:完工|竣工|建成并投入使用|开工建设)"
)
LOCAL_QUOTE = re.compile(r"(?P<verb>开展|实施|执行|启动)“(?P<quoted>[^”]{3,20})”(?P<after>等?专项(?:整治|行动)|计划|工程|行动)?")
INDUSTRY = re.compile(r"(?P<verb>重点推进|推进)(?P<name>[^，。；]{4,60}?)(?:的|等[^，。；]{0,8})?(?:研发(?:及|和|与)产业化|产业化)")
ALSO = re.compile(r"、(?P<name>[省市区县镇乡][^，。；、]{4,24}?(?:工程|项目))")
UNWANTED = re.compile(r"鼓励|引导|通过|允许|推广|社会力量|社会资本|以[^，]{2,8}为|(?:支持|帮助)(?!新建|建设)|用地|同步")
NOT_BUILT = re.compile(r"平台|计划(?!生育)|行动|示范区|指导中心|基地|研发|信息化")
