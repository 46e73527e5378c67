"""What is wrong with an endpoint is one sentence before the run, not a thousand failed requests."""

import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest

from ftbench.errors import InputError
from ftbench.load import probe_endpoint
from ftbench.load.item import Item
from ftbench.load.probe import Probed, probe, probe_plan
from tests.load.conftest import a_plan
from tests.load.one_model import one_model

PEM = str(Path(__file__).with_name("localhost.pem"))


def a_planned(url, **changes):
    return a_plan(url).model_copy(update=changes)


@pytest.fixture
def server():
    """server(entry, most) is a `Server` of those settings: its URL, and what was posted to it."""
    with ExitStack() as running:
        yield lambda *settings, **more: running.enter_context(one_model(*settings, **more))


def test_the_first_listed_model_is_taken_and_a_named_one_is_kept(endpoint):
    url = endpoint()
    assert probe_endpoint(url) == "known-delays"
    assert probe_endpoint(url + "/", "mine") == "mine"


@pytest.mark.parametrize(
    ("fault", "words"), [("no_stream", "does not stream"), ("html", "web page"), ("404", "answered 404"), ("500", "as asked")]
)
def test_an_endpoint_that_cannot_be_measured_is_refused(endpoint, fault, words):
    with pytest.raises(InputError, match=words):
        probe_endpoint(endpoint(faults=[fault], every=1))


def test_a_stream_of_garbage_is_refused(endpoint):
    with pytest.raises(InputError, match="something else than OpenAI"):
        probe_endpoint(endpoint(faults=["garbage"], every=1, role_first=False, tokens=0))


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "localhost/v1", "ftp://host/v1", "http:///v1", ""])
def test_a_url_without_scheme_or_host_is_refused(url):
    with pytest.raises(InputError, match="http://"):
        probe_endpoint(url)


def test_nobody_listening_is_said_to_be_unreachable():
    with pytest.raises(InputError, match="cannot be reached"):
        probe_endpoint("http://127.0.0.1:9/v1")


def test_a_silent_server_is_given_up(endpoint):
    with pytest.raises(InputError, match="within 0.5 s"):
        probe_endpoint(endpoint(faults=["hang"], every=1), timeout_s=0.5)


def test_a_key_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(InputError, match="MY_KEY is not set"):
        probe_endpoint("http://127.0.0.1:9/v1", api_key_env="MY_KEY")


def test_a_certificate_of_an_unknown_authority_is_refused_unless_it_is_named(endpoint):
    url = endpoint(tls=PEM)
    with pytest.raises(InputError, match="TLS"):
        probe_endpoint(url)
    assert probe_endpoint(url, ca_file=PEM) == "known-delays"
    with pytest.raises(InputError, match="PEM"):
        probe_endpoint(url, ca_file="/no/such.pem")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # urllib3 would warn of what the user has just asked for
        assert probe_endpoint(url, verify_tls=False) == "known-delays"


def test_text_completions_are_tried_where_they_will_be_sent(server):
    url, posted = server()
    assert probe(url, api="completions").model == "mine"
    assert [(path, body["prompt"], body["stream"]) for path, body in posted] == [("/v1/completions", "Hi", True)]


@pytest.mark.parametrize(("entry", "context"), [({}, None), ({"max_model_len": 4096}, 4096), ({"max_model_len": "4096"}, None)])
def test_the_context_is_learnt_where_the_server_says_it(server, entry, context):
    assert probe(server({"id": "mine", **entry})[0]) == Probed("mine", context)


def test_prompts_longer_than_the_context_are_refused_before_the_run(server):
    url, _ = server({"id": "mine", "max_model_len": 100})
    fits, too_long = (Item(messages=[{"role": "user", "content": "x"}], prompt_tokens=n) for n in (84, 85))
    assert probe_plan(a_planned(url, prompts=[fits], max_tokens=16), None).model == "mine"
    with pytest.raises(InputError, match="1 of 2 prompts do not fit into mine's context of 100 tokens: the longest has 85 and asks for 16"):
        probe_plan(a_planned(url, prompts=[fits, too_long], max_tokens=16), None)


def test_the_longest_prompt_is_tried_where_nobody_counted_tokens(server):
    prompts = [Item(messages=[{"role": "user", "content": "x" * n}]) for n in (10, 500, 90)]
    url, _ = server(most=400)
    with pytest.raises(InputError, match=r"longest prompt \(.* max_tokens 16\): .*maximum context length is 8"):
        probe_plan(a_planned(url, prompts=prompts, max_tokens=16), None)


@pytest.mark.parametrize(("reuse", "said"), [("fresh", "[ffffffff] What?"), ("as-is", "What?")])
def test_the_prompt_that_was_tried_is_not_in_the_prefix_cache_when_the_run_sends_it(server, reuse, said):
    url, posted = server()
    probe_plan(a_planned(url, prompts=[Item(messages=[{"role": "user", "content": "What?"}])], reuse=reuse), None)
    assert posted[0][1]["messages"][0]["content"] == said


def test_the_refused_prompt_is_not_blamed_on_the_model_name(server):
    url, _ = server(most=1)
    with pytest.raises(InputError, match="It lists: mine"):
        probe(url, "yours")
    with pytest.raises(InputError) as refused:
        probe(url, "mine")
    assert "It lists" not in str(refused.value)
