"""Reading a plan from its bytes, step by step."""

from dataclasses import replace
from itertools import chain

from kangyu.engines.plandoc import contradictions as check
from kangyu.engines.plandoc.commitments import read_commitments
from kangyu.engines.plandoc.damage import find_damage
from kangyu.engines.plandoc.facts import read_facts
from kangyu.engines.plandoc.formats import read_source
from kangyu.engines.plandoc.headings import Outline, captions_without_table
from kangyu.engines.plandoc.indicators import read_indicators
from kangyu.engines.plandoc.layout import Passage, passages
from kangyu.engines.plandoc.model import Issue, PlanDocument, Source, Warning
from kangyu.engines.plandoc.outline import build_outline
from kangyu.engines.plandoc.projects import read_projects
from kangyu.engines.plandoc.tables import find_tables
from kangyu.engines.plandoc.tasks import read_tasks
from kangyu.engines.plandoc.titles import find_issue, find_title, plan_period


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
    draft = PlanDocument(
        filename,
        source,
        title,
        outline.roots,
        tuple(row for table in tables for row in read_indicators(source, table, period)),
        tuple(read_commitments(source, outline, period)),
        tuple(read_tasks(source, outline, period)),
        tuple(read_projects(source, outline, tables, title, period)),
        tuple(read_facts(source, outline)),
        find_issue(source, title),
    )
    return with_warnings(draft, source, texts, lost, outline)


def with_warnings(draft: PlanDocument, source: Source, texts: list[Passage], lost: list[Passage], outline: Outline) -> PlanDocument:
    """The document with everything a person should look at: damage first, then contradictions."""
    indicators, commitments = list(draft.indicators), list(draft.commitments)
    tasks, facts = list(draft.tasks), list(draft.facts)
    found: chain[Warning] = chain(
        find_damage(source, texts, lost, indicators),
        check.check_numbering(source, indicators, tasks, outline.nodes),
        check.missing_chapters(outline.roots),
        check.check_indicators(indicators),
        check.check_text_against_table(indicators, commitments, facts),
        check.check_text_against_text(commitments),
        check.check_logic(indicators, facts),
        check.check_sums(source, texts),
        check.check_deadlines(source, commitments, issued_on(draft.issue)),
    )
    if not (draft.outline or indicators or commitments):
        found = chain([Warning("not_a_plan", "没有读到标题、指标和承诺，这份文件不像是规划。请确认上传的是规划正文。")], found)
    return replace(draft, warnings=tuple(found))


def issued_on(issue: Issue) -> tuple[int, int] | None:
    """Year and month of issue."""
    return (int(issue.issue_date[:4]), int(issue.issue_date[5:7])) if issue.issue_date else None
