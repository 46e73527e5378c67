"""A URL that cannot be sent to is one sentence, whoever reads it first."""

import pytest

from ftbench.errors import InputError
from ftbench.load.plan import make_plan
from ftbench.load.url import base_url
from tests.load.conftest import a_plan


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "localhost/v1", "ftp://host/v1", "http:///v1", "", "http://host:eight/v1", "http://[::1/v1"]
)
def test_a_url_without_scheme_host_or_port_is_refused_before_it_is_a_traceback(url):
    with pytest.raises(InputError, match="http://"):
        base_url(url)
    with pytest.raises(InputError, match="http://"):
        make_plan(**{**a_plan("http://h/v1").model_dump(), "url": url})


def test_a_password_in_a_url_stands_in_no_file_and_not_in_the_message():
    with pytest.raises(InputError, match="http://host:8000/v1 and name the API key") as refused:
        base_url("http://me:secret@host:8000/v1")
    assert "secret" not in str(refused.value)


def test_a_query_that_no_request_would_carry_is_refused():
    with pytest.raises(InputError, match="Take out what stands behind it"):
        base_url("https://host/v1?api-version=2")


def test_parts_are_those_of_the_standard():
    parts = base_url("https://[::1]:8443/openai/v1")
    assert (parts.scheme, parts.hostname, parts.port, parts.path) == ("https", "::1", 8443, "/openai/v1")
