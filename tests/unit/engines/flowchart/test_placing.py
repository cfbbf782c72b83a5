"""Boxes never touch, lines never cross a box, and the drawing says what the graph says."""

import random
import re
from pathlib import Path

import pytest

from kangyu.engines.content import load
from kangyu.engines.flowchart import Box, Graph, Line, Link, Placed, place, svg
from kangyu.engines.flowchart.graph import width_of, wrapped
from kangyu.engines.flowchart.placing import GAP_X, spread
from kangyu.engines.handbook import flows
from kangyu.engines.handbook.speaking import Speeches

CONTENT = Path(__file__).resolve().parents[4] / "content"


def box(key: str, *lines: str) -> Box:
    return Box(key, "state", tuple(Line(text) for text in lines or (key,)))


def curve_points(stops):
    """The line as drawn, in small steps: down each stop's own gap, then the curve to the next."""
    (x, enter, leave), *rest = stops
    yield from ((x, enter + (leave - enter) * step / 8) for step in range(9))
    for nx, top, foot in rest:
        middle = (leave + top) / 2
        for step in range(25):
            t = step / 24
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield (a * x + b * x + c * nx + d * nx, a * leave + b * middle + c * middle + d * top)
        yield from ((nx, top + (foot - top) * step / 8) for step in range(9))
        x, leave = nx, foot


def faults(placed: Placed) -> list[str]:
    """Boxes that touch or leave the drawing, and lines that run through a box they do not belong to."""
    found = []
    rects = list(placed.rects.items())
    for number, (key, one) in enumerate(rects):
        if one.x < 0 or one.y < 0 or one.x + one.width > placed.width + 0.1 or one.y + one.height > placed.height + 0.1:
            found.append(f"{key} leaves the drawing")
        for other, two in rects[number + 1 :]:
            apart = one.x + one.width <= two.x or two.x + two.width <= one.x or one.y + one.height <= two.y or two.y + two.height <= one.y
            if not apart:
                found.append(f"{key} and {other} touch")
    for curve in placed.curves:
        for x, y in curve_points(curve.stops):
            for key, rect in rects:
                inside = rect.x < x < rect.x + rect.width and rect.y < y < rect.y + rect.height
                if inside and key not in (curve.link.source, curve.link.target):
                    found.append(f"{curve.link.source} → {curve.link.target} runs through {key}")
    return found


def shipped():
    content = load(CONTENT)
    speeches = Speeches(content)
    for key, procedure in content.procedures.items():
        yield key, flows.of_states(content, procedure, speeches.case(procedure))
    for key, register in content.registers.items():
        if register.states:
            yield key, flows.of_states(content, register, speeches.subject(key))
    for key, programme in content.programmes.items():
        yield key, flows.of_programme(content, programme, speeches.subject(programme.about), speeches.visit(programme))


@pytest.fixture(scope="module")
def drawings():
    return {key: place(graph) for key, graph in shipped()}


def test_no_shipped_flow_has_anything_over_anything(drawings):
    assert len(drawings) > 10
    assert {key: found for key, placed in drawings.items() if (found := faults(placed))} == {}


def test_a_shipped_flow_fits_a_page_of_paper_across(drawings):
    assert {key: round(placed.width) for key, placed in drawings.items() if placed.width > 1500} == {}


def test_every_state_and_every_move_of_a_procedure_is_drawn():
    content = load(CONTENT)
    procedure = content.procedures["referral"]
    drawn = re.sub(
        r"\s",
        "",
        "".join(re.findall(r">([^<]+)</text>", svg(place(flows.of_states(content, procedure, Speeches(content).case(procedure))), "转诊"))),
    )
    assert [title for title in procedure.states.values() if title not in drawn] == []
    assert [move.title for move in procedure.moves.values() if move.title not in drawn] == []
    assert "4个工作小时" in drawn and "再过20小时" in drawn


@pytest.mark.parametrize("seed", range(30))
def test_any_graph_is_placed_without_faults(seed):
    chance = random.Random(seed)
    keys = [f"n{number}" for number in range(chance.randint(2, 14))]
    boxes = tuple(box(key, *("词" * chance.randint(1, 14) for _ in range(chance.randint(1, 3)))) for key in keys)
    links = []
    for _ in range(chance.randint(1, 20)):
        a, b = sorted(chance.sample(range(len(keys)), 2))
        back = chance.random() < 0.3
        links.append(Link(keys[b], keys[a], back=True) if back else Link(keys[a], keys[b]))
    assert faults(place(Graph(boxes, tuple(links)))) == []


def test_links_in_a_circle_are_refused():
    with pytest.raises(ValueError, match="circle"):
        place(Graph((box("a"), box("b")), (Link("a", "b"), Link("b", "a"))))


def test_nodes_keep_their_order_and_their_gap_and_stay_near_where_they_belong():
    placed = spread([0.0, 1.0, 500.0], [1.0, 1.0, 1.0], [100.0, 100.0, 100.0])
    assert placed[1] - placed[0] == pytest.approx(100.0 + GAP_X)
    assert placed[0] + placed[1] == pytest.approx(1.0)
    assert placed[2] == pytest.approx(500.0)


def test_text_is_broken_within_its_width_and_nothing_is_lost():
    line = Line("近 1 年内有血压（收缩压 ≥ 140 mmHg，或舒张压 ≥ 90 mmHg）的天数")
    parts = wrapped(line, 120)
    assert "".join(parts).replace(" ", "") == line.text.replace(" ", "")
    assert all(width_of(Line(part)) <= 120 + 14 for part in parts)
    assert not any(part.endswith(("（", "“")) or part[0] in "，。）" for part in parts)


def test_a_drawing_is_escaped_and_named_for_those_who_do_not_see_it():
    drawn = svg(place(Graph((box("a", "<b> & 甲"),))), '"流程"')
    assert "&lt;b&gt; &amp; 甲" in drawn
    assert 'aria-label="&quot;流程&quot;"' in drawn
    assert "<script" not in drawn and "style=" not in drawn
