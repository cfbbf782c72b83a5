"""Rebuilds areas and institutions from the record, set-based; cheap enough to run whole after any change of the directory."""

import json

from django.db import connection, transaction

_EXTENSION = "(SELECT e -> '{value}' FROM jsonb_array_elements(body -> 'extension') e WHERE e ->> 'url' = 'urn:kangyu:ext:{name}' LIMIT 1)"


def _extension(name: str, value: str) -> str:
    return _EXTENSION.format(name=name, value=value)


AREAS = f"""
INSERT INTO area (code, name, level, parent, longitude, latitude, boundary, location_id)
SELECT code, name, level, CASE length(code) WHEN 12 THEN left(code, 9) WHEN 9 THEN left(code, 6) ELSE '' END,
       longitude, latitude, boundary, id
FROM (SELECT id, body ->> 'name' AS name, body #>> '{{physicalType,coding,0,code}}' AS level,
             (SELECT i ->> 'value' FROM jsonb_array_elements(body -> 'identifier') i
              WHERE i ->> 'system' = 'urn:kangyu:cs:area' LIMIT 1) AS code,
             (body #>> '{{position,longitude}}')::float AS longitude, (body #>> '{{position,latitude}}')::float AS latitude,
             coalesce({_extension("boundary", "valueString")} #>> '{{}}', '') AS boundary
      FROM resource WHERE rtype = 'Location' AND body #>> '{{physicalType,coding,0,system}}' = 'urn:kangyu:cs:area-level') a
WHERE code IS NOT NULL
"""
INSTITUTIONS = f"""
INSERT INTO institution (id, name, kind, level, area, parent, opened_on, closed_on)
SELECT id, coalesce(body ->> 'name', ''), coalesce(body #>> '{{type,0,coding,0,code}}', ''),
       coalesce(({_extension("level", "valueInteger")} #>> '{{}}')::int, 0), coalesce({_extension("area", "valueCode")} #>> '{{}}', ''),
       coalesce(split_part(body #>> '{{partOf,reference}}', '/', 2), ''),
       ({_extension("period", "valuePeriod")} ->> 'start')::date, ({_extension("period", "valuePeriod")} ->> 'end')::date
FROM resource WHERE rtype = 'Organization'
"""


@transaction.atomic
def refresh() -> None:
    """Make areas and institutions say what the record says."""
    with connection.cursor() as cursor:
        for table, rows in (("area", AREAS), ("institution", INSTITUTIONS)):
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(rows)


def after_write(passage) -> None:
    """Projector: refresh when an area or an institution was written. Beds, stores and water points are Locations too, and none of them."""
    if any(draft.rtype == "Organization" or (draft.rtype == "Location" and _is_area(draft)) for draft in passage.drafts):
        refresh()


def _is_area(draft) -> bool:
    before = json.loads(draft.previous) if isinstance(draft.previous, str) else draft.previous
    bodies = [body for body in (draft.resource, before) if body]
    codings = [coding for body in bodies for coding in (body.get("physicalType") or {}).get("coding") or ()]
    return any(coding.get("system") == "urn:kangyu:cs:area-level" for coding in codings)
