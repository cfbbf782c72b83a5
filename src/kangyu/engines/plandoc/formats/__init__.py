"""One reader per file format; all give the same neutral lines. The format is told from the bytes, the name only breaks ties."""

import re
import zipfile
from io import BytesIO

from kangyu.engines.plandoc.model import Source
from kangyu.kernel.errors import UserError

MAX_BYTES = 50_000_000
MAX_UNPACKED = 500_000_000
HTML_START = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|div|table|p)\b", re.I | re.S)


def read_source(data: bytes, filename: str) -> Source:
    """Extract the text of a plan from the bytes of a .txt, .docx, .html or .pdf file."""
    from kangyu.engines.plandoc.formats.docx import read_docx
    from kangyu.engines.plandoc.formats.html import read_html
    from kangyu.engines.plandoc.formats.pdf import read_pdf
    from kangyu.engines.plandoc.formats.text import read_text

    if not data.strip():
        raise UserError("文件是空的。请检查后重新上传。")
    if len(data) > MAX_BYTES:
        raise UserError("文件超过 50 MB，不像是规划文本。请只上传规划正文。")
    readers = {"pdf": read_pdf, "docx": read_docx, "html": read_html, "text": read_text}
    source = readers[detect(data, filename)](data)
    if sum(len(line.text.strip()) for line in source.lines) < 10:
        raise UserError("文件里没有读到文字。请检查文件内容后重新上传。")
    return source


def detect(data: bytes, filename: str) -> str:
    """``pdf``, ``docx``, ``html`` or ``text``; known formats that cannot be read are named in the error."""
    suffix = filename.rsplit(".", 1)[-1].lower() if "." in filename else ""
    if data[:1024].lstrip().startswith(b"%PDF"):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx" if is_docx(data) else refuse("压缩包或表格")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        refuse("旧版 Word（.doc）或 WPS")
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")):
        refuse("图片")
    if data.startswith(b"{\\rtf"):
        refuse("RTF")
    return "html" if HTML_START.match(data[:2048].removeprefix(b"\xef\xbb\xbf")) or suffix in {"html", "htm"} else "text"


def is_docx(data: bytes) -> bool:
    try:
        members = zipfile.ZipFile(BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise UserError("Word 文件不完整（可能没有下载完）。请重新下载后再上传。") from error
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise UserError("Word 文件展开后过大，不像是规划文本。请删去文件里的图片后再上传。")
    return any(member.filename == "word/document.xml" for member in members)


def refuse(what: str) -> str:
    raise UserError(f"这是{what}文件，无法读取。请另存为 docx、html、txt 或带文字的 PDF 后重新上传。")
