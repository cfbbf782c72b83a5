"""The reader of regional health plans: bytes of a published plan in, outline, indicators, commitments, tasks, projects and warnings out.

Pure: no clock, no network, no database. It reads the genre and depends on no region's name. What a copy has lost (a table, digits)
is reported in ``warnings`` and never guessed.
"""

from kangyu.engines.plandoc.model import PlanDocument
from kangyu.engines.plandoc.reader import read
from kangyu.engines.plandoc.serialise import to_json

__all__ = ["PlanDocument", "read", "to_json"]
