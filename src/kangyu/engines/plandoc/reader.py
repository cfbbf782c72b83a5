"""Reading a plan from its bytes, step by step."""

from kangyu.engines.plandoc.commitments import read_commitments
from kangyu.engines.plandoc.formats import read_source
from kangyu.engines.plandoc.indicators import read_indicators
from kangyu.engines.plandoc.layout import passages
from kangyu.engines.plandoc.model import PlanDocument
from kangyu.engines.plandoc.outline import build_outline, captions_without_table
from kangyu.engines.plandoc.tables import find_tables
from kangyu.engines.plandoc.tasks import read_tasks
from kangyu.engines.plandoc.titles import find_title, plan_period


def read(data: bytes, filename: str) -> PlanDocument:
    """Read a plan from a .txt, .docx, .html or .pdf file; raises ``UserError`` (Chinese) when the file cannot be read.

    The file name only labels the result and helps to tell the format.
    """
    source = read_source(data, filename)
    title, title_line = find_title(source)
    period = plan_period(title, source.text)
    tables = find_tables(source)
    texts = passages(source, [(table.first, table.last) for table in tables])
    lost = captions_without_table(texts, tables)
    captions = {table.caption for table in tables if table.caption is not None} | {text.line - 1 for text in lost}
    outline = build_outline(source, texts, captions, title_line)
    indicators = [row for table in tables for row in read_indicators(source, table, period)]
    commitments = read_commitments(source, outline, period)
    tasks = read_tasks(source, outline, period)
    return PlanDocument(filename, source, title, outline.roots, tuple(indicators), tuple(commitments), tuple(tasks), ())
