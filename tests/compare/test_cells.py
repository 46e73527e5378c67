"""The matrix and what is refused before anything is started."""

import pytest

from ftbench.compare.cells import comparable, matrix, profiles_of, reference_of
from ftbench.cost.profiles import load_profile
from ftbench.errors import InputError
from ftbench.models import ModelShape
from ftbench.spec import Spec
from ftbench.spec.compare import Compare
from tests.compare.builder import CPU, SMALL, spec

L4 = load_profile("l4")
# 20 GB of fp32 weights in one layer: 16 bits fit an L4, 32 do not
LARGE = ModelShape(
    linears=(("0.q", (50_000, 140_000)),), other_parameters=0, layers=1, kv_heads=1, head_dim=64, vocabulary=10, context=4096
)


def test_every_combination_is_one_cell_with_a_name_of_its_own():
    plans = matrix(spec(variants=["fp32", "nf4"], replicas=[1, 2]), SMALL, 200, [CPU, L4])
    assert [plan.id for plan in plans] == [
        "fp32@local x1", "nf4@local x1", "fp32@local x2", "nf4@local x2", "fp32@l4 x1", "nf4@l4 x1", "fp32@l4 x2", "nf4@l4 x2",
    ]  # fmt: skip
    last = plans[-1]
    assert (last.spec.model.variant, last.spec.serving.replicas, last.device.kind, last.folder) == ("nf4", 2, "cuda", "nf4@l4-x2")


def test_a_cell_that_does_not_fit_says_by_how_much_and_leaves_the_others_alone():
    plans = matrix(spec(variants=["fp32", "nf4"]), LARGE, 100, [L4])
    assert "fp32 needs 6.4 GB more memory than NVIDIA L4" in plans[0].why_not and not plans[0].memory().fits
    assert plans[1].why_not == "" and plans[1].memory().fits


def test_where_no_cell_can_run_the_nearest_one_is_named():
    with pytest.raises(InputError, match=r"No cell of the comparison can run. The nearest is fp32@l4 x1: fp32 needs 6.4 GB"):
        matrix(spec(variants=["fp32"]), LARGE, 100, [L4])


def test_bf16_on_a_gpu_without_it_is_no_cell_of_its_own_speed():
    plans = matrix(spec(variants=["fp16", "bf16"]), SMALL, 100, [load_profile("t4")])
    assert plans[0].why_not == "" and "t4 has no bf16 arithmetic" in plans[1].why_not


def test_replicas_on_one_cpu_share_its_memory():
    one, four = (matrix(spec(variants=["fp32"], replicas=[n]), SMALL, 100, [CPU])[0].fit.usable for n in (1, 4))
    assert four == pytest.approx(one / 4, rel=1e-6)


def test_an_endpoint_cannot_be_loaded_in_another_variant():
    data = spec().model_dump(by_alias=True, exclude={"model"}) | {"endpoint": {"url": "http://127.0.0.1:1/v1"}, "tests": {}}
    with pytest.raises(InputError, match="names an endpoint, which serves one. Give `model`"):
        comparable(Spec.model_validate(data))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"compare": None}, r"has no section `compare`.*such as\ncompare: \{variants: \[bf16"),
        ({"slo": {"attainment": 0.9}}, "highest throughput is no capacity. Give at least one of slo.ttft_s"),
        (
            {"serving": {"max_concurrency": 8}, "compare": {"variants": ["fp32"], "batches": [1, 16]}},
            "compare.batches has 16.*= 8 requests",
        ),
    ],
)
def test_what_cannot_be_compared_is_told_with_the_way_out(changes, says):
    data = spec().model_dump(by_alias=True, exclude={"endpoint"}) | {"tests": {}} | changes
    with pytest.raises(InputError, match=says):
        comparable(Spec.model_validate(data))


def test_default_batches_end_at_what_a_replica_decodes_together():
    small = spec().but(serving=spec().serving.model_copy(update={"max_concurrency": 8}))
    assert comparable(small).compare.batches == [1, 4, 8]


def test_prices_in_two_currencies_are_not_compared():
    changed = spec(hardware=["l4"])
    with pytest.raises(InputError, match="cost.currency is EUR, but the price of hardware l4 is in USD"):
        profiles_of(changed.but(cost=changed.cost.model_copy(update={"currency": "EUR"})))


def test_the_most_precise_variant_is_the_reference_wherever_it_stands():
    assert reference_of(Compare(variants=["nf4", "int8", "bf16"])) == "bf16"
    assert reference_of(Compare(variants=["nf4", "int8", "bf16"], reference="int8")) == "int8"
