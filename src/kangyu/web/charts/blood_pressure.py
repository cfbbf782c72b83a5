"""Blood pressures of one person: a bar from systolic to diastolic for each reading, with the person's own goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from .markup import drawing, element, join, number
from .scales import Scale

WIDTH, HEIGHT = 760, 236
LEFT, RIGHT, TOP, BOTTOM = 32.0, 686.0, 26.0, 210.0
MONTHS = 3


@dataclass(frozen=True)
class Reading:
    """One reading in mmHg; ``home`` when the person measured at home."""

    on: date
    systolic: float
    diastolic: float
    home: bool = False

    def above(self, systolic: float, diastolic: float) -> bool:
        """Whether either number is not below its goal."""
        return self.systolic >= systolic or self.diastolic >= diastolic


def blood_pressure_chart(
    readings: Sequence[Reading], *, goal: tuple[float, float], notes: Sequence[tuple[date, str]] = (), title: str = ""
) -> SafeString:
    """``readings`` in order of time, ``goal`` (systolic, diastolic) to stay below, ``notes`` dated words (a medicine begun)."""
    if not readings:
        return join()
    first, last = readings[0].on.toordinal(), max(readings[-1].on.toordinal(), readings[0].on.toordinal() + 30)
    across = Scale(first, last, LEFT + 10, RIGHT - 22)
    low = min(60.0, *(reading.diastolic for reading in readings)) // 10 * 10
    high = max(180.0, -(-max(reading.systolic for reading in readings) // 10) * 10)
    up = Scale(low, high, BOTTOM, TOP)
    bars = [_bar(reading, across, up, goal) for reading in readings]
    words = title or f"血压 {len(readings)} 次，目标低于 {goal[0]:.0f}/{goal[1]:.0f}"
    return drawing(
        WIDTH,
        HEIGHT,
        _axes(up, goal),
        _months(first, last, across),
        *bars,
        _notes(notes, across),
        _ends(readings[-1], across, up, goal),
        title=words,
    )


def _axes(up: Scale, goal: tuple[float, float]) -> SafeString:
    parts = []
    lines = [value for value in range(int(up.low), int(up.high) + 1, 30) if min(abs(value - aim) for aim in goal) > 8]
    for value in lines:
        y = up(value)
        parts += [
            element("path", class_="grid", d=f"M{number(LEFT)},{number(y)}H{number(RIGHT)}"),
            element("text", str(value), class_="e", x=LEFT - 6, y=y + 4),
        ]
    for aim in goal:
        y = up(aim)
        parts += [
            element("path", class_="target", d=f"M{number(LEFT)},{number(y)}H{number(RIGHT)}"),
            element("text", f"{aim:.0f}", class_="e d", x=LEFT - 6, y=y + 4),
        ]
        parts.append(element("text", f"目标 < {aim:.0f}", class_="d", x=RIGHT + 8, y=y + 4))
    return join(*parts)


def _months(first: int, last: int, across: Scale) -> SafeString:
    """Quarter marks; the first and every January carry the year. Long histories are marked by year only."""
    parts = [element("path", class_="base", d=f"M{number(LEFT)},{number(BOTTOM)}H{number(RIGHT)}")]
    begin, end = date.fromordinal(first), date.fromordinal(last)
    every = MONTHS if (last - first) < 3 * 366 else 12
    index = begin.year * 12 + begin.month - 1
    named = False
    while index <= end.year * 12 + end.month - 1:
        on = date(index // 12, index % 12 + 1, 1)
        if (index % 12) % every == 0 and first <= on.toordinal() <= last:
            x = across(on.toordinal())
            words = f"{on:%Y-%m}" if not named or on.month == 1 else f"{on:%m}"
            parts += [
                element("path", class_="base", d=f"M{number(x)},{number(BOTTOM)}v4"),
                element("text", words, class_="m", x=x, y=BOTTOM + 20),
            ]
            named = True
        index += 1
    return join(*parts)


def _bar(reading: Reading, across: Scale, up: Scale, goal: tuple[float, float]) -> SafeString:
    x, top, foot = across(reading.on.toordinal()), up(reading.systolic), up(reading.diastolic)
    high = reading.above(*goal)
    kind = ("over" if high else "under") + (" home" if reading.home else "")
    head = element("rect", x=x - 4, y=top - 4, width=8, height=8, rx=1) if high else element("circle", cx=x, cy=top, r=4)
    words = f"{reading.on:%Y-%m-%d}　{reading.systolic:.0f}/{reading.diastolic:.0f}" + ("　自测" if reading.home else "")
    return element(
        "g",
        element("title", words),
        element("path", d=f"M{number(x)},{number(top)}V{number(foot)}"),
        head,
        element("circle", cx=x, cy=foot, r=2.5),
        class_=kind,
    )


def _notes(notes: Sequence[tuple[date, str]], across: Scale) -> SafeString:
    parts = []
    for on, words in notes:
        x = across(on.toordinal())
        if LEFT <= x <= RIGHT:
            parts += [
                element("path", class_="goal-line faint", d=f"M{number(x)},8V{number(BOTTOM)}"),
                element("text", words, class_="d", x=x + 5, y=16),
            ]
    return join(*parts)


def _ends(reading: Reading, across: Scale, up: Scale, goal: tuple[float, float]) -> SafeString:
    """The last reading in figures, a little off where they would run into a goal's words."""
    x = across(reading.on.toordinal()) + 9
    aims = [up(aim) for aim in goal]

    def clear(y: float) -> float:
        near = next((aim for aim in aims if abs(aim - y) < 13), None)
        return y if near is None else near - 13 if y <= near else near + 13

    top, foot = clear(up(reading.systolic)), clear(up(reading.diastolic))
    return join(
        element("text", f"{reading.systolic:.0f}", class_="s", x=x, y=top + 4), element("text", f"{reading.diastolic:.0f}", x=x, y=foot + 4)
    )
