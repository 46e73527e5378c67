"""Load and cost, side by side by scale."""

import io

from rich.console import Console

from ftbench.report import summary_lines
from ftbench.report.cost_table import cost_notes, cost_table
from ftbench.report.load_table import limits, load_details, load_notes, load_table
from ftbench.report.markdown import render_markdown
from ftbench.report.matrix import shared
from tests.report import builder


def cells(matrix, group, row):
    return next(r for g in matrix.groups if g.title.startswith(group) for r in g.rows if r.label.startswith(row)).cells


def test_failed_requests_stand_with_their_kinds_and_share():
    failed = cells(load_table([builder.load(1, n=500, errors={"timeout": 3, "reset": 2, "empty": 0})]), "Traffic", "Failed")[0]
    assert (failed.text, failed.small, failed.strong) == ("5", "1 % · timeout 3, reset 2", True)


def test_the_latency_of_a_saturated_run_is_quiet_and_its_column_flagged():
    matrix = load_table([builder.load(1), builder.load(10, saturated=True)])
    assert [c.quiet for c in cells(matrix, "Time to first", "p50")] == [False, True]
    assert [c.flag for c in matrix.columns] == ["", "saturated"]
    assert load_table([builder.load(1, valid=False)]).columns[0].flag == "invalid measurement"


def test_a_percentile_of_a_small_sample_says_not_certified():
    small, large = load_table([builder.load(1, n=100)]), load_table([builder.load(1, n=700)])
    assert cells(small, "Whole", "p99")[0].small == "≥ 1.57 s · not certified"
    assert cells(small, "Whole", "p50")[0].small == "712–779 ms"
    assert "not certified" not in cells(large, "Whole", "p99")[0].small


def test_no_latency_is_a_dash_not_a_zero():
    bare = builder.bare().load
    assert cells(load_table(bare), "Whole", "p50")[0].text == "–"
    assert cells(load_details(bare), "Traffic", "Prompt")[0].text == "–"


def test_ttft_from_sending_stands_apart_from_ttft():
    run = builder.load(1)
    assert cells(load_details([run]), "TTFT from the instant of sending", "p50")[0].text == "117 ms"
    assert cells(load_table([run]), "Time to first", "p50")[0].text == "118 ms"


def test_limits_are_read_from_the_run():
    assert limits([builder.load(1)]) == ["TTFT at most 500 ms", "E2E at most 2 s"]
    assert limits([]) == []


def test_every_number_of_a_cost_carries_its_basis():
    matrix = cost_table([builder.cost(1), builder.cost(10, basis="modelled")])
    for group in matrix.groups:
        for row in group.rows:
            if group.title in ("Fleet", "Cost", "Of each month") or row.label == "Margin":
                assert [c.small for c in row.cells] == ["measured", "modelled"], row.label


def test_small_costs_are_priced_by_the_thousand_in_every_column():
    matrix = cost_table([builder.cost(1, per=0.000412), builder.cost(10, per=0.0000398)])
    assert [c.text for c in cells(matrix, "Cost", "Cost per 1,000 inferences")] == ["USD 0.412", "USD 0.0398"]


def drawn(scale, **changes):
    found = {"cost_p10": 0.00035, "cost_p50": 0.00042, "cost_p90": 0.00051, "budget_quantile_cost": 0.00051, "share_within_budget": 0.93}
    return builder.cost(scale).model_copy(update={**found, "purchase": "spot", **changes})


def test_range_of_an_uncertain_cost_stands_below_it_in_the_same_unit():
    matrix = cost_table([drawn(1), builder.cost(3)])
    assert [c.text for c in cells(matrix, "Cost", "Cost per 1,000 inferences")] == ["USD 0.412", "USD 0.412"]
    assert [cells(matrix, "Cost", p)[0].text for p in ("p10", "p50", "p90")] == ["USD 0.35", "USD 0.42", "USD 0.51"]
    assert cells(matrix, "Cost", "p90")[1].text == "–" and cells(matrix, "Cost", "p90")[0].small == "measured"


def test_cost_without_uncertainty_has_no_empty_rows_of_it():
    assert not [r.label for g in cost_table([builder.cost(1)]).groups for r in g.rows if r.label.startswith("p10")]


