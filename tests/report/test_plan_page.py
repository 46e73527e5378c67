"""The plan for people: page, Markdown, terminal."""

import io
import re

import pytest
from rich.console import Console

from ftbench.cost.plan_file import (
    Demand,
    Fleet,
    Option,
    PlanAtScale,
    PlanFile,
    PlannedCapacity,
    Quantiles,
    Reproduced,
    SeenAtScale,
    Swing,
)
from ftbench.cost.result import Breakdown
from ftbench.report import plan_words as words
from ftbench.report.plan_charts import cost_chart, tornado_chart
from ftbench.report.plan_html import render_plan_html
from ftbench.report.plan_markdown import render_plan_markdown
from ftbench.report.plan_tables import plan_table, unit_of
from ftbench.report.plan_terminal import plan_lines
from tests.report import builder
from tests.report.test_html import Skeleton


def an_option(**changes):
    fields = {
        "purchase": "on_demand",
        "sizing": "peak",
        "judged": True,
        "instances_mean": 2.0,
        "cost_per_inference": 0.0004,
        "cost_per_million_tokens": 8.0,
        "cost_per_month": 1200.0,
        "margin": 0.5,
        "breakdown": Breakdown(compute=1000.0, storage=100.0, network=50.0, gateway=25.0, monitoring=25.0),
        "price_source": "a price list",
    }
    return Option(**{**fields, **changes})


def a_fleet(**changes):
    fields = {
        "replicas": 3,
        "spare": 1,
        "gpus_per_replica": 1.0,
        "instances": 2,
        "seats": 4,
        "instance": "box",
        "utilisation": 0.3,
        "formula": "Replicas: 3 = ...",
    }
    simulated = {"simulated_replicas": 2, "simulated_capacity": 12.0, "simulated_ttft_p99_s": 0.3, "simulated_e2e_p99_s": 2.0}
    return Fleet(**{**fields, **simulated, "simulated_attainment": 0.999, "queueing_wait_mean_s": (0.001, None), **changes})


def at(scale=1.0, text="A note.", **changes):
    demand = {"peak_to_mean": 2, "peak_to_mean_source": "", "arrivals": "poisson", "arrival_cv": 1, "prompt_tokens_mean": 100}
    fields = {
        "scale": scale,
        "basis": "modelled",
        "basis_note": text,
        "demand": Demand(mean_rate=2 * scale, peak_rate=4 * scale, output_tokens_mean=50, **demand),
        "fleet": a_fleet(),
        "options": [an_option(), an_option(purchase="spot", judged=False, cost_per_month=None, why_not="No spot price is listed.")],
        "cost_per_inference": Quantiles(p10=0.0003, p50=0.0004, p90=0.0006),
        "cost_per_month": Quantiles(p10=1000.0, p50=1200.0, p90=1500.0),
        "budget_quantile_cost": 0.0006,
        "share_within_budget": 0.7,
        "within_budget": False,
        "within_margin": True,
        "tornado": [
            Swing(name="price", low_value=0.9, high_value=1.2, unit="times the listed price", cost_at_low=0.0004, cost_at_high=0.0005),
            Swing(name="rate", low_value=1, high_value=3, unit="requests/s today", cost_at_low=0.0009, cost_at_high=0.0002),
        ],
        "seen": SeenAtScale(
            replicas=1,
            requested_rate=20,
            achieved_rate=20,
            attainment=None,
            saturated=True,
            valid=True,
            held=False,
            ttft_p99_s=None,
            e2e_p99_s=None,
            sentence=f"It cannot hold that. {text}",
        ),
    }
    return PlanAtScale(**{**fields, **changes})


def a_plan(text="plain", **changes):
    capacity = {"sized_on": 2.5, "estimate": 2.8, "low": 2.5, "high": 3.1, "confidence": 0.95, "seeds": 3, "max_throughput": 4.0}
    fields = {
        "run_id": text,
        "name": text,
        "source": text,
        "model": text,
        "variant": "nf4",
        "engine": "transformers",
        "hardware": "card",
        "hardware_name": text,
        "price": text,
        "currency": "USD",
        "slo": {"ttft_s": 0.5},
        "attainment": 0.95,
        "budget_per_inference": 0.0005,
        "price_per_inference": 0.001,
        "margin": 0.4,
        "budget_quantile": 0.9,
        "capacity": PlannedCapacity(
            **capacity, replicas_measured=1, arrivals="poisson", arrival_cv=1, source=text, basis="measured", notes=[text]
        ),
        "reproduced": [
            Reproduced(what=f"TTFT p99 {text}", measured=0.1, simulated=0.11, error=0.1, unit="s", fitted=True),
            Reproduced(what="capacity", measured=2.8, simulated=2.66, error=-0.05, unit="requests/s", fitted=False),
        ],
        "scales": [at(1.0, text), at(10.0, text)],
        "uncertain": [text],
        "verdict": "NOT_VIABLE",
        "reasons": [text],
        "notes": [text],
        "made_at": "2026-11-28T09:00:00+00:00",
        "ftbench_version": "0",
    }
    return PlanFile(**{**fields, **changes})


