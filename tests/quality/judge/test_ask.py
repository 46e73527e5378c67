"""Asking a judge over real sockets: nothing is asked twice, nothing is guessed, no order is trusted."""

import pytest

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.quality.judge import ask as asking
from ftbench.quality.judge.ask import ask, read_opinions, readable
from tests.quality.judge.builder import first_is_best, garbage, good_judge, grade, question, settings, target
from tests.quality.server import completion, serving


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(asking, "RETRY_AFTER_S", (0.01,))


def asked(questions, server, path, *, identity="judge 1", progress=lambda *_: None, **more):
    return ask(questions, target(server, identity), settings(**more), path / "opinions.jsonl", progress)


def test_every_question_gets_its_own_opinion_at_temperature_zero(tmp_path):
    told = []
    with serving(good_judge) as server:
        found = asked([question(n, good=n % 2 == 0) for n in range(5)], server, tmp_path, progress=lambda *at: told.append(at))
    assert [(o.id, o.choice) for o in found] == [(f"accuracy/c{n}", "Wrong" if n % 2 else "Correct") for n in range(5)]
    assert all(body["temperature"] == 0 and body["response_format"]["type"] == "json_schema" for body in server.seen)
    assert told == [(n, 5) for n in range(6)]


def test_pair_is_asked_in_both_orders_and_named_by_the_question(tmp_path):
    with serving(good_judge) as server:
        found = asked([question(1, task="pairwise"), question(2, good=False, task="pairwise")], server, tmp_path)
    assert [(o.choice, o.consistent, len(o.raw)) for o in found] == [("A", True, 2), ("B", True, 2)]
    assert len(server.seen) == 4


def test_judge_that_prefers_the_first_place_prefers_nobody(tmp_path):
    with serving(first_is_best) as server:
        found = asked([question(n, task="pairwise") for n in range(3)], server, tmp_path)
    assert all(o.choice is None and not o.consistent and o.error is None and readable(o) for o in found)


def test_equal_in_both_orders_is_equal(tmp_path):
    with serving(lambda body: grade("equal")) as server:
        assert asked([question(1, task="pairwise")], server, tmp_path)[0].choice == "equal"


def test_judge_that_only_talks_is_unparsed_and_kept_as_it_was(tmp_path):
    with serving(garbage) as server:
        found = asked([question(1)], server, tmp_path)[0]
    assert (found.choice, found.error, readable(found)) == (None, None, False) and "merits" in found.raw[0]


def test_server_without_structured_output_is_asked_plainly_and_not_tried_again(tmp_path):
    def plain_only(body):
        if "response_format" in body:
            return 400, "application/json", '{"error": {"message": "unknown parameter response_format"}}'
        return good_judge(body)

    with serving(plain_only) as server:
        found = asked([question(n) for n in range(4)], server, tmp_path, max_concurrency=1)
    assert [o.choice for o in found] == ["Correct"] * 4
    assert sum("response_format" in body for body in server.seen) == 1


def test_resumed_run_asks_only_what_is_missing_and_another_judge_everything(tmp_path):
    with serving(good_judge) as server:
        first = asked([question(n) for n in range(3)], server, tmp_path)
        assert asked([question(n) for n in range(4)], server, tmp_path)[:3] == first and len(server.seen) == 4
        asked([question(0)], server, tmp_path, identity="judge 2")
        asked([question(0)._replace(reference="another")], server, tmp_path)
        asked([question(0)], server, tmp_path, max_tokens=99)
        assert len(server.seen) == 7
    assert asked([question(n) for n in range(4)], "http://127.0.0.1:9/v1", tmp_path)[:3] == first  # all known: nobody is asked


def test_same_text_under_two_ids_is_asked_once(tmp_path):
    twin = question(0)._replace(id="other/c0")
    with serving(good_judge) as server:
        found = asked([question(0), twin], server, tmp_path)
    assert [o.id for o in found] == ["accuracy/c0", "other/c0"] and len(server.seen) == 1


def test_outage_is_an_error_never_a_grade_and_is_asked_again_on_resume(tmp_path):
    def busy(body):
        return (503, "text/plain", "busy") if "prompt 1\n" in body["messages"][1]["content"] else good_judge(body)

    with serving(busy) as server:
        found = asked([question(0), question(1)], server, tmp_path)
    assert [o.choice for o in found] == ["Correct", None] and "503" in found[1].error
    with serving(good_judge) as server:
        assert [o.choice for o in asked([question(0), question(1)], server, tmp_path)] == ["Correct", "Correct"]
        assert len(server.seen) == 1


def test_moment_of_overload_is_waited_out(tmp_path):
    seen = []

    def once_busy(body):
        seen.append(body)
        return (429, "text/plain", "slow down") if len(seen) == 1 else good_judge(body)

    with serving(once_busy) as server:
        assert asked([question(0)], server, tmp_path)[0].choice == "Correct"


def test_judge_that_answers_nothing_is_no_verdict(tmp_path):
    with serving(lambda body: (500, "text/plain", "broken")) as server, pytest.raises(InvalidMeasurement, match="None of 2 questions"):
        asked([question(0), question(1)], server, tmp_path)


def test_torn_line_is_asked_again_and_a_broken_one_is_named(tmp_path):
    path = tmp_path / "opinions.jsonl"
    with serving(good_judge) as server:
        asked([question(0), question(1)], server, tmp_path)
        path.write_bytes(path.read_bytes()[:-9])
        asked([question(0), question(1)], server, tmp_path)
        assert len(server.seen) == 3 and len(list(read_opinions(path))) == 2
        path.write_text("rubbish\n")
        with pytest.raises(InputError, match=r"opinions\.jsonl, line 1"):
            asked([question(0)], server, tmp_path)


def test_half_of_a_surrogate_pair_breaks_no_file(tmp_path):
    with serving(lambda body: completion("\ud800 Correct")) as server:
        found = asked([question(0)._replace(answer="\ud800")], server, tmp_path)
    assert found[0].choice is None and "?" in found[0].raw[0]
