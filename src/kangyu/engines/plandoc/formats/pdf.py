"""PDF files that hold text: page furniture taken out, lines broken at the page width put together again."""

import io
import re
from collections import Counter

from kangyu.engines.plandoc.model import Line, Source
from kangyu.engines.plandoc.vocabulary import HEADING_START
from kangyu.kernel.errors import UserError

PAGE_NUMBER = re.compile(r"\s*(?:第\s*\d+\s*页.*|[-—–－·]*\s*\d{1,3}\s*[-—–－·]*)\s*")
LABELLED = re.compile(r"[^，。；：:]{2,30}[：:]")
CLOSED = re.compile(r"[。！？；：:;!?…][”’）)]?$")


def read_pdf(data: bytes) -> Source:
    """Read a PDF; a scan without text is refused."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UserError("PDF 设有打开密码，无法读取。请先解除密码再上传。")
        pages = [(page.extract_text() or "").splitlines() for page in reader.pages]
        title = str(reader.metadata.get("/Title") or "") if reader.metadata else ""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError("PDF 文件已损坏，无法读取。请重新下载原文件后再上传。") from error
    if sum(len(line.strip()) for page in pages for line in page) < 20 * max(1, len(pages)):
        raise UserError("PDF 里没有文字（可能是扫描件），无法读取。请先做文字识别（OCR），或上传 Word、网页版本。")
    return Source(tuple(Line(text) for text in join_lines(strip_furniture(pages))), "pdf", title.strip())


def strip_furniture(pages: list[list[str]]) -> list[str]:
    """Leave out page numbers at the edges of a page and lines repeated on most pages (running heads)."""
    edges = Counter(line.strip() for page in pages for line in {*page[:2], *page[-2:]} if line.strip())
    running = {line for line, count in edges.items() if len(pages) >= 4 and count > len(pages) / 2}
    kept: list[str] = []
    for page in pages:
        lines = list(page)
        while lines and (not lines[-1].strip() or PAGE_NUMBER.fullmatch(lines[-1])):
            lines.pop()
        while lines and (not lines[0].strip() or (PAGE_NUMBER.fullmatch(lines[0]) and not lines[0].strip().isdigit())):
            lines.pop(0)
        kept.extend(line for line in lines if line.strip() not in running)
    return kept


def join_lines(lines: list[str]) -> list[str]:
    """Put a paragraph together again: a full-width line that is not closed goes on in the next one."""
    widths = sorted(len(line.strip()) for line in lines if len(line.strip()) > 10)
    full = widths[int(len(widths) * 0.75)] - 3 if widths else 0
    joined: list[str] = []
    last = ""
    for line in lines:
        text = line.strip()
        continues = (
            joined and text and last and len(last) >= full and not HEADING_START.match(text) and not line.startswith(("　　", "    "))
        )
        if continues and (not CLOSED.search(last) or (len(last) >= full + 3 and not LABELLED.match(text))):
            joined[-1] += text
        else:
            joined.append(text)
        last = text
    return joined