def printed(plan, width=150):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(plan_lines(plan))
    return console.file.getvalue()


def test_the_page_holds_no_script_no_handler_no_link_no_outside_resource():
    skeleton = Skeleton(render_plan_html(a_plan("<script>alert(1)</script><img src=x onerror=alert(1)>")))
    assert not {tag for tag, _ in skeleton.tags} & {"script", "img", "a", "link", "iframe", "object", "form", "base"}
    assert not {name for _, names in skeleton.tags for name in names if name.startswith("on") or name in ("src", "href", "action")}


@pytest.mark.parametrize("text", [t for t in builder.HOSTILE if t])
def test_hostile_text_is_text_everywhere(text):
    assert Skeleton(render_plan_html(a_plan(text))).tags == Skeleton(render_plan_html(a_plan("x"))).tags
    assert "\x1b" not in printed(a_plan(text))
    assert "<script" not in render_plan_markdown(a_plan(text)).replace("\\<script", "")


def test_every_number_of_the_machine_says_measured_or_modelled():
    for group in plan_table(a_plan()).groups:
        for row in group.rows if group.title in ("Fleet", "Cost") else []:
            if row.label != "Of them spare":
                assert all(cell.small.startswith(("measured", "modelled")) for cell in row.cells), row.label


def test_a_wait_that_is_none_is_no_number_with_an_exponent():
    assert "under 1 µs with every slot a server, unstable" in words.band(at(fleet=a_fleet(queueing_wait_mean_s=(7.8e-16, None))))


def test_the_engine_stands_beside_the_cost():
    for text in (render_plan_html(a_plan()), render_plan_markdown(a_plan()), printed(a_plan())):
        assert "engine=transformers" in text


def test_the_table_is_understood_at_a_glance():
    line = next(line for line in printed(a_plan()).splitlines() if line.startswith(" 1x") or line.startswith("1x "))
    for part in ("2, 4 /s", "3 (1 spare)", "30 %", "USD 0.40 (0.3 to 0.6)", "USD 1,200", "50 %", "no: USD 0.60", "modelled"):
        assert part in line.replace("USD 0.4 ", "USD 0.40 ").replace("USD 0.6 ", "USD 0.60 "), (part, line)


def test_max_throughput_is_shown_and_said_to_be_no_capacity():
    says = words.capacity_line(a_plan())
    assert "planned at 2.5 /s (measured" in says and "95 % interval 2.5–3.1 requests/s over 3 searches" in says
    assert "4 /s a replica, is not capacity" in says


def test_a_bracket_without_chance_is_not_called_a_95_percent_interval():
    plan = a_plan()
    plan.capacity.confidence = None
    assert "between 2.5" in words.capacity_line(plan) and "95 % interval" not in words.capacity_line(plan)


def test_the_chart_has_the_budget_and_the_range_of_each_scale():
    chart = cost_chart(a_plan(), *unit_of(a_plan()))
    assert chart.count('class="c-bar"') == 2 and "budget USD 0.50" in chart.replace("USD 0.5<", "USD 0.50<")
    assert "p10 0.3, p90 0.6" in chart


def test_the_widest_swing_stands_on_top_and_none_makes_no_chart():
    chart = tornado_chart(at(), "USD", 1000, "per 1,000 inferences")
    assert chart.index(">rate<") < chart.index(">price<") and "1 to 3 requests/s today" in chart
    assert tornado_chart(at(tornado=[]), "USD", 1, "per inference") is None


def test_without_a_capacity_every_rendering_stands_and_shows_no_cost():
    bare = {"fleet": None, "options": [], "cost_per_inference": None, "cost_per_month": None, "budget_quantile_cost": None}
    scale = at(tornado=[], within_budget=None, within_margin=None, **bare)
    plan = a_plan(scales=[scale], capacity=None, reproduced=[], verdict="NEEDS_REVIEW")
    for text in (render_plan_html(plan), render_plan_markdown(plan), printed(plan)):
        assert "not known" in text and "USD 1,2" not in text


def test_a_note_that_all_scales_share_stands_once():
    assert len(re.findall("It cannot hold that", render_plan_html(a_plan()))) == 1


def test_fitted_and_predicted_are_told_apart_with_the_sign_of_the_error():
    fitted, predicted = a_plan().reproduced
    assert words.reproduced_line(fitted).endswith("fitted 110 ms, +10 %")
    assert words.reproduced_line(predicted) == "capacity: measured 2.8 requests/s, predicted 2.66 requests/s, −5 %"
