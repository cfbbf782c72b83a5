"""FHIRPath's lowBoundary() and highBoundary(): the first and the last value that a value of limited precision may mean."""

from kangyu.engines.fhir.fhirpath import PathError

# A local date may be any zone's: the earliest zone is 14 hours ahead of UTC, the latest 12 behind.
_ZONES = ("+14:00", "-12:00")
_CLOCKS = ("00:00:00.000", "23:59:59.999")


def boundary(text: str, fhir_type: str, high: bool) -> str:
    """SQL of the boundary of an SQL text holding a value of ``fhir_type``: numeric for a decimal, text otherwise."""
    if fhir_type == "decimal":
        return f"(({text})::numeric {'+' if high else '-'} 0.5 * power(10::numeric, -scale(({text})::numeric)))"
    if fhir_type == "date":
        return _day(text, high)
    if fhir_type in ("dateTime", "instant"):
        return _moment(text, high)
    if fhir_type == "time":
        return _filled(text, high)
    raise PathError("FHIRPath 边界函数只用于小数、日期、日期时间和时间。请先用 ofType 选定类型。")


def _day(text: str, high: bool) -> str:
    if not high:
        return f"({text} || substr('0001-01-01', length({text}) + 1))"
    month_end = f"to_char(({text} || '-01')::date + interval '1 month' - interval '1 day', 'YYYY-MM-DD')"
    return f"CASE length({text}) WHEN 4 THEN {text} || '-12-31' WHEN 7 THEN {month_end} ELSE {text} END"


def _filled(text: str, high: bool) -> str:
    """A time of day with its missing parts."""
    return f"({text} || substr({_CLOCKS[high]!r}, length({text}) + 1))"


def _moment(text: str, high: bool) -> str:
    zone = rf"substring({text} FROM '(Z|[+-]\d\d:\d\d)$')"
    clock = rf"substring({text} FROM 'T([0-9:.]+)')"
    whole_day = f"{_day(text, high)} || 'T{_CLOCKS[high]}{_ZONES[high]}'"
    timed = f"left({text}, 10) || 'T' || {_filled(clock, high)} || coalesce({zone}, '{_ZONES[high]}')"
    return f"CASE WHEN length({text}) <= 10 THEN {whole_day} ELSE {timed} END"
