"""The comment on a pull request."""

import pytest
from markdown_it import MarkdownIt

from ftbench.report.markdown import plain, render_markdown
from tests.report import builder


def tokens(text):
    """Kinds of everything that CommonMark with GitHub's tables, strikethrough and bare links sees."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [
        kind for token in parsed for kind in (token.type, *(child.type for child in token.children or ())) if not kind.startswith("text")
    ]


def test_verdict_tests_load_cost_and_hashes_are_there():
    text = render_markdown(builder.does_not_ship())
    assert text.startswith("## Do not ship: Support ticket triage\n")
    for part in (
        "| 9 | Cost per inference | **Failed** |",
        "| 10x | 20 /s of 20 /s | 1,500 | 508 |",
        "**saturated**",
        "| 10x | modelled |",
        "3f3f3f3f3f3f (150)",
    ):
        assert part in text
    assert "dequantized from 4 bits" in text and "Failing: delivery-001" in text and "and 4 more." in text


def test_the_latency_of_a_saturated_run_is_struck_out():
    assert "~~15.6 s / 37.4 s~~" in render_markdown(builder.does_not_ship())


def test_it_stays_short_enough_for_a_comment():
    assert len(render_markdown(builder.hostile("x" * 5000))) < 65_536  # GitHub's limit


@pytest.mark.parametrize("text", [t for t in builder.HOSTILE if t])
def test_hostile_text_is_text(text):
    assert tokens(render_markdown(builder.hostile(text))) == tokens(render_markdown(builder.hostile("x")))


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("@someone", "@\u200bsomeone"),
        ("fixes #12", "fixes #\u200b12"),
        ("https://evil.example", "https:\u200b//evil.example"),
        ("www.evil.example", "www\u200b.evil.example"),
        ("<b>", "\\<b\\>"),
        ("a | b", "a \\| b"),
        ("1. item", "1\u200b. item"),
        ("- item", "\\- item"),
        ("a\n\nb", "a b"),
    ],
)
def test_what_github_would_act_on_is_made_inert(text, inert):
    assert plain(text) == inert
