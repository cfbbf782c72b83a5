"""Writes elements so that no caller can forget to escape: attributes and text are always escaped, only our own elements pass through."""

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Child = str | SafeString | None


def number(value: float) -> str:
    """A coordinate with at most one decimal: ``12``, ``12.5``."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def element(name: str, *children: Child, **attributes: object) -> SafeString:
    """One element. ``class_`` writes ``class``, an underscore a hyphen; ``None`` and ``False`` leave an attribute out."""
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        shown = number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
        written.append(f'{key.rstrip("_").replace("_", "-")}="{conditional_escape(shown)}"')
    inner = "".join(conditional_escape(child) for child in children if child is not None)
    return mark_safe(f"<{' '.join(written)}>{inner}</{name}>")


def join(*parts: Child) -> SafeString:
    """Parts one after another, escaped unless they are our own elements."""
    return mark_safe("".join(conditional_escape(part) for part in parts if part))


def drawing(width: float, height: float, *children: Child, title: str = "", class_: str = "ch", **more: str) -> SafeString:
    """An ``svg`` of the given size. With a ``title`` it is an image with that name; without one it is decoration beside its own words."""
    spoken = {"role": "img", "aria_label": title} if title else {"aria_hidden": "true"}
    box = f"0 0 {number(width)} {number(height)}"
    return element("svg", *children, class_=class_, width=width, height=height, viewBox=box, **{**spoken, **more})


def points(pairs: list[tuple[float, float]]) -> str:
    """The ``points`` attribute of a polyline."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


MARK_OF = {"plain": "f-accent", "ok": "f-ok", "warn": "f-warn", "bad": "f-bad"}


def status_mark(status: str, x: float, y: float, size: float = 3.5) -> SafeString:
    """The shape of a status at a point: circle on track, triangle at risk, square off track, ring unknown."""
    if status == "warn":
        half, top, foot = size * 1.23, size * 1.14, size * 0.86
        path = f"M{number(x)},{number(y - top)}L{number(x + half)},{number(y + foot)}L{number(x - half)},{number(y + foot)}Z"
        return element("path", class_="f-warn", d=path)
    if status == "bad":
        side = size * 1.75
        return element("rect", class_="f-bad", x=x - side / 2, y=y - side / 2, width=side, height=side, rx=1)
    return element("circle", class_=MARK_OF.get(status, "f-none"), cx=x, cy=y, r=size)
