"""The chart of latency by scale."""

from xml.etree import ElementTree

import pytest

from ftbench.report.charts import LEFT, RIGHT, latency_chart
from tests.report import builder


def drawn(loads, field="e2e"):
    return ElementTree.fromstring(str(latency_chart(loads, field, "Whole response")))


def by_class(svg, name):
    return [e for e in svg.iter() if e.get("class") == name]


def test_dots_stand_where_a_linear_axis_puts_them():
    svg = drawn([builder.load(1).model_copy(update={"slo": {}})])  # 0.742 s to 1.7808 s; the axis ends at 2 s
    assert float(by_class(svg, "c-p50")[0].get("cx")) == pytest.approx(LEFT + (RIGHT - LEFT) * 0.742 / 2, abs=0.1)
    assert float(by_class(svg, "c-p99")[0].get("cx")) == pytest.approx(LEFT + (RIGHT - LEFT) * 1.7808 / 2, abs=0.1)


def test_dots_stand_where_a_logarithmic_axis_puts_them():
    svg = drawn(
        [builder.load(1).model_copy(update={"slo": {}}), builder.load(3, slow=40).model_copy(update={"slo": {}})]
    )  # 0.742 to 71.2 s
    assert float(by_class(svg, "c-p50")[0].get("cx")) == pytest.approx(
        LEFT + (RIGHT - LEFT) * 0.87040 / 3, abs=0.1
    )  # log10(7.42) of 3 decades


def test_a_saturated_run_shows_the_word_and_no_dot():
    svg = drawn([builder.load(1), builder.load(10, saturated=True)])
    assert len(by_class(svg, "c-p50")) == 1
    assert [e.text for e in by_class(svg, "c-loud")] == ["saturated: no lasting latency"]
    assert "10x: saturated" in svg.get("aria-label")


def test_the_limit_is_a_line_and_a_far_one_does_not_flatten_the_rows():
    assert len(by_class(drawn([builder.load(1)]), "c-limit")) == 1
    assert not by_class(drawn([builder.load(1).model_copy(update={"slo": {"e2e_s": 600.0}})]), "c-limit")


def test_nothing_to_show_is_no_chart():
    assert latency_chart([], "e2e", "x") is None
    assert latency_chart(builder.bare().load, "e2e", "x") is None
    assert latency_chart([builder.load(1, valid=False)], "e2e", "x") is None


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e-12, 1e300, float("nan"), float("inf"), -1.0])
def test_extreme_times_do_not_break_the_axis(value):
    odd = builder.load(3)
    odd = odd.model_copy(
        update={"e2e": odd.e2e.model_copy(update={"p50_s": value, "p90_s": value, "p99_s": value}), "slo": {"e2e_s": value}}
    )
    for loads in ([odd], [builder.load(1), odd]):
        chart = latency_chart(loads, "e2e", "x")
        if chart is not None:
            for element in ElementTree.fromstring(str(chart)).iter():
                assert all(0 <= float(element.get(a)) <= 400 for a in ("cx", "x1", "x2") if element.get(a)), ElementTree.tostring(element)
