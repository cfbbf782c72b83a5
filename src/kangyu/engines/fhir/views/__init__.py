"""Views: SQL-on-FHIR v2 ViewDefinitions compiled to PostgreSQL.

``compile_view(view, table=, body=, rtype=, keys=) -> str``: one SELECT.
"""

from kangyu.engines.fhir.views.compiler import compile_view

__all__ = ["compile_view"]
