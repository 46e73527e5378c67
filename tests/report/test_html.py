"""The page for the client."""

import re
from html.parser import HTMLParser

import pytest

from ftbench.report.html import MOST_IDS, flat, render_html, unbroken
from ftbench.report.junit import render_junit
from tests.report import builder


class Skeleton(HTMLParser):
    """Tags and attribute names in order: what a text could change only by breaking out."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        self.tags.append((f"/{tag}", ()))

    def handle_comment(self, data):
        self.tags.append(("comment", ()))

    def handle_data(self, data):
        self.text += data


def words_of(page):
    return " ".join(Skeleton(page).text.split())


def section(page, number):
    return re.findall(r'<details class="test.*?</details>', page, re.S)[number - 1]


def test_verdict_its_reasons_and_the_notes_on_the_model_stand_before_the_tests():
    page = words_of(render_html(builder.does_not_ship()))
    top = page[: page.index("The tests")]
    for part in ("Do not ship", "it passed 1 of the 4 tests run", "18 % margin", "dequantized from 4 bits", "variant nf4", "attempt 2"):
        assert part in top


def test_no_script_no_handler_no_link_no_outside_resource():
    page = render_html(builder.hostile(builder.HOSTILE[0]))
    skeleton = Skeleton(page)
    assert "default-src 'none'" in page
    assert not {tag for tag, _ in skeleton.tags} & {"script", "img", "a", "link", "iframe", "object", "form", "base"}
    assert not {name for _, names in skeleton.tags for name in names if name.startswith("on") or name in ("src", "href", "action")}


@pytest.mark.parametrize("text", [t for t in builder.HOSTILE if t])
def test_hostile_text_is_text(text):
    assert Skeleton(render_html(builder.hostile(text))).tags == Skeleton(render_html(builder.hostile("x"))).tags


def test_template_syntax_in_an_output_is_not_run():
    page = render_html(builder.hostile("{{7*7}}"))
    assert "{{7*7}}" in page


def test_text_that_turns_the_reading_order_is_shown_as_its_code():
    page = render_html(builder.hostile("\u202egnp.exe"))
    assert "\u202e" not in page and "\\u202egnp.exe" in page


def test_a_failed_test_is_open_and_shows_observed_limit_cases_interval_ids_and_what_to_do():
    page = section(render_html(builder.does_not_ship()), 1)
    assert page.startswith('<details class="test FAIL" open>')
    text = words_of(page)
    for part in ("91.96 %", "≥ 92 %", "112", "86.4–95.7 %", "Failed", "inconclusive", "delivery-009", "What to do.", "5 of 112"):
        assert part in text


def test_a_passed_test_without_proof_is_marked_borderline():
    page = section(render_html(builder.ships()), 3)
    assert 'class="pill borderline"' in page and "borderline" in words_of(page)
    assert 'class="pill borderline"' not in section(render_html(builder.ships()), 9)


def test_a_pass_without_proof_says_how_many_more_cases_would_prove_it():
    borderline = builder.criterion("in format", ">=", 0.98, 1.0, evidence="INCONCLUSIVE").model_copy(update={"next": "89 more prove it."})
    failed = builder.criterion("parses", "==", 0, 1, status="FAIL").model_copy(update={"next": "Retrain."})
    report = builder.report(checks=[builder.check(3, "FAIL", "INCONCLUSIVE", [borderline, failed])])
    text = words_of(section(render_html(report), 1))
    assert "89 more prove it." in text and "Retrain." not in text  # what to do about a failed test stands above its criteria
    assert "89 more prove it." in render_junit(report) and "Retrain." in render_junit(report)


def test_a_skipped_test_shows_its_reason():
    assert "The spec has no section tests.safety." in words_of(section(render_html(builder.ships()), 7))


def test_ten_thousand_failing_ids_do_not_fill_the_page():
    check = builder.check(1, "FAIL", "REFUTED", failures=[f"case-{i}" for i in range(10_000)])
    page = section(render_html(builder.report("DO_NOT_SHIP", checks=[check])), 1)
    assert page.count("<code>") == MOST_IDS and "and 9,980 more, in report.json" in page


def test_a_saturated_scale_is_loud():
    page = render_html(builder.does_not_ship())
    assert '<span class="flag">saturated</span>' in page and "20 /s was more than the model could serve" in words_of(page)


def test_empty_parts_say_so_instead_of_showing_an_empty_table():
    page = words_of(render_html(builder.report("INVALID", checks=[builder.skipped(1)], load_runs=[], costs=[])))
    assert "No load was run" in page and "No cost was computed" in page
    assert "none: the weights behind an endpoint cannot be seen" in words_of(render_html(builder.bare()))


def test_hashes_fingerprint_and_environment_are_there():
    page = render_html(builder.ships())
    assert "3f" * 32 in page and "9b1f7a3c5e" * 6 + "c0de" in page
    assert "<dt><bdi>packages.torch</bdi></dt><dd><bdi>2.13.0</bdi></dd>" in page


def test_every_table_heading_has_a_scope_and_the_page_a_language():
    page = render_html(builder.does_not_ship())
    assert '<html lang="en">' in page
    assert all("scope" in names for tag, names in Skeleton(page).tags if tag == "th")


def test_a_number_and_its_unit_stay_on_one_line():
    assert unbroken("91.96 % (at least 92 %), 4 ms, 3 samples") == "91.96\xa0% (at least 92\xa0%), 4\xa0ms, 3 samples"


def test_nested_environment_is_flattened():
    data = {"a": {"b": {"c": 1}}, "list": [1, "x"], "none": None, "empty": {}, "nothing": []}
    assert list(flat(data)) == [("a.b.c", "1"), ("list", "1, x"), ("none", "–"), ("empty", "–"), ("nothing", "–")]


def test_technical_details_are_folded_away_with_failures_machines_and_latency_over_time():
    page = render_html(builder.does_not_ship())
    folded = page.partition("<summary>More of what was measured</summary>")[2].partition("</details>")[0]
    for part in ("Whole response over time, 10x", "3 x timeout: ", "the engine died", "GPU 0 (NVIDIA L4)", "0.388", "Send lag p99"):
        assert part in folded and part not in page.replace(folded, ""), part


def test_the_latencies_of_an_invalid_measurement_are_struck_and_draw_no_line_over_time():
    page = render_html(builder.invalid())
    assert "<s>742 ms</s><small>invalid measurement</small>" in page and "over time" not in page
