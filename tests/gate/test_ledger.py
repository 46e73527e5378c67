"""The audit trail: what was written stays, and whoever changes it is found out."""

import json
import subprocess
import sys

import pytest

from ftbench.errors import InputError
from ftbench.gate.ledger import append, attempt, entries, verify


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "reports" / "ledger.jsonl"
    for n in range(4):
        append(path, "run finished", {"name": "desk", "run": f"r{n}", "verdict": "DO_NOT_SHIP", "note": "Gr\u00fc\u00dfe\u2028"}, who="eva")
    return path


def lines(path) -> list[str]:
    return path.read_text().splitlines()


def broken_at(path, changed: list[str], *, end: str = "\n") -> int:
    path.write_text("\n".join(changed) + end)
    with pytest.raises(InputError, match="chain is broken here") as refused:
        verify(path)
    return int(str(refused.value).split("line ")[1].split(":")[0])


def test_whole_chain_is_whole(book):
    assert verify(book) == 4
    found = entries(book)
    assert [e["n"] for e in found] == [1, 2, 3, 4] and [e["run"] for e in found] == ["r0", "r1", "r2", "r3"]
    assert found[0]["previous"] == "0" * 64 and found[0]["who"] == "eva" and found[0]["at"].endswith("+00:00")


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_changed_verdict_is_found_in_every_line_the_last_one_included(book, at):
    changed = lines(book)
    changed[at] = changed[at].replace("DO_NOT_SHIP", "SHIP")
    assert broken_at(book, changed) == at + 1


@pytest.mark.parametrize("at", [0, 1, 2])
def test_line_taken_out_is_found(book, at):
    changed = lines(book)
    del changed[at]
    assert broken_at(book, changed) == at + 1


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4])
def test_line_put_in_is_found(book, at, tmp_path):
    append(tmp_path / "other.jsonl", "run finished", {"name": "desk", "verdict": "SHIP"}, who="eva")
    (forged,) = lines(tmp_path / "other.jsonl")
    changed = lines(book)
    changed.insert(at, forged)
    assert broken_at(book, changed) in (at + 1, at + 2)


def test_lines_in_another_order_or_twice_are_found(book):
    first, second, third, fourth = lines(book)
    assert broken_at(book, [first, third, second, fourth]) == 2
    assert broken_at(book, [first, second, third, third, fourth]) == 4
    assert broken_at(book, [first, second, third, fourth, fourth]) == 5


def test_entry_signed_anew_after_a_change_breaks_the_next_one(book):
    """Whoever knows the format can make the changed line fit itself; the line behind it still holds the old hash."""
    from ftbench.gate.ledger import _dumped, _hash

    changed = lines(book)
    entry = {**json.loads(changed[1]), "verdict": "SHIP"}
    del entry["hash"]
    changed[1] = _dumped({**entry, "hash": _hash(_dumped(entry))})
    assert broken_at(book, changed) == 3


@pytest.mark.parametrize(
    "rubbish", ["{", "[]", "null", "{}", '{"n": 5, "previous": "x"}', "[" * 3000, '{"n": 5, "previous": "\\ud800", "hash": 1}']
)
def test_rubbish_is_named_by_its_line_not_a_traceback(book, rubbish):
    assert broken_at(book, [*lines(book), rubbish]) == 5


def test_bytes_that_are_no_text_are_no_traceback(book):
    book.write_bytes(book.read_bytes() + b"\xff\xfe\n")
    with pytest.raises(InputError, match="line 5"):
        verify(book)
    with pytest.raises(InputError, match="line 5"):
        entries(book)


def test_emptied_or_missing_ledger_is_not_whole(book):
    book.write_text("")
    with pytest.raises(InputError, match="is empty"):
        verify(book)
    book.unlink()
    with pytest.raises(InputError, match="does not exist"):
        verify(book)
    with pytest.raises(InputError, match="cannot be read"):
        verify(book.parent)
    assert entries(book) == []


def test_line_that_a_kill_tore_off_swallows_no_later_entry_and_costs_no_run_its_report(book):
    book.write_text(book.read_text() + '{"n": 5, "kind": "run fin')
    assert attempt(book, "desk") == 5
    append(book, "run finished", {"name": "desk", "verdict": "SHIP"}, who="eva")
    assert attempt(book, "desk") == 6 and json.loads(lines(book)[-1])["verdict"] == "SHIP"
    with pytest.raises(InputError, match="line 5"):
        verify(book)


def test_attempt_counts_the_finished_runs_of_this_project_alone(book):
    append(book, "sign-off", {"name": "desk"}, who="eva")
    append(book, "run finished", {"name": "shop"}, who="eva")
    assert (attempt(book, "desk"), attempt(book, "shop"), attempt(book, "new")) == (5, 2, 1)
    assert attempt(book.parent / "none.jsonl", "desk") == 1


def test_returned_hash_is_what_the_next_entry_carries(tmp_path):
    first = append(tmp_path / "l.jsonl", "note", {}, who="eva")
    append(tmp_path / "l.jsonl", "note", {}, who="eva")
    assert entries(tmp_path / "l.jsonl")[1]["previous"] == first


def test_two_processes_that_write_at_once_lose_no_entry_and_keep_the_chain(tmp_path):
    path = tmp_path / "ledger.jsonl"
    code = "import sys; from pathlib import Path; from ftbench.gate.ledger import append\n"
    code += "for n in range(30): append(Path(sys.argv[1]), 'note', {'from': sys.argv[2], 'k': n}, who='eva')"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("a", "b")]
    assert [w.wait(timeout=60) for w in writers] == [0, 0]
    assert verify(path) == 60
    for name in ("a", "b"):
        assert [e["k"] for e in entries(path) if e["from"] == name] == list(range(30))
