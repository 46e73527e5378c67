"""Variants of a tiny model along the reference's answers."""

import numpy as np
import pytest
import torch

from ftbench.compare.forced import Forced, evenly, forced_answers, spread
from ftbench.compare.likelihood import likelihood
from ftbench.compare.score import log_probabilities, score
from ftbench.quality.cases import Case
from ftbench.quality.generate import Request
from ftbench.spec import Spec
from tests.checks.builder import output

TICKETS = ["The parcel did not arrive.", "Please reset my password", "I want my money back.", "Where is my order?"]


@pytest.fixture(scope="module")
def tokenizer(tiny_model_folder):
    from ftbench.models.load import load_tokenizer
    from ftbench.models.source import resolve_source
    from ftbench.spec.target import Model

    return load_tokenizer(resolve_source(Model(path=str(tiny_model_folder)), tiny_model_folder.parent))[0]


def requests(n: int = 12) -> list[Request]:
    texts = [f"{TICKETS[i % 4]} {i}" for i in range(n)]
    return [Request("accuracy", Case(id=f"c{i}", prompt=t), [{"role": "user", "content": t}], 8) for i, t in enumerate(texts)]


def answered(n: int = 12):
    return {"accuracy": {f"c{i}": output(f"c{i}", f"the invoice was charged {i}") for i in range(n)}}


def spec(folder, variant: str) -> Spec:
    data = {"name": "x", "model": {"path": str(folder), "variant": variant}, "load": {"rate": 1}, "slo": {"e2e_s": 1}, "tests": {}}
    return Spec.model_validate(data)


def test_prompts_are_the_servers_to_the_token(tokenizer, tiny_model_folder):
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": TICKETS[0]}]
    (one,) = forced_answers(
        tokenizer, [Request("a", Case(id="x", prompt="p"), messages, 8)], {"a": {"x": output("x", "yes")}}, positions=50, context=512
    )
    served = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=False)
    assert list(one.ids[: len(served)]) == served
    assert one.places[0] == len(served) - 1, "the first word of the answer is chosen after the last token of the prompt"
    assert one.places[-1] == len(one.ids) - 1, "where the model ended, the end was chosen too"


def test_an_answer_that_was_cut_off_has_no_end_to_compare(tokenizer):
    cut = output("c0", "the invoice").model_copy(update={"finish_reason": "length"})
    (one,) = forced_answers(tokenizer, requests(1), {"accuracy": {"c0": cut}}, positions=50, context=None)
    assert one.places[-1] == len(one.ids) - 2


def test_failed_and_overlong_answers_are_left_out(tokenizer):
    outputs = answered(3)
    outputs["accuracy"]["c1"] = output("c1", "", error_kind="timeout")
    found = forced_answers(tokenizer, requests(3), outputs, positions=50, context=None)
    assert [f.case for f in found] == ["accuracy/c0", "accuracy/c2"]
    assert forced_answers(tokenizer, requests(3), outputs, positions=50, context=10) == []


def test_places_are_spread_over_the_prompts_and_not_the_first_ones_only(tokenizer):
    found = forced_answers(tokenizer, requests(12), answered(12), positions=40, context=None)
    assert sum(len(f.places) for f in found) == 40
    assert [f.case for f in found] == ["accuracy/c0", "accuracy/c2", "accuracy/c4", "accuracy/c7", "accuracy/c9"]
    assert {len(f.places) for f in found} == {8}
    assert spread([1, 9, 9], 9) == [1, 4, 4] and spread([2, 2], 9) == [2, 2] and spread([5, 5, 5], 4) == [2, 1, 1]
    assert evenly([1, 2, 3, 4, 5, 6], 3) == [1, 3, 5]


def test_answers_that_share_a_pass_have_the_probabilities_that_each_has_alone(tiny_model_folder, tokenizer):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32).eval()
    found = forced_answers(tokenizer, requests(12), answered(12), positions=96, context=None)
    together, alone = log_probabilities(model, found), np.concatenate([log_probabilities(model, [f]) for f in found])
    assert np.allclose(together, alone, atol=1e-4)
    with torch.no_grad():
        whole = torch.log_softmax(model(torch.tensor([found[0].ids])).logits[0].float(), -1)[list(found[0].places)]
    assert np.allclose(together[: len(found[0].places)], whole.numpy(), atol=1e-4)


def test_a_model_that_cannot_choose_its_places_is_asked_for_all(tiny_model_folder, tokenizer):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32).eval()

    class Old:
        device = model.device

        def forward(self, input_ids, attention_mask, use_cache):
            return model(input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache)

        __call__ = forward

    found = forced_answers(tokenizer, requests(4), answered(4), positions=20, context=None)
    assert np.allclose(log_probabilities(Old(), found), log_probabilities(model, found), atol=1e-4)


@pytest.fixture(scope="module")
def scored(tiny_model_folder, tokenizer):
    forced = forced_answers(tokenizer, requests(16), answered(16), positions=140, context=None)
    text = tokenizer.encode("The parcel did not arrive, and the invoice was charged twice. " * 10)
    reference = score(spec(tiny_model_folder, "fp32"), forced, text, None, gpus=0, cpu_threads=None)
    others = {
        v: score(spec(tiny_model_folder, v), forced, text, reference.log_probs, gpus=0, cpu_threads=None) for v in ("fp32", "int8", "nf4")
    }
    return forced, reference, {v: likelihood(s, reference.nll, forced, "") for v, s in others.items()}


def test_the_reference_against_itself_is_nothing_at_all(scored):
    _, reference, found = scored
    assert reference.log_probs.dtype == np.float32
    assert (found["fp32"].kl.value, found["fp32"].kl.low, found["fp32"].kl.high, found["fp32"].kl_p95) == (0, 0, 0, 0)
    assert found["fp32"].top1_agreement.value == 1
    assert found["fp32"].perplexity.value == pytest.approx(found["fp32"].reference_perplexity)


def test_four_bits_lie_further_off_than_eight(scored):
    forced, _, found = scored
    assert found["nf4"].kl.low > found["int8"].kl.high > 0
    assert found["nf4"].top1_agreement.value <= found["int8"].top1_agreement.value
    assert found["nf4"].positions == sum(len(f.places) for f in forced) and found["nf4"].prompts == len(forced) == 16


def test_nothing_to_compare_is_said_and_not_zero(scored):
    from ftbench.compare.score import Scored

    found = likelihood(Scored(None, np.empty(0), np.empty(0, bool), np.empty(0), []), np.empty(0), list[Forced](), "")
    assert found.kl.value is None and found.perplexity is None and found.top1_agreement.note
