"""The work of one import process: lines of NDJSON in, text rows for COPY out, with every fault named by file and line."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from kangyu.apps.identity.actions import persons
from kangyu.apps.record import bounds
from kangyu.apps.record.columns import organisation_of, person_reference
from kangyu.engines.fhir import extract, validate
from kangyu.kernel.errors import Problem

_known: dict[str, int] = {}
_author = ""
_updated = ""
_limits: dict[str, bounds.Limit] = {}


@dataclass
class Piece:
    """What became of one piece of a file: rows for COPY, how many of each type, where each institution is first named, and faults."""

    rows: bytes = b""
    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, str] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)


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


def or_null(value) -> str:
    """A value that needs no escaping, as COPY text."""
    return "\\N" if value is None else str(value)


def escaped(text: str) -> str:
    """Any text as COPY text."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def array(tokens: list[str]) -> str:
    """Texts as the text of a PostgreSQL array, not yet escaped for COPY."""
    together = "".join(tokens)
    if tokens and "\\" not in together and '"' not in together:
        return '{"' + '","'.join(tokens) + '"}'
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


def row_of(resource: dict, org: str | None) -> str:
    """One resource as a line of COPY text."""
    meta = resource.setdefault("meta", {})
    meta["versionId"], meta["lastUpdated"] = "1", _updated
    named = person_reference(resource)
    entry = extract(resource)
    fields = (
        resource["resourceType"],
        resource["id"],
        "1",
        or_null(_known.get(named) if named else None),
        or_null(org),
        or_null(entry.code),
        or_null(entry.d_lo),
        or_null(entry.d_hi),
        _updated,
        _author,
        escaped(array(entry.tokens)),
        # JSON as written here holds no raw control characters, so only its backslashes need escaping.
        orjson.dumps(resource).decode().replace("\\", "\\\\"),
    )
    return "\t".join(fields)


def rows_of(piece: tuple[str, int, bytes]) -> Piece:
    """Check one piece of a file, and write its resources as COPY text."""
    name, first, data = piece
    done, rows = Piece(), []
    for number, line in enumerate(data.split(b"\n"), first):
        if not line.strip():
            continue
        place = f"{name} 第 {number} 行"
        resource = _read(line, place, done.faults)
        if resource is None:
            continue
        if found := faults_of(resource, place):
            done.faults += found
            continue
        org = organisation_of(resource)
        if org is not None and org not in done.named:
            done.named[org] = place
        rows.append(row_of(resource, org))
        done.counts[resource["resourceType"]] += 1
    rows.append("")
    done.rows = "\n".join(rows).encode()
    return done


def _read(line: bytes, place: str, faults: list[Problem]) -> dict | None:
    try:
        resource = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        faults.append(Problem(place, "", f"不是完整的 JSON（第 {error.colno} 个字符处）", "这一行可能被截断，请重新导出该文件。"))
        return None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        faults.append(Problem(place, "resourceType", "不是 FHIR 资源：没有 resourceType", "请确认文件是 FHIR R4 NDJSON。"))
        return None
    return resource
