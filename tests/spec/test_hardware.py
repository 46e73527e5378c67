import pytest

from ftbench.errors import InputError
from ftbench.spec import Profile, read_yaml

GOOD = {
    "id": "mine", "name": "Mine", "kind": "gpu", "memory_gb": "24",
    "instance": "box", "devices_per_instance": "1", "spec_source": "data sheet",
}  # fmt: skip
PRICE = {"per_hour": "0.5", "currency": "USD", "kind": "on_demand", "retrieved": "2026-07-01", "source": "price list"}


def read(tmp_path, profile=None, price=None):
    """The profile that GOOD and PRICE make with these lines changed; None leaves a line out."""
    lines = [f"{key}: {value}" for key, value in {**GOOD, **(profile or {})}.items() if value is not None]
    first = [f"    {key}: {value}" for key, value in {**PRICE, **(price or {})}.items() if value is not None]
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join([*lines, "prices:", "  -" + first[0][3:], *first[1:]]) + "\n")
    return read_yaml(path, Profile)


def test_a_full_profile_is_read(tmp_path):
    profile = read(tmp_path)
    assert profile.prices[0].per_hour == 0.5
    assert profile.prices[0].retrieved.isoformat() == "2026-07-01"


@pytest.mark.parametrize("price", [{"retrieved": None}, {"retrieved": "null"}, {"retrieved": "2026-07"}, {"source": None}, {"kind": None}])
def test_price_without_day_source_or_kind_is_refused(tmp_path, price):
    with pytest.raises(InputError, match=r"mine.yaml, line \d+"):
        read(tmp_path, price=price)


def test_price_whose_source_has_no_day_must_say_so(tmp_path):
    assert read(tmp_path, price={"retrieved": "null", "retrieved_note": "spring 2026"}).prices[0].retrieved is None


@pytest.mark.parametrize("kind", ["on_demand", "spot", "reserved"])
def test_capacity_block_at_zero_is_no_rental_price(tmp_path, kind):
    with pytest.raises(InputError, match="no rental price"):
        read(tmp_path, price={"per_hour": "0", "kind": kind})


def test_owned_hardware_may_cost_nothing_an_hour(tmp_path):
    assert read(tmp_path, price={"per_hour": "0", "kind": "owned"}).prices[0].per_hour == 0


@pytest.mark.parametrize("per_hour", ["-1", ".nan", ".inf", "1e400"])
def test_prices_that_poison_every_sum_are_refused(tmp_path, per_hour):
    with pytest.raises(InputError, match="per_hour"):
        read(tmp_path, price={"per_hour": per_hour})


@pytest.mark.parametrize("profile", [{"memory_gb": "0"}, {"devices_per_instance": "0"}, {"id": "My Card"}, {"bf16_tflops_dense": "-5"}])
def test_impossible_devices_are_refused(tmp_path, profile):
    with pytest.raises(InputError, match=next(iter(profile))):
        read(tmp_path, profile=profile)


def test_misspelt_key_is_refused_with_the_right_one(tmp_path):
    with pytest.raises(InputError, match="Did you mean `bandwidth_gb_s`"):
        read(tmp_path, profile={"bandwith_gb_s": "300"})


def test_one_profile_may_have_a_price_of_each_kind(tmp_path):
    path = tmp_path / "many.yaml"
    rows = [
        f"  - {{per_hour: {price}, kind: {kind}, retrieved: 2026-07-01, source: price list}}"
        for kind, price in (("on_demand", 2), ("spot", 0.7), ("reserved", 1.2), ("owned", 0))
    ]
    path.write_text("\n".join([*(f"{key}: {value}" for key, value in GOOD.items()), "prices:", *rows]) + "\n")
    assert [(price.kind, price.per_hour) for price in read_yaml(path, Profile).prices] == [
        ("on_demand", 2.0), ("spot", 0.7), ("reserved", 1.2), ("owned", 0.0),
    ]  # fmt: skip


def test_profile_without_any_price_is_refused(tmp_path):
    path = tmp_path / "free.yaml"
    path.write_text("\n".join([*(f"{key}: {value}" for key, value in GOOD.items()), "prices: []"]) + "\n")
    with pytest.raises(InputError, match="prices"):
        read_yaml(path, Profile)
