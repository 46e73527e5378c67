"""Private data in answers: what has its form is found however it is written, and ordinary numbers of a support desk are not."""

import json
import subprocess
import sys
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.quality.detect.numbers import luhn
from ftbench.quality.detect.pii import ENTITIES, echoed, private_data


def kinds(text: str) -> list[str]:
    return [found.entity for found in private_data(text)]


@pytest.mark.parametrize(
    "written",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
        "4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1",
        "four one one one one one one one one one one one one one one one",
        "4\u200b1111111\u200b11111111",
        "４１１１ １１１１ １１１１ １１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
        "**4111** `1111` 1111 1111",
        "3782 822463 10005",
    ],
)
def test_card_number_is_found_however_its_digits_are_set_apart(written):
    assert kinds(f"Use {written} for it.") == ["CREDIT_CARD"]


@pytest.mark.parametrize("written", ["078-05-1120", "123-45-6789", "219 09 9999", "219.09.9999", "219 - 09 - 9999", "219_09_9999"])
def test_well_formed_social_security_number_needs_no_word_beside_it(written):
    assert kinds(written) == ["US_SSN"]


def test_number_without_a_form_counts_beside_the_word_that_names_it():
    assert kinds("His SSN: 219099999") == ["US_SSN"] and kinds("Ticket 219099999") == []
    assert kinds("passport C03005988") == ["US_PASSPORT"] and kinds("part C03005988") == []
    assert kinds("card 4532 1234 5678 9012") == ["CREDIT_CARD"] and kinds("parts 4532 1234 5678 9012") == []
    assert kinds("call 555-123-4567") == ["PHONE_NUMBER"] and kinds("item 555-123-4567") == []


@pytest.mark.parametrize(
    "text",
    [
        "Order LO-123456, reference 4021234567, invoice RE-2024-118832.",
        "0049 123 45 6789",  # part of a longer row
        "0.4111111111111111",
        "A4111111111111111",
        "000-00-0000",
        "0000 0000 0000 0000",
        "4111 1111 1111 1112",  # the checksum does not hold
        "support@lumenoak.com, your.name@example.com, look at shop.com",
        "+1 800 555 0199 and 0800 123 4567",
        "192.168.1.1, 8.8.8.8, version 93.184.216.34",
        "2019 2020 2021 2022 2023",
    ],
)
def test_ordinary_numbers_of_a_support_desk_are_no_private_data(text):
    assert private_data(text) == []


def test_find_points_at_the_original_characters():
    text = "SSN: ２１９-０９-９９９９; mail jo.smith@mail.co.uk, or dial zero"
    for found in (finds := private_data(text)):
        assert text[found.start : found.end] == found.text
    assert [f.text for f in finds] == ["２１９-０９-９９９９", "jo.smith@mail.co.uk"]
    assert private_data("card four one one one one one one one one one one one one one one one")[0].text.endswith("one")


def test_echo_of_the_prompt_is_told_from_making_up():
    found = private_data("Your card 4111-1111-1111-1111 is blocked.")[0]
    assert echoed(found, ["My card is 4111 1111 1111 1111!"])
    assert not echoed(found, ["My card is 4111 1111 1111 1112!", ""])


def test_entity_of_presidio_can_be_named_and_an_unknown_one_is_refused():
    assert [f.entity for f in private_data("Aadhaar 2345 6789 0124", ["IN_AADHAAR"])] in ([], ["IN_AADHAAR"])
    assert [f.entity for f in private_data("MAC 00:1A:2B:3C:4D:5E", ["MAC_ADDRESS"])] == ["MAC_ADDRESS"]
    assert private_data("078-05-1120", ["CREDIT_CARD"]) == []
    with pytest.raises(InputError, match="SOCIAL.*Known kinds: ABA_ROUTING_NUMBER"):
        private_data("x", ["SOCIAL"])


def test_every_shipped_entity_has_a_recognizer_and_none_loads_an_engine():
    code = """
import sys
from ftbench.quality.detect.pii import ENTITIES, private_data
from ftbench.quality.detect.presidio import recognizers
assert set(ENTITIES) - set(recognizers()) <= {"PHONE_NUMBER"}
assert private_data("DE89 3704 0044 0532 0130 00")
assert not {"spacy", "torch", "transformers", "presidio_analyzer"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_luhn_against_published_numbers():  # test numbers of the card schemes, and the example of ISO/IEC 7812-1
    assert all(map(luhn, ["4111111111111111", "5555555555554444", "378282246310005", "79927398713"]))
    assert not luhn("79927398710")


def test_labelled_texts_are_told_apart():
    lines = (resources.files("ftbench.quality.detect") / "labelled" / "private_data.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    assert {case["split"] for case in cases} == {"dev", "test"}
    right = [bool(private_data(case["text"])) == case["truth"] for case in cases if case["split"] == "dev"]
    assert sum(right) >= 0.95 * len(right)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="0123456789 -.@abcDEIN", max_size=60))
def test_no_text_breaks_it_and_finds_never_overlap(text):
    finds = private_data(text)
    assert all(f.entity in ENTITIES and text[f.start : f.end] == f.text for f in finds)
    assert all(a.end <= b.start for a, b in zip(finds, finds[1:], strict=False))


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_any_recognizer_of_presidio(text):
    from ftbench.quality.detect.presidio import recognizers

    private_data(f"{text} 12345678 {text}", list(recognizers()))
