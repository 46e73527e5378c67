"""What the `cost` section refuses."""

import pytest

from ftbench.errors import InputError
from ftbench.spec import read_spec

HEAD = "name: x\nmodel: {}\nload: {rate: 1}\nslo: {e2e_s: 1}\ntests: {}\n"


def refused(tmp_path, cost):
    path = tmp_path / "spec.yaml"
    path.write_text(f"{HEAD}cost: {cost}\n")
    with pytest.raises(InputError) as error:
        read_spec(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("{peak_to_mean: 2, demand_trace: day.csv}", "`peak_to_mean` and `demand_trace` both say how busy the busiest hour is"),
        ("{peak_to_mean: 0.5}", "peak_to_mean"),
        ("{purchase: owned}", "purchase owned needs `cost.owned`"),
        ("{uncertainty: {price: {low: 1.2, high: 0.9}}}", "`low` 1.2 lies above `high` 0.9"),
        ("{uncertainty: {price: {low: 0, high: 1}}}", "low"),
        ("{budget_quantile: 1}", "budget_quantile"),
        ("{budget_quantile: 0.4}", "budget_quantile"),
        ("{min_replicas: 0}", "min_replicas"),
        ("{owned: {purchase_price: 1, years: 3, pue: 0.9, tariff_per_kwh: 1}}", "pue"),
        ("{owned: {purchase_price: 1, years: 0, pue: 1.2, tariff_per_kwh: 1}}", "years"),
        ("{api: {name: x, input_per_million_tokens: 1, output_per_million_tokens: 1, source: its page}}", "retrieved"),
        ("{gateway_per_month: -1}", "gateway_per_month"),
        ("{min_replica: 2}", "min_replicas"),
    ],
)
def test_money_that_makes_no_sense_is_refused_by_name(tmp_path, cost, words):
    told = refused(tmp_path, cost)
    assert words in told and "spec.yaml" in told and told.count("\n") == 0


@pytest.mark.parametrize("scale", ["0", "-3", ".nan"])
def test_scale_that_is_no_multiple_is_refused(tmp_path, scale):
    path = tmp_path / "spec.yaml"
    path.write_text(HEAD.replace("{rate: 1}", f"{{rate: 1, scales: [1, {scale}]}}"))
    with pytest.raises(InputError, match="scales"):
        read_spec(path)
