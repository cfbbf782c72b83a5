"""Views: SQL-on-FHIR v2 ViewDefinitions compiled to PostgreSQL, and our own tables as such views.

- ``compile_view(view, table=, body=, rtype=, keys=) -> str``: one SELECT.
- ``read_table(document, place) -> TableView``: a table from the YAML of `content/views/`; ``form_table(key, fields, derived=)``: a form's;
  ``rows_table(key, table, fields)``: that of a form's repeating table.
- ``TableView.sql(table=, body=, keys=)`` is the SELECT, ``.columns`` the column types, ``.standard()`` the ViewDefinition.
"""

from kangyu.engines.fhir.views.compiler import compile_view
from kangyu.engines.fhir.views.tables import TableView, form_table, form_view, read_table, rows_table

__all__ = ["TableView", "compile_view", "form_table", "form_view", "read_table", "rows_table"]
