"""A row of a real table as one line of text, with the span of each cell in it."""

import re
from collections.abc import Sequence

from kangyu.engines.plandoc.model import Line


def row_line(texts: Sequence[str], table: int) -> Line:
    """Join the cells with tabs; line breaks inside a cell become single spaces."""
    cells, parts, at = [], [], 0
    for text in texts:
        text = re.sub(r"\s+", " ", text).strip()
        cells.append((at, at + len(text)))
        parts.append(text)
        at += len(text) + 1
    return Line("\t".join(parts), table=table, cells=tuple(cells))
