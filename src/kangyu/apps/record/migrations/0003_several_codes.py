"""Resources stored before searches by code used the column: those with several codes get the token that says so."""

from django.db import migrations

from kangyu.engines.fhir.search import more_codes, parameters_of

MARK = """
UPDATE resource SET tokens = tokens || %(more)s::text WHERE rtype = %(rtype)s AND NOT tokens @> ARRAY[%(more)s::text] AND
(SELECT count(*) FROM unnest(tokens) t WHERE starts_with(t, %(prefix)s) AND t NOT LIKE '%%|%%|%%') > 1
"""


def mark(apps, editor) -> None:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT rtype FROM resource")
        for (rtype,) in cursor.fetchall():
            if main := parameters_of(rtype).main_code:
                cursor.execute(MARK, {"more": more_codes(main), "rtype": rtype, "prefix": f"{main}|"})


class Migration(migrations.Migration):
    dependencies = [("record", "0002_body_lz4")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
