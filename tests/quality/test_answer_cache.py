"""Answers that outlive their run: never another model's, never another concurrency's, never a failure."""

import pytest

from ftbench.quality.answer_cache import cache_file, cached, keep
from ftbench.quality.cases import Case
from ftbench.quality.generate import Request, Target, generate
from tests.quality.server import completion, serving


def requests(n: int, **changes) -> list[Request]:
    cases = [Case(id=f"c{i}", prompt=f"prompt {i}") for i in range(n)]
    return [Request("accuracy", case, case.chat(None), 8, **changes) for case in cases]


@pytest.fixture
def server():
    with serving(lambda body: completion(f"answer to {body['messages'][-1]['content']}")) as up:
        yield up


def ask(server, folder, wanted, *, run="one", identity="weights 1", concurrency=4):
    target = Target(server.url, "m", identity)
    cache = cache_file(folder / "answers", identity)
    return generate(wanted, target, folder / f"{run}.jsonl", concurrency=concurrency, timeout_s=10, progress=lambda *_: None, cache=cache)


def test_second_run_of_the_same_model_asks_nothing_and_says_so(server, tmp_path):
    first = ask(server, tmp_path, requests(5))
    again = ask(server, tmp_path, requests(5), run="two")
    assert len(server.seen) == 5
    assert [o.text for o in again] == [o.text for o in first]
    assert not any(o.reused for o in first) and all(o.reused for o in again)


@pytest.mark.parametrize("change", [{"identity": "weights 2"}, {"concurrency": 1}])
def test_retrained_model_or_another_batch_never_gets_an_old_answer(server, tmp_path, change):
    ask(server, tmp_path, requests(3))
    assert not any(o.reused for o in ask(server, tmp_path, requests(3), run="two", **change))
    assert len(server.seen) == 6


def test_answer_whose_time_is_judged_is_made_anew(server, tmp_path):
    ask(server, tmp_path, requests(3))
    ask(server, tmp_path, requests(3, timed=True), run="two")
    assert len(server.seen) == 6


def test_failure_is_not_kept(tmp_path):
    with serving(lambda body: (500, "text/plain", "no") if "prompt 1" in body["messages"][-1]["content"] else completion("yes")) as server:
        failed = ask(server, tmp_path, requests(3))
        assert [bool(o.error) for o in failed] == [False, True, False]
        again = ask(server, tmp_path, requests(3), run="two")
    assert [o.reused for o in again] == [True, False, True] and again[1].error
    assert len(server.seen) == 4


def test_one_prompt_of_two_tests_is_sent_once_and_stands_in_both(server, tmp_path):
    case = Case(id="a", prompt="the same")
    both = [Request(check, case, case.chat(None), 8) for check in ("accuracy", "ab_comparison")]
    outputs = ask(server, tmp_path, both)
    assert len(server.seen) == 1
    assert [(o.check, o.text, o.reused) for o in outputs] == [
        ("accuracy", "answer to the same", False),
        ("ab_comparison", "answer to the same", True),
    ]


def test_torn_or_foreign_line_is_no_answer_and_does_no_harm(server, tmp_path):
    ask(server, tmp_path, requests(2))
    path = cache_file(tmp_path / "answers", "weights 1")
    path.write_bytes(b'{"no": "answer"}\n' + path.read_bytes()[:-20])
    assert len(cached(path, 4)) == 1
    ask(server, tmp_path, requests(3), run="two")
    assert len(cached(path, 4)) == 3


def test_nothing_new_writes_nothing(tmp_path):
    keep(tmp_path / "answers" / "x.jsonl", [])
    assert not (tmp_path / "answers").exists()


def test_longest_answers_are_asked_for_first_so_that_the_end_does_not_idle(server, tmp_path):
    wanted = [r._replace(max_tokens=8 + 4 * i) for i, r in enumerate(requests(4))]
    ask(server, tmp_path, wanted, concurrency=1)
    assert [body["max_tokens"] for body in server.seen] == [20, 16, 12, 8]
