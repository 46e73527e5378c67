"""What is wrong with an endpoint is one sentence before the run, not a thousand failed requests."""

from pathlib import Path

import pytest

from ftbench.errors import InputError
from ftbench.load import probe_endpoint

PEM = str(Path(__file__).with_name("localhost.pem"))


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
