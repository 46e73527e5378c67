import pytest

from ftbench.cost.profiles import load_profile, shipped_profiles
from ftbench.models.fit_on import fit_on
from tests.models.test_memory import LLAMA_7B

SHIPPED = shipped_profiles()


def ask(profile, variant="nf4", *, concurrency, context=8192, others=SHIPPED, devices=1):
    return fit_on(load_profile(profile), LLAMA_7B, variant, context_tokens=context, concurrency=concurrency, others=others, devices=devices)


def test_sentence_says_how_much_is_missing_how_many_fit_and_what_to_rent_instead():
    """nf4: 3.643 GB of linear layers + 0.525 GB of others = 4.17 GB. A request of 8192 tokens at 0.5 MiB takes 4.295 GB, so 21.6 GB hold
    four; five need 25.64 GB. 40 GB hold them on an A100-40, but its instance has eight devices: cheaper are the single ones."""
    found = ask("l4", concurrency=5)
    assert found.largest_concurrency == 4 and found.fit.missing == pytest.approx(4.04e9, abs=1e7)
    assert found.sentence == (
        "nf4 needs 4.0 GB more memory than one NVIDIA L4 can give for 8k-token contexts at 5 concurrent requests. "
        "Lower serving.max_concurrency to 4, or choose a100-80-pcie."
    )


def test_largest_concurrency_is_exactly_the_edge():
    assert ask("l4", concurrency=4).fit.ok and ask("l4", concurrency=4).sentence == ""
    assert not ask("l4", concurrency=5).fit.ok


def test_weights_that_do_not_fit_alone_are_not_told_to_lower_the_concurrency():
    found = ask("t4", "fp32", concurrency=1, context=128)
    assert found.largest_concurrency == 0 and "Not even one request fits: choose a100-80-pcie." in found.sentence
    nowhere = ask("t4", "fp32", concurrency=1, context=128, others=[])
    assert nowhere.instead is None and "fewer bits" in nowhere.sentence


def test_bf16_cache_is_not_assumed_on_a_card_that_has_none():
    """A T4 holds what is not quantized in fp16, a CPU without a bf16 peak in fp32: twice the cache."""
    assert ask("c7i.8xlarge", concurrency=1).fit.kv_cache == 2 * ask("t4", concurrency=1).fit.kv_cache


def test_gpu_is_not_traded_for_a_processor_nor_dollars_for_another_currency():
    assert ask("l4", concurrency=5, others=[load_profile("m7i.8xlarge")]).instead is None
    pcie = load_profile("a100-80-pcie")
    euro = pcie.model_copy(update={"prices": [pcie.prices[0].model_copy(update={"currency": "EUR"})]})
    assert ask("l4", concurrency=5, others=[euro]).instead is None


def test_more_devices_hold_more():
    assert ask("l4", concurrency=5, devices=2).fit.ok
