"""What a load command, a search and a sweep send when prompts are made up."""

import inspect

import pytest

from ftbench.errors import InputError
from ftbench.gate import load_request
from ftbench.gate.load_request import plan_for
from ftbench.gate.series import of_options
from ftbench.load_options import Arrivals, Client, Limits, Prompts, Server, Users
from tests.load.workload.tokenizers_made import save


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save("bpe", tmp_path_factory.mktemp("tok"))


@pytest.fixture
def options(monkeypatch):
    monkeypatch.setattr(load_request, "probe_plan", lambda plan, model: plan)  # nobody answers here

    def options(**changes):
        groups = (Server, Prompts, Arrivals, Users, Limits, Client)
        given = {name: getattr(group, name, None) for group in groups for name in inspect.get_annotations(group)}
        return {**given, "url": "http://127.0.0.1:9/v1", "model": "m", "duration": 5.0, "rate": 4.0, **changes}

    return options


def test_synthetic_prompts_of_the_command_line_are_one_for_each_request(options, folder):
    plan = plan_for(options(synthetic="in=40,out=8", tokenizer=folder))
    assert {(item.prompt_tokens, item.max_tokens) for item in plan.prompts} == {(40, 8)} and len(plan.prompts) > 10
    texts = plan_for(options(synthetic="in=40,out=8", tokenizer=folder, api="completions")).prompts
    assert all(item.prompt for item in texts)


def test_synthetic_without_a_tokenizer_or_beside_a_file_is_refused(options, folder, tmp_path):
    with pytest.raises(InputError, match="Name the folder of the model's tokenizer with --tokenizer"):
        plan_for(options(synthetic="in=40"))
    with pytest.raises(InputError, match="exclude each other"):
        plan_for(options(synthetic="in=40", tokenizer=folder, prompts=tmp_path / "a.jsonl"))


def test_a_trace_is_followed_where_a_tokenizer_is_given_and_the_demos_tickets_are_sent_where_not(options, folder, tmp_path):
    trace = tmp_path / "t.csv"
    trace.write_text("timestamp_s,prompt_tokens\n" + "".join(f"{k * 0.2},{30 + k}\n" for k in range(40)))
    followed = plan_for(options(trace=trace, rate=None, tokenizer=folder))
    assert [item.prompt_tokens for item in followed.prompts] == [30 + k for k in range(len(followed.prompts))]
    assert "golden.jsonl" in plan_for(options(trace=trace, rate=None)).prompt_note


def test_every_run_of_a_series_has_texts_of_its_own_and_can_still_be_gone_on_with(options, folder):
    given = options(synthetic="in=40,out=8", tokenizer=folder)
    with of_options(given) as first, of_options(given) as again:
        assert first.identity == again.identity
        runs = [first.sized(first.plan.model_copy(update={"rate": rate})) for rate in (4.0, 8.0)]
    texts = [{item.messages[0]["content"] for item in run.prompts} for run in (first.plan, *runs)]
    assert not texts[0] & texts[1] and not texts[1] & texts[2] and len(texts[2]) > 1.3 * len(texts[1])
    with of_options(options(synthetic="in=41,out=8", tokenizer=folder)) as other:
        assert other.identity != first.identity
