"""Plain text, as plans are found: a paragraph a line, tables flattened to a cell a line, marks of the word processor left in."""

import re

from kangyu.engines.plandoc.model import Line, Source
from kangyu.kernel.errors import UserError

ENCODINGS = ("utf-8-sig", "gb18030")
BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]")
REMARK = re.compile(r"\s*Comment by (?P<who>[^:：]{1,40})[:：](?P<what>.*)$")
READABLE = re.compile(r"[\u4e00-\u9fff，。、；：“”（）]")


def read_text(data: bytes) -> Source:
    """Read UTF-8, UTF-16 (with a mark) or GB 18030 text; anything that does not come out as Chinese prose is refused."""
    return Source(tuple(clean_line(line) for line in decode(data).splitlines()), "text")


def decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        raise UserError("文件不是文字文档（含有二进制内容），无法读取。请上传 txt、docx、html 或带文字的 PDF。")
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if plausible(text):
            return text
    raise UserError("文件的文字编码无法识别（已试 UTF-8 与 GB18030），读出来不是中文。请另存为 UTF-8 文本后重新上传。")


def plausible(text: str) -> bool:
    """Whether at least a fifth of the visible characters are Chinese: a wrong decoding of Chinese rarely is."""
    visible = re.sub(r"\s", "", BOOKMARK.sub("", text))
    return not visible or len(READABLE.findall(visible)) >= len(visible) / 5


def clean_line(raw: str) -> Line:
    """Take bookmark marks and reviewers' comments out of a line; the comment is kept beside it."""
    text = BOOKMARK.sub("", raw.replace("\ufeff", ""))
    remark = REMARK.search(text)
    if remark:
        text = text[: remark.start()]
    return Line(text.rstrip("\r\n"), remark=f"{remark['who'].strip()}：{remark['what'].strip()}" if remark else "")
