"""The demo's data are measured against: a wrong label, a template or a leak from training to test would falsify every figure."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from jsonschema import Draft202012Validator
from rapidfuzz import fuzz, process, utils

import ftbench.demo
from ftbench.quality.cases import Case, read_test_set

DATA = Path(ftbench.demo.__file__).parent / "data"
LABELS = ("billing", "delivery", "refund", "technical", "account", "other")
ORDER = re.compile(r"(?<![a-z])lo\W(\d{6})(?!\d)", re.IGNORECASE)
TEST_SETS = ("golden", "format")
ALIKE = 80  # percent; the same sentence with swapped nouns scores above it, two tickets about the same trouble below


@cache
def cases(name: str) -> list[Case]:
    return read_test_set(name, DATA / f"{name}.jsonl").cases


@cache
def training() -> list[tuple[str, str, str]]:
    """(kind, ticket, answer) of every example; the kind is the name of its system prompt."""
    kinds = {text: kind for kind, text in prompts().items()}
    conversations = [json.loads(line)["messages"] for line in (DATA / "training.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert all([turn["role"] for turn in turns] == ["system", "user", "assistant"] for turns in conversations)
    return [(kinds[turns[0]["content"]], turns[1]["content"], turns[2]["content"]) for turns in conversations]


@cache
def prompts() -> dict[str, str]:
    return yaml.safe_load((DATA / "prompts.yaml").read_text(encoding="utf-8"))


@cache
def schema() -> dict[str, Any]:
    return json.loads((DATA / "ticket.schema.json").read_text(encoding="utf-8"))


@cache
def texts() -> list[tuple[str, str]]:
    """(where, ticket) over all three files."""
    tests = [(case.id, case.prompt or "") for name in TEST_SETS for case in cases(name)]
    return [*tests, *((f"training line {line}", ticket) for line, (_, ticket, _) in enumerate(training(), 1))]


def alike(tickets: list[str]) -> list[tuple[int, int]]:
    """Index pairs of tickets that say the same in nearly the same words.

    Word order is ignored. Shared words alone count only from six words on: every long ticket contains the word `order`.
    """
    clean = [utils.default_process(ticket) for ticket in tickets]
    near = process.cdist(clean, clean, scorer=fuzz.token_sort_ratio) >= ALIKE
    long = np.array([len(text.split()) >= 6 for text in clean])
    near |= (process.cdist(clean, clean, scorer=fuzz.token_set_ratio) >= ALIKE) & long & long[:, None]
    worded = np.array([bool(text) for text in clean])  # signs and blanks are told apart by the exact comparison
    return [(int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(near & worded & worded[:, None], 1)), strict=True)]


def distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


def test_golden_labels_are_even_so_that_always_answering_one_of_them_scores_a_sixth():
    assert Counter(case.label for case in cases("golden")) == dict.fromkeys(LABELS, 20)


def test_first_half_of_the_golden_set_is_even_too():
    """Whoever runs only the first 60 cases must not get three labels of six."""
    assert Counter(case.label for case in cases("golden")[:60]) == dict.fromkeys(LABELS, 10)


def test_format_set_is_not_below_the_fifty_cases_of_the_checklist():
    assert len(cases("format")) == 60


def test_every_golden_case_names_its_error_category_and_its_topic():
    assert all(case.category in LABELS and case.tags for case in cases("golden"))


def test_no_label_outside_the_label_set():
    answered = {case.label for name in TEST_SETS for case in cases(name)} | {answer for kind, _, answer in training() if kind == "triage"}
    assert answered == set(LABELS) == set(schema()["properties"]["label"]["enum"])


def test_system_prompts_name_every_label_and_key_that_is_demanded():
    assert all(label in prompts()["triage"] and label in prompts()["ticket_json"] for label in LABELS)
    assert all(key in prompts()["ticket_json"] for key in schema()["required"])


def test_ids_are_unique_over_both_test_sets():
    """Generations of both end up in one file."""
    ids = [case.id for name in TEST_SETS for case in cases(name)]
    assert len(ids) == len(set(ids))


def test_every_kind_of_edge_case_is_there():
    edge = [case for case in cases("format") if "edge" in case.tags]
    kinds = Counter(case.tags[1] for case in edge)
    assert len(edge) >= 20
    assert set(kinds) == {"empty-field", "special-characters", "unicode"}
    assert min(kinds.values()) >= 5
    assert all(case.category == (case.tags[1] if case.tags else "plain") for case in cases("format"))


@pytest.mark.parametrize(
    "pattern",
    {
        "nothing at all": r"\A\Z",
        "blanks only": r"\A\s+\Z",
        "quote": '"',
        "backslash": r"\\",
        "braces": r"\{.*\}",
        "line feed": r"\S\n",
        "carriage return": r"\r\n",
        "HTML": "<script>",
        "JSON in the ticket": r'\{"label":',
        "code fence": "```",
        "currency": "[£€¥₹]",
        "emoji": "[\U0001f300-\U0001faff]",
        "joiner": "\u200d",
        "Japanese": "[\u3040-\u30ff]",
        "Korean": "[\uac00-\ud7af]",
        "Arabic": "[\u0600-\u06ff]",
        "zero-width space": "\u200b",
        "line separator": "\u2028",
        "combining mark": "[\u0300-\u036f]",
        "full width": "[\uff21-\uff5a]",
    }.items(),
    ids=lambda item: item[0],
)
def test_characters_that_break_parsers_are_among_the_edge_cases(pattern: tuple[str, str]):
    assert any(re.search(pattern[1], case.prompt or "", re.DOTALL) for case in cases("format") if "edge" in case.tags)


def test_schema_itself_is_valid():
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "change",
    [
        {"label": "Billing"},
        {"urgency": "urgent"},
        {"order_id": "LO-12345"},
        {"order_id": "481516"},
        {"order_id": ""},
        {"language": "English"},
        {"summary": ""},
        {"summary": "x" * 141},
        {"extra": 1},
    ],
    ids=str,
)
def test_schema_refuses_what_the_clients_program_cannot_read(change: dict[str, Any]):
    good = {"label": "billing", "urgency": "normal", "order_id": "LO-481516", "language": "en", "summary": "Charged twice."}
    rule = Draft202012Validator(schema())
    assert rule.is_valid(good) and rule.is_valid({**good, "order_id": None})
    assert not rule.is_valid({**good, **change})
    assert not any(rule.is_valid({key: value for key, value in good.items() if key != left_out}) for left_out in good)


def test_expected_fields_of_format_cases_meet_the_schema_and_the_label():
    fields = schema()["properties"]
    for case in cases("format"):
        assert case.expected is not None and set(case.expected) == {"label", "order_id"}
        assert case.expected["label"] == case.label
        assert Draft202012Validator(fields["order_id"]).is_valid(case.expected["order_id"]), case.id


def test_training_has_enough_of_every_kind():
    kinds = Counter(kind for kind, _, _ in training())
    assert kinds["triage"] >= 220 and kinds["ticket_json"] >= 90 and kinds["reply"] >= 50
    assert len(set(Counter(answer for kind, _, answer in training() if kind == "triage").values())) == 1


def test_every_json_answer_in_training_meets_the_schema():
    rule = Draft202012Validator(schema())
    for kind, ticket, answer in training():
        if kind == "ticket_json":
            errors = [error.message for error in rule.iter_errors(json.loads(answer, object_pairs_hook=distinct_keys))]
            assert not errors, (ticket, errors)


def test_order_numbers_are_the_tickets_own():
    """An answer with an order number that the ticket lacks would teach the model to invent one."""
    wanted = [(case.prompt or "", case.expected["order_id"]) for case in cases("format") if case.expected]
    taught = [(ticket, json.loads(answer)["order_id"]) for kind, ticket, answer in training() if kind == "ticket_json"]
    for ticket, order in [*wanted, *taught]:
        found = {f"LO-{digits}" for digits in ORDER.findall(ticket)}
        assert found == ({order} if order else set()), ticket


def test_replies_keep_to_the_three_sentences_that_their_prompt_asks_for():
    for kind, _, answer in training():
        if kind == "reply":
            assert 1 <= len(re.findall(r"[.?!](?=\s|$)", answer)) <= 3, answer


def test_no_ticket_of_a_test_set_is_in_training():
    tests = {(case.prompt or "").strip().casefold() for name in TEST_SETS for case in cases(name)}
    assert not tests & {ticket.strip().casefold() for _, ticket, _ in training()}


def test_no_ticket_stands_twice():
    twice = [text for text, times in Counter(text for _, text in texts()).items() if times > 1]
    assert not twice


def test_no_ticket_is_nearly_another_one_neither_in_a_set_nor_across_sets():
    where = texts()
    assert [(where[i], where[j]) for i, j in alike([text for _, text in where])] == []


def test_same_sentence_with_swapped_nouns_would_be_noticed():
    one = "The oak chair from my order LO-111111 has arrived with a broken leg, please send me a new one"
    other = "The pine table from my order LO-222222 has arrived with a broken leg, please send me a new one"
    assert alike([one, other, "My lamp hums when it is dimmed"]) == [(0, 1)]


def test_no_two_tickets_begin_alike():
    begins = Counter(" ".join(words[:6]) for _, text in texts() if len(words := utils.default_process(text).split()) >= 6)
    assert [begin for begin, times in begins.items() if times > 1] == []


def test_tickets_are_short_enough_for_two_cores_yet_of_many_lengths():
    lengths = [len((case.prompt or "").split()) for case in cases("golden")]
    assert min(lengths) == 1 and 80 <= max(lengths) <= 100
    assert 15 <= np.median(lengths) <= 40
