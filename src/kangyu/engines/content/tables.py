"""Every declared table as a view over the record, made in one place: views, registers, forms, forms' rows."""

from collections.abc import Collection, Mapping

from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.loader import Content
from kangyu.engines.content.things import table_document
from kangyu.engines.content.vocabulary import OF_CASE, answer_kinds, form_tables, of_case
from kangyu.engines.fhir.views import TableView, form_table, read_table, rows_table
from kangyu.engines.language import Type


class Tables:
    """The tables of one loaded content. Views are made when first asked for and kept."""

    def __init__(self, of: Content):
        self.content = of
        self._forms = form_tables(of)
        self._derived = _derived(of)
        self._registers = {register.name_of_table: register for register in of.registers.values()}
        self._made: dict[tuple[str, frozenset[str] | None], TableView] = {}

    def of_form(self, name: str) -> bool:
        """Whether a table is filled by a form."""
        return name in self._forms

    def view(self, name: str, columns: Collection[str] | None = None) -> TableView:
        """The table called ``name``; of a form's only the ``columns`` asked for (None is all), others come whole.

        Raises ``KeyError`` for a table that is not declared.
        """
        key = (name, frozenset(columns) if columns is not None else None)
        if key not in self._made:
            self._made[key] = self._form(*key) if name in self._forms else self._whole(name)
        return self._made[key]

    def _whole(self, name: str) -> TableView:
        """The table of a register, or of a view."""
        register = self._registers.get(name)
        if register is not None:
            return read_table(table_document(register), f"content/registers/{register.key}")
        return read_table(self.content.views[name], f"content/views/{name}.yaml")

    def _form(self, name: str, columns: frozenset[str] | None) -> TableView:
        form, rows = self._forms[name]
        kinds = _chosen(answer_kinds(form.fields[rows].fields if rows else form.fields), columns)
        if rows:
            return rows_table(form.name, rows, kinds, title=form.fields[rows].title, about=form.about)
        derived = {key: kind.value for key, kind in self._derived.get(name, {}).items()}
        case = of_case(self.content, name) and (columns is None or OF_CASE in columns)
        return form_table(name, kinds, title=form.title, derived=_chosen(derived, columns), about=form.about, of_case=case)


def _derived(of: Content) -> dict[str, dict[str, Type]]:
    """The derived values by the table in which they are stored; several programmes may derive on one form."""
    found: dict[str, dict[str, Type]] = {}
    for key, types in derived_types(of)[0].items():
        found.setdefault(visit_table(of, key), {}).update(types)
    return found


def _chosen(kinds: Mapping[str, str], columns: frozenset[str] | None) -> dict[str, str]:
    return {key: kind for key, kind in kinds.items() if columns is None or key in columns}
