"""Candidate, baseline and judge take turns; a run that was interrupted never mixes two models."""

import json

import pytest

from ftbench.checks.accuracy import Accuracy
from ftbench.errors import InputError
from ftbench.gate.preflight import Ready
from ftbench.gate.reach import Reached, identity
from ftbench.gate.run_folder import new_folder, spec_of_run
from ftbench.gate.stages import baseline_spec, judge_spec, opinions, recall, remember
from ftbench.progress import Screen
from ftbench.quality.cases import Case
from ftbench.quality.generate import Target
from ftbench.spec import read_spec
from tests.checks.builder import inputs, output, spec
from tests.integration.somebodys_server import somebodys_server

FACTS = {"fingerprint": "f" * 8, "variant": "fp32", "compute_dtype": "float32", "device": "cpu", "versions": {"torch": "2.13.0"}}


def with_baseline(**baseline):
    section = {"cases": "ab.jsonl", "decide_by": "known_answer", "baseline": baseline}
    return spec({"ab_comparison": section}, serving={"max_concurrency": 16}, system_prompt="sort")


def reached(name: str = "weights 1") -> Reached:
    return Reached(Target("http://127.0.0.1:1/v1", "m", name), {**FACTS, "notes": ["from 4 bits"]}, 16)


def test_baseline_that_is_only_another_prompt_needs_no_second_model():
    assert baseline_spec(with_baseline(system_prompt="be good")) is None
    assert baseline_spec(spec({})) is None


def test_baseline_model_takes_the_candidates_place_and_not_its_adapter():
    other = baseline_spec(with_baseline(model={"path": "base", "variant": "nf4"}, max_concurrency=4))
    assert (other.model.path, other.model.variant, other.model.adapter, other.endpoint) == ("base", "nf4", None, None)
    assert other.serving.max_concurrency == 4


def test_baseline_endpoint_replaces_the_model():
    other = baseline_spec(with_baseline(endpoint={"url": "http://127.0.0.1:9/v1"}))
    assert other.model is None and other.endpoint.url.endswith(":9/v1") and other.serving.max_concurrency == 16


def test_judge_is_asked_at_its_own_concurrency():
    judge = judge_spec(spec({}, judge={"endpoint": {"url": "http://127.0.0.1:9/v1"}, "max_concurrency": 3}))
    assert judge.model is None and judge.serving.max_concurrency == 3
    assert judge_spec(spec({})) is None


def test_what_was_reached_is_known_again_after_a_kill(tmp_path):
    folder = new_folder(tmp_path, spec({}))
    assert recall(folder, "candidate") is None
    remember(folder, "candidate", None, reached())
    remember(folder, "baseline", None, reached("weights 2"))
    assert recall(folder, "candidate") == reached() and recall(folder, "baseline") == reached("weights 2")


def test_model_that_changed_behind_an_interrupted_run_is_refused(tmp_path):
    folder = new_folder(tmp_path, spec({}))
    remember(folder, "candidate", None, reached())
    with pytest.raises(InputError, match="The candidate is not the one that run .* began with: it was weights 1, and is weights 2"):
        remember(folder, "candidate", recall(folder, "candidate"), reached("weights 2"))


@pytest.mark.parametrize("part", ["fingerprint", "variant", "compute_dtype", "device", "versions"])
def test_everything_that_changes_answers_changes_the_identity(part):
    other = {"torch": "2.14.0"} if part == "versions" else "other"
    assert identity(FACTS) != identity({**FACTS, part: other})


def test_second_gpu_of_the_same_kind_is_the_same_model():
    assert identity({**FACTS, "device": "cuda:0"}) == identity({**FACTS, "device": "cuda:1"})


def judged(folder, url):
    """A generation test of two cases that a judge at `url` grades, with 60 labels, and what its check is judged from."""
    graded = [("no", "Wrong") if i % 4 == 0 else ("yes", "Correct") for i in range(60)]
    labels = [{"task": "correctness", "answer": f"{a} {i}", "reference": "r", "human": human} for i, (a, human) in enumerate(graded)]
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in labels))
    section = {"task": "generation", "scorer": "judge", "cases": "g.jsonl", "min_cases": 2}
    contract = spec({"accuracy": section}, folder, judge={"endpoint": {"url": url}, "calibration": "labels.jsonl"})
    cases = [Case(id=f"c{i}", prompt=f"p {i}", reference="r") for i in range(2)]
    ready = Ready(contract, None, {}, None, [Accuracy()])
    return ready, {"accuracy": inputs(contract, cases, [output("c0", "yes 0"), output("c1", "no 1")])}


def test_judge_that_never_parses_is_wrong_input_before_it_is_asked_about_a_case(tmp_path):
    with somebodys_server("As a judge, I find that both have their merits.") as server:
        ready, found = judged(tmp_path, server.url)
        with pytest.raises(InputError, match="of no use: none of its 60 answers .* raise judge.max_tokens"):
            opinions(ready, found, new_folder(tmp_path / "runs", ready.spec), Screen())
        assert len(server.asked) == 60


def test_judge_that_has_nothing_left_to_say_is_not_reached_again(tmp_path):
    with somebodys_server('{"reason": "so it is", "choice": "Correct"}') as server:
        ready, found = judged(tmp_path, server.url)
        folder = new_folder(tmp_path / "runs", ready.spec)
        first = opinions(ready, found, folder, Screen())
    assert not first.calibration["correctness"].may_gate  # it says Correct of everything
    assert {o.choice for o in first.opinions.values()} == {"Correct"} and len(first.opinions) == 2
    assert opinions(ready, found, folder, Screen())[1:] == first[1:]  # the server is gone by now


def test_run_without_a_judge_asks_nobody(tmp_path):
    ready, found = judged(tmp_path, "http://127.0.0.1:9/v1")
    alone = ready._replace(spec=ready.spec.but(judge=None))
    assert opinions(alone, found, new_folder(tmp_path / "runs", ready.spec), Screen()) == (None, {}, {})


def test_run_knows_the_spec_that_it_was_started_with(tmp_path):
    written = tmp_path / "mine" / "spec.yaml"
    written.parent.mkdir()
    written.write_text("name: x\nmodel: {variant: nf4}\nload: {rate: 1}\nslo: {e2e_s: 1}\ntests: {inference_cost: {}}\n")
    folder = new_folder(tmp_path / "reports", read_spec(written.parent))
    assert spec_of_run(tmp_path / "reports", folder.id) == (written.resolve(), "nf4")
    written.unlink()
    with pytest.raises(InputError, match="is not there any more. Name the spec"):
        spec_of_run(tmp_path / "reports", folder.id)


def test_run_of_a_spec_made_in_memory_says_that_it_must_be_named(tmp_path):
    folder = new_folder(tmp_path, spec({}))
    with pytest.raises(InputError, match="it is not known where its spec lay. Name the spec"):
        spec_of_run(tmp_path, folder.id)
