"""The likelihoods of a run: resumed where they were left, never of another model's numbers. Scoring is real; only Ray is not."""

from contextlib import nullcontext

import numpy as np
import pytest

from ftbench.checks.registry import CHECKS
from ftbench.compare import likelihood as module
from ftbench.compare.likelihood import check_likelihood, likelihoods
from ftbench.compare.quality import qualities
from ftbench.compare.score import score
from ftbench.errors import InputError
from ftbench.gate.preflight import Ready
from ftbench.progress import Screen
from ftbench.quality.cases import Case, TestSet
from tests.checks.builder import output
from tests.checks.builder import spec as make_spec
from tests.compare.test_quality import written

VARIANTS = ["fp32", "int8", "nf4"]


@pytest.fixture
def ready(tiny_model_folder, tmp_path) -> Ready:
    (tmp_path / "text.txt").write_text("The parcel did not arrive, and the invoice was charged twice. " * 8)
    tests = {"accuracy": {"cases": "x", "labels": ["billing", "refund"]}}
    compare = {"variants": VARIANTS, "positions": 96, "perplexity_text": "text.txt"}
    contract = make_spec(tests, tmp_path, model={"path": str(tiny_model_folder)}, compare=compare)
    cases = [Case(id=f"c{i}", prompt=f"ticket {i}", label="billing") for i in range(12)]
    return Ready(contract, None, {"accuracy": TestSet("accuracy", "x", "sha", cases)}, None, CHECKS)


@pytest.fixture
def scored(monkeypatch) -> list[str]:
    """Variants in the order in which they were loaded."""
    loaded = []

    def here(spec, forced, text, reference, node):
        loaded.append(spec.model.variant)
        return score(spec, forced, text, reference, gpus=0, cpu_threads=None)

    monkeypatch.setattr(module, "_on_node", here)
    monkeypatch.setattr(module, "cluster", lambda address: nullcontext())
    return loaded


def answers(n: int = 12) -> dict:
    return {"accuracy": {f"c{i}": output(f"c{i}", f"billing, and the invoice was charged {i}") for i in range(n)}}


def test_a_finished_variant_is_never_loaded_again(ready, scored, tmp_path):
    folder = tmp_path / "quality"
    for variant in ("fp32", "nf4"):
        written(folder / variant, ready, answers())
    likelihoods(ready, VARIANTS, "fp32", folder, Screen())
    assert scored == ["fp32", "nf4"], "int8 has not answered yet"
    written(folder / "int8", ready, answers())
    likelihoods(ready, VARIANTS, "fp32", folder, Screen())
    assert scored == ["fp32", "nf4", "int8"], "the reference's numbers lay in the run folder"
    likelihoods(ready, VARIANTS, "fp32", folder, Screen())
    assert len(scored) == 3
    found = {q.variant: q.likelihood for q in qualities(ready, VARIANTS, "fp32", folder)}
    assert found["fp32"] is None and found["nf4"].kl.value > found["int8"].kl.value > 0
    assert found["nf4"].perplexity.value != found["nf4"].reference_perplexity > 1
    with np.load(folder / "fp32" / module.REFERENCE) as kept:
        assert kept["log_probs"].dtype == np.float32 and kept["log_probs"].shape[0] == found["nf4"].positions


def test_other_answers_are_other_numbers(ready, scored, tmp_path):
    folder = tmp_path / "quality"
    for variant in ("fp32", "nf4"):
        written(folder / variant, ready, answers())
    likelihoods(ready, VARIANTS, "fp32", folder, Screen())
    (folder / "fp32" / "generations.jsonl").unlink()
    (folder / "fp32" / "answered.json").unlink()
    (folder / "fp32").rename(folder / "old")
    changed = {"accuracy": {case: o.model_copy(update={"text": "refund"}) for case, o in answers()["accuracy"].items()}}
    written(folder / "fp32", ready, changed)
    (folder / "old" / module.REFERENCE).rename(folder / "fp32" / module.REFERENCE)
    likelihoods(ready, VARIANTS, "fp32", folder, Screen())
    assert scored == ["fp32", "nf4", "fp32", "nf4"]


def test_without_the_references_answers_nothing_is_loaded(ready, scored, tmp_path):
    written(tmp_path / "quality" / "nf4", ready, answers())
    likelihoods(ready, VARIANTS, "fp32", tmp_path / "quality", Screen())
    assert scored == []


def test_the_file_of_the_reference_stays_within_its_bound(ready, scored, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 4 * 400 * 20)
    for variant in ("fp32", "nf4"):
        written(tmp_path / "quality" / variant, ready, answers())
    likelihoods(ready, VARIANTS, "fp32", tmp_path / "quality", Screen())
    with np.load(tmp_path / "quality" / "fp32" / module.REFERENCE) as kept:
        assert kept["log_probs"].nbytes <= 4 * 400 * 20


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe\xfa"])
def test_a_text_that_holds_nothing_is_refused_before_a_model_is_loaded(ready, content, tmp_path):
    path = tmp_path / "text.txt"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(InputError, match=r"text\.txt"):
        check_likelihood(ready.spec)