def test_what_is_held_against_the_budget_is_shown_with_how_the_machines_are_paid():
    matrix = cost_table([drawn(1), drawn(3, within_budget=False)])
    assert [c.text for c in cells(matrix, "Contract", "Machines paid")] == ["spot", "spot"]
    assert [c.text for c in cells(matrix, "Contract", "Held against")] == ["USD 0.51", "USD 0.51"]
    kept, broken = cells(matrix, "Contract", "Within the budget")
    assert (kept.text, kept.small, broken.strong) == ("yes", "93 % of the draws", True)


def test_gateway_is_one_of_the_parts_of_a_month():
    assert cells(cost_table([builder.cost(1)]), "Of each month", "Gateway")[0].text == "USD 0"


def test_range_and_purchase_are_in_markdown_and_terminal_too():
    report = builder.report("SHIP", costs=[drawn(1), drawn(3), builder.cost(10)])
    text = render_markdown(report)
    assert "p10 / p50 / p90" in text and "0.35 / 0.42 / 0.51" in text and ", paid spot and on demand: " in text
    console = Console(width=200, file=io.StringIO(), color_system=None)
    console.print(summary_lines(report))
    assert "0.35 / 0.42 / 0.51" in console.file.getvalue()
    plain = render_markdown(builder.report("SHIP"))
    assert "p10 / p50 / p90" not in plain and ", paid on demand: " in plain


def test_no_budget_given_is_neither_yes_nor_no():
    matrix = cost_table(builder.bare().cost)
    assert cells(matrix, "Contract", "Within")[0].text == "–"
    assert "Of each month" not in [g.title for g in matrix.groups]


def test_a_breach_of_the_contract_is_strong():
    assert cells(cost_table([builder.cost(1, budget=False)]), "Contract", "Within")[0].strong


def test_a_note_that_scales_share_stands_once():
    assert shared([("1x", ["a", "b", "a"]), ("3x", ["a", ""])]) == [("1x, 3x", "a"), ("1x", "b")]
    notes = cost_notes([builder.cost(1), builder.cost(3)])
    assert ("1x, 3x", "Price source: https://cloud.example/pricing, read 2025-11-02, us-east-1, on demand") in notes
    small = [note for _, note in load_notes([builder.load(1, n=100)]) if "not certified" in note]
    assert len(small) == len(set(small)) and small[0].startswith("p99 is not certified"), small  # said once, not once for each latency


def test_no_percentile_of_an_invalid_measurement_keeps_its_interval_or_stands_unstruck():
    matrix = load_table([builder.load(1, valid=False)])
    struck = [cell for g in matrix.groups for r in g.rows if r.label in ("p50", "p90", "p99", "Attainment") for cell in r.cells]
    assert len(struck) == 10 and all(cell.quiet for cell in struck)
    assert {cell.small for cell in struck[:9]} == {"invalid measurement"}


def test_gaps_are_called_by_what_they_lie_between():
    titles = [g.title for g in load_details([builder.load(1)]).groups]
    assert "Time between tokens (ITL)" in titles
    chunks = load_details([builder.load(1).model_copy(update={"itl_kind": "ICL"})])
    assert any(g.title.startswith("Time between chunks (ICL)") for g in chunks.groups)
    assert not any(g.title.startswith("Time between") for g in load_details(builder.bare().load).groups)


def test_each_rule_on_the_measurement_has_its_limit_and_a_broken_one_is_strong():
    details = load_details([builder.load(1), builder.load(3, valid=False)])
    kept, broken = cells(details, "What the measurement itself", "Client CPU")
    assert (kept.text, kept.small, kept.strong) == ("31 %", "at most 90 %", False)
    assert (broken.small, broken.strong) == ("not met · at most 90 %", True)
    assert cells(details, "What the measurement itself", "Load processes lost")[0].small == "not judged"


def test_an_slo_beside_the_agreed_one_has_its_own_row_and_a_run_without_it_a_dash():
    row = cells(load_table([builder.load(1), *builder.bare().load]), "Within", "chat")
    assert [(c.text, c.small) for c in row] == [("97 %", "TTFT at most 200 ms"), ("–", "")]


def test_without_an_slo_nothing_is_called_good():
    matrix = load_table([builder.load(1).model_copy(update={"slo": {}})])
    assert cells(matrix, "Within", "Attainment")[0].text == "no SLO given" and cells(matrix, "Within", "Good")[0].text == "–"
