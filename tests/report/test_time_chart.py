"""The chart of latency over time."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftbench.report.time_chart import BOTTOM, LEFT, RIGHT, TOP, Stretch, time_chart


def drawn(stretches):
    return ElementTree.fromstring(str(time_chart(stretches, "Whole response", "1x")))


def lines(svg, kind):
    found = [e.get("points") for e in svg.iter() if e.get("class") == kind]
    return [[tuple(map(float, point.split(","))) for point in line.split()] for line in found]


def test_points_stand_where_the_axes_put_them():
    svg = drawn([Stretch(0, 0.5, 1.0), Stretch(30, 0.5, 2.0), Stretch(60, 1.0, 2.0)])  # linear from 0 to 2 s
    half = (BOTTOM + TOP) / 2
    assert lines(svg, "c-tail") == [[(LEFT, half), ((LEFT + RIGHT) / 2, TOP), (RIGHT, TOP)]]
    assert lines(svg, "c-middle")[0][0] == (LEFT, pytest.approx(BOTTOM - (BOTTOM - TOP) / 4, abs=0.1))
    assert [e.text for e in svg.iter() if e.get("text-anchor") in ("start", "middle")] == ["0 s", "30 s"]


def test_a_stretch_without_an_answer_is_a_gap_not_a_line_across_it():
    svg = drawn([Stretch(t, *(None, None) if t == 20 else (1.0, 2.0)) for t in (0, 10, 20, 30, 40)])
    assert [len(line) for line in lines(svg, "c-middle")] == [2, 2]


def test_a_lone_stretch_between_gaps_is_still_seen():
    svg = drawn([Stretch(0, 1.0, None), Stretch(1, None, None), Stretch(2, 1.0, None), Stretch(3, 1.0, None)])
    assert len([e for e in svg.iter() if e.get("class") == "c-middle-dot"]) == 1


def test_too_little_to_draw_is_no_chart():
    assert time_chart([], "x", "1x") is None
    assert time_chart([Stretch(0, 1.0, 1.0)], "x", "1x") is None
    assert time_chart([Stretch(0, 1.0, 1.0), Stretch(1, None, None)], "x", "1x") is None


@given(st.lists(st.builds(Stretch, st.floats(), st.none() | st.floats(), st.none() | st.floats()), max_size=6))
def test_no_time_leaves_the_frame(stretches):
    chart = time_chart(stretches, "x", "1x")
    if chart is not None:
        svg = ElementTree.fromstring(str(chart))
        for x, y in (point for kind in ("c-tail", "c-middle") for line in lines(svg, kind) for point in line):
            assert LEFT <= x <= RIGHT and TOP - 0.1 <= y <= BOTTOM + 0.1
