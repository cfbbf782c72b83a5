"""The work of one import process: lines of NDJSON in, text rows for COPY out, with every fault named by file and line."""

from datetime import datetime
from pathlib import Path

import orjson

from kangyu.apps.identity.actions import persons
from kangyu.apps.record import bounds
from kangyu.apps.record.columns import organisation_of, person_reference
from kangyu.apps.record.errors import InvalidError
from kangyu.engines.fhir import extract, validate
from kangyu.kernel.errors import Problem

_known: dict[str, int] = {}
_author = ""
_updated = ""
_limits: dict[str, bounds.Limit] = {}


def prepare(known: dict[str, int], author: str, at: datetime) -> None:
    """Set what every row carries; called before the worker processes are forked, so that they share it."""
    global _known, _author, _updated, _limits
    _known, _author, _updated, _limits = known, author, at.isoformat(timespec="milliseconds"), bounds.limits()


def type_of(file: Path) -> str:
    """The resource type in the first line of a file, or the empty string when that line cannot be read."""
    with file.open("rb") as source:
        try:
            return orjson.loads(source.readline()).get("resourceType", "")
        except (orjson.JSONDecodeError, AttributeError):
            return ""


def _null(value) -> str:
    return "\\N" if value is None else str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(tokens) -> str:
    quoted = ('"' + token.replace("\\", "\\\\").replace('"', '\\"') + '"' for token in tokens)
    return "{" + ",".join(quoted) + "}"


def faults_of(resource: dict, place: str) -> list[Problem]:
    """Everything that keeps one resource out of the record, placed at its line."""
    found = [Problem(place, issue.path, issue.message, issue.remedy) for issue in validate(resource) if issue.severity == "error"]
    if found:
        return found
    more = bounds.faults(resource, _limits) + (persons.faults(resource) if resource["resourceType"] == "Patient" else [])
    found = [Problem(place, one.key, one.message, one.remedy) for one in more]
    if not found and "id" not in resource:
        found = [Problem(place, "id", "批量导入的资源必须带 id", "请在导出时带上 id。")]
    named = person_reference(resource)
    if not found and named is not None and named not in _known:
        found = [
            Problem(place, "subject", f"引用的 Patient/{named} 既不在本次导入里，也不在已有记录里", "请把这位居民的 Patient 一起导入。")
        ]
    return found


def row_of(resource: dict) -> str:
    """One resource as a line of COPY text."""
    meta = resource.setdefault("meta", {})
    meta["versionId"], meta["lastUpdated"] = "1", _updated
    named = person_reference(resource)
    entry = extract(resource)
    fields = (
        resource["resourceType"],
        resource["id"],
        "1",
        _null(_known.get(named) if named else None),
        _null(organisation_of(resource)),
        _null(entry.code),
        _null(entry.d_lo),
        _null(entry.d_hi),
        _updated,
        _author,
        _escaped(_array(entry.tokens)),
        # JSON as written here holds no raw control characters, so only its backslashes need escaping.
        orjson.dumps(resource).decode().replace("\\", "\\\\"),
    )
    return "\t".join(fields)


def rows_of(piece: tuple[str, int, bytes]) -> tuple[str, dict[str, int], list[Problem]]:
    """One piece of a file: the COPY text of its resources, how many of each type, and its faults."""
    name, first, data = piece
    rows: list[str] = []
    counts: dict[str, int] = {}
    faults: list[Problem] = []
    for number, line in enumerate(data.split(b"\n"), first):
        if not line.strip():
            continue
        place = f"{name} 第 {number} 行"
        try:
            resource = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            faults.append(Problem(place, "", f"不是完整的 JSON（第 {error.colno} 个字符处）", "这一行可能被截断，请重新导出该文件。"))
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            faults.append(Problem(place, "resourceType", "不是 FHIR 资源：没有 resourceType", "请确认文件是 FHIR R4 NDJSON。"))
            continue
        found = faults_of(resource, place)
        if found:
            faults += found
            continue
        rows.append(row_of(resource))
        counts[resource["resourceType"]] = counts.get(resource["resourceType"], 0) + 1
    return "".join(f"{row}\n" for row in rows), counts, faults


def merge_incoming(cursor) -> None:
    """Bring the staged rows into the record: unchanged ones are left, changed ones supersede, new ones are added."""
    cursor.execute("SELECT rtype, id FROM incoming GROUP BY rtype, id HAVING count(*) > 1 LIMIT 20")
    if twice := cursor.fetchall():
        raise InvalidError([Problem(f"{rtype}/{id}", "id", "同一次导入里出现两次", "请只保留一份。") for rtype, id in twice])
    same = "i.body #- '{meta}' = r.body #- '{meta}'"
    cursor.execute(f"DELETE FROM incoming i USING resource r WHERE r.rtype = i.rtype AND r.id = i.id AND {same}")
    cursor.execute(
        "INSERT INTO resource_version (rtype, id, vid, pid, updated, author, body) "
        "SELECT r.rtype, r.id, r.vid, r.pid, r.updated, r.author, r.body FROM resource r JOIN incoming i USING (rtype, id)"
    )
    cursor.execute(
        "UPDATE incoming i SET vid = v.vid + 1, body = jsonb_set(i.body, '{meta,versionId}', to_jsonb((v.vid + 1)::text)) FROM "
        "(SELECT o.rtype, o.id, max(o.vid) AS vid FROM resource_version o JOIN incoming n USING (rtype, id) GROUP BY o.rtype, o.id) v "
        "WHERE v.rtype = i.rtype AND v.id = i.id"
    )
    cursor.execute("DELETE FROM resource r USING incoming i WHERE r.rtype = i.rtype AND r.id = i.id")
    cursor.execute("INSERT INTO resource SELECT * FROM incoming")


def check_references(cursor, table: str) -> None:
    """Refuse resources whose institution is not in the record."""
    cursor.execute(
        f"SELECT rtype, id, org FROM {table} t WHERE org IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM resource o WHERE o.rtype = 'Organization' AND o.id = t.org) LIMIT 20"
    )
    if lost := cursor.fetchall():
        message = "引用的机构 Organization/{} 不存在"
        raise InvalidError([Problem(f"{rtype}/{id}", "机构", message.format(org), "请先导入机构目录。") for rtype, id, org in lost])
