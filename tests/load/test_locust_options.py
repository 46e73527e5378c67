"""A locustfile that a person starts is refused the same things as `ftbench load`. Nothing is sent here."""

import logging
from argparse import ArgumentParser

import pytest

from ftbench.errors import InputError
from ftbench.load.locust_options import add_options, plan_from_options

URL = "http://127.0.0.1:9/v1"


def options(*words: str):
    parser = ArgumentParser()
    parser.add_argument_ = parser.add_argument
    parser.add_argument = lambda *names, include_in_web_ui=True, **more: parser.add_argument_(*names, **more)
    add_options(parser)
    return parser.parse_args(["--ft-model", "m", *words])


@pytest.mark.parametrize(
    ("host", "loop", "words", "says"),
    [
        (None, "open", "", "No --host"),
        ("127.0.0.1:9/v1", "open", "", "not a URL with http://"),
        (URL, "open", "--ft-rate 100000", "cannot be sent by 1 load process"),
        (URL, "open", "--ft-rate 0", "rate"),
        (URL, "open", "--ft-api-key-env NO_SUCH_KEY", "NO_SUCH_KEY is not set"),
        (URL, "closed", "--ft-stages 30", "SECONDS:USERS"),
        (URL, "closed", "--ft-concurrency 0", "closed.concurrency"),
        (URL, "replay", "", "No --ft-trace"),
        (URL, "replay", "--ft-trace none.csv", "none.csv does not exist"),
    ],
)
def test_what_cannot_be_sent_is_a_sentence_and_not_a_run_of_errors(host, loop, words, says, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(InputError, match=says):
        plan_from_options(options(*words.split()), host, loop)


def test_a_rate_that_is_much_for_one_process_is_doubted_aloud(caplog):
    with caplog.at_level(logging.WARNING, "ftbench"):
        plan_from_options(options("--ft-rate", "700"), URL)
    assert "are much for 1 load process" in caplog.text


def test_each_loop_is_the_plan_that_its_options_say():
    plan = plan_from_options(options("--ft-rate", "3", "--ft-arrivals", "constant", "--ft-seed", "9"), URL)
    assert (plan.rate, plan.arrivals, plan.seed, plan.closed) == (3, "constant", 9, None)
    closed = plan_from_options(options("--ft-stages", "30:4,30:8", "--ft-think", "1"), URL, "closed").closed
    assert (closed.concurrency, closed.think_s, [stage.concurrency for stage in closed.stages]) == (8, 1, [4, 8])
