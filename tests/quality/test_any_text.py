"""No text makes a detector, a parser, a scorer or an assertion raise: every function that reads one, found by walking the rooms."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.quality.assertions import KINDS, Promise
from ftbench.quality.cases import Case
from ftbench.quality.detect.view import view
from ftbench.quality.formats import Rules
from ftbench.quality.known_answer import is_right
from ftbench.quality.labels import normalise
from ftbench.quality.scorers import SCORERS
from ftbench.spec.acceptance import AcceptanceCriterion, Assertion
from tests.checks.builder import output, spec

ROOMS = ("assertions", "claims", "detect", "formats", "judge", "pairs", "scorers")
READS = ("text", "answer", "said", "sentence", "source")  # how the first parameter of a function that reads a text is called
GRADES = ("Correct", "Wrong")
SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "format": "date"}}}

# What a reader needs beside the text. One without an entry here is called with the text alone.
MORE: dict[str, Callable] = {
    "claims.assess.assess": lambda read, text: read(text, text[: len(text) // 2], text[:9]),
    "claims.assess.invented": lambda read, text: read(text, text[: len(text) // 2], text[:9]),
    "claims.claim.blank": lambda read, text: read(text, []),
    "claims.extract.claims": lambda read, text: (read(text), read(text, of_source=True)),
    "claims.extract.without_measures": lambda read, text: read(text, []),
    "claims.source.read_source": lambda read, text: read(text, text[:9]),
    "detect.degenerate.degenerate": lambda read, text: (read(text, "length"), read(text, None)),
    "detect.disclaimer.has_disclaimer": lambda read, text: read(text, "medical", [text[:5]]),
    "detect.disclosure.discloses": lambda read, text: read(text, [text[:9], text[3:5], "1.250,00"]),
    "detect.graceful.graceful": lambda read, text: [read(text, group, "stop") for group in ("empty", "adversarial", "overlong")],
    "detect.language.in_language": lambda read, text: read(text, "en"),
    "detect.leak.leaks": lambda read, text: read(
        text, system_prompt=text, canaries=["zebra77"], secrets=[text[:9]], words=3, asked=text[:5]
    ),
    "detect.letters.stands_in": None,  # its second argument is what `letters` made of a text; leaks and discloses call it
    "detect.nearby.nearby": lambda read, text: read(text, 0, len(text), ("card",)),
    "detect.offensive.offensive": lambda read, text: read(text, [text[:5], "lamp*"]),
    "formats.csv_text.strict_csv_with_header": lambda read, text: (refusing(read, text, ["a", "b"]), refusing(read, text, ["a"])),
    "formats.validate.has_section": lambda read, text: (read(text, "Summary"), read("# Summary", text)),
    "formats.validate.validate": lambda read, text: [read(text, rules) for rules in EVERY_RULE],
    "judge.lenient.lenient_object": lambda read, text: read("{" + text),
    "judge.parse.parse": lambda read, text: read(text, GRADES),
    "pairs.neutral.neutralise": lambda read, text: read(text, [text[:5], "Ann"]),
    "pairs.words.holds": lambda read, text: read(text, [text[:5], "Ann"]),
    "pairs.words.mentioned": lambda read, text: read(text, [text[:5], "pink*"]),
    "pairs.words.replace": lambda read, text: read(text, [text[:5], "Ann"]),
    "scorers.embedding.embedding": None,  # needs a model: tests/quality/scorers
}
MORE |= {f"scorers.{name}.{name}": lambda read, text: (read(text, text[::-1]), read("a lamp of 12 W", text)) for name in SCORERS}
PARSERS = ("strict_json", "strict_csv", "strict_xml", "strict_yaml")  # refuse with ValueError, and with nothing else
EVERY_RULE = [Rules(json_schema=SCHEMA, unwrap_code_fence=fence) for fence in (False, True)] + [
    Rules(sections=("Summary",), max_words=3, min_words=2, max_characters=9, max_sentences=1, pattern="[a-z]+", forbidden=("x",)),
    Rules(language="en"),
    *(Rules(parses_as=kind) for kind in ("csv", "xml", "yaml")),
    Rules(parses_as="csv", csv_columns=("a", "b")),
]


def refusing(read, *arguments):
    try:
        read(*arguments)
    except ValueError as error:
        assert str(error)


def readers() -> dict[str, Callable]:
    """Every public function of the rooms whose first parameter is a text, by module and name."""
    found = {}
    for room in ROOMS:
        package = importlib.import_module(f"ftbench.quality.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            own = importlib.import_module(f"{package.__name__}.{module.name}")
            for name, function in inspect.getmembers(own, lambda member: inspect.isfunction(inspect.unwrap(member))):  # cached ones too
                first = next(iter(inspect.signature(function).parameters), None)
                if not name.startswith("_") and function.__module__ == own.__name__ and first in READS:
                    found[f"{room}.{module.name}.{name}"] = function
    return found


READERS = readers()
# Half of surrogate pairs too: JSON can carry them. And the signs that formats are made of, more often than chance gives them.
ANY = st.text(st.characters(exclude_categories=[]), max_size=120)
SIGNS = st.text(st.sampled_from("{}[]()<>\"'“”:;,.-_/\\|&#@*=+%€$ \t\n\r\0aAbeiox019٣½Ⅷé\u0301ßı漢\u200b\u202e\ufeff😀\ud800"), max_size=80)
WORDS = st.lists(
    st.sampled_from(
        [
            "I",
            "cannot",
            "help",
            "do",
            "not",
            "know",
            "3",
            "March",
            "2025",
            "at",
            "5",
            "pm",
            "costs",
            "1.250,00",
            "EUR",
            "see",
            "a",
            "doctor",
            "lamp@x.org",
            "the",
            "the",
        ]
    )
)
TEXTS = ANY | SIGNS | WORDS.map(" ".join)


def test_every_room_has_readers_and_no_entry_is_of_one_that_is_gone():
    assert {name.partition(".")[0] for name in READERS} >= {"claims", "detect", "formats", "judge", "pairs", "scorers"}
    assert len(READERS) > 60 and not set(MORE) - set(READERS)
    assert {name.rpartition(".")[2] for name in READERS} >= {*SCORERS, *PARSERS}


@pytest.mark.parametrize("name", [name for name in READERS if MORE.get(name, True) is not None])
def test_no_text_makes_it_raise(name):
    read = READERS[name]
    call = MORE.get(name) or (refusing if name.rpartition(".")[2] in PARSERS else lambda read, text: read(text))

    @settings(max_examples=40, deadline=None)
    @given(TEXTS)
    def tried(text):
        found = call(read, text)
        if inspect.isgeneratorfunction(read):
            list(found)

    tried()


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.text(max_size=20))
def test_no_text_makes_a_comparison_with_a_right_answer_raise(text, right):
    for steps in ((), ("strip", "casefold", "strip_punctuation", "first_line")):
        normalise(text, steps)
        for case in (Case(id="a", prompt="?", label=right), Case(id="a", prompt="?", expected={"a": 1, "b": [True]})):
            assert is_right(case, text, steps) in (True, False)
    assert len(view(text).text) == len(view(text).origin)


@pytest.fixture(scope="module")
def assertions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assertions")
    (folder / "schema.json").write_text('{"type": "object", "required": ["a"]}')
    (folder / "own_assertion_of_any_text.py").write_text("def holds(text, case):\n    return len(text) < 9\n")
    values = {"label": True, "contains": ["a"], "contains_any": ["é"], "not_contains": ["z"], "pattern": "a+", "max_words": 3}
    values |= {"language": "es", "refuses": True, "no_disclosure": True, "latency_s": 1.0, "rated": "Is it good?"}
    values |= {"json_schema": "schema.json", "python": "own_assertion_of_any_text:holds"}
    case = Case(id="a", prompt="?", label="refund", forbidden=["Ada Lovelace"])
    criterion = AcceptanceCriterion(name="n", statement="s", cases="c", assertions=[Assertion(max_words=1)])
    promise = Promise(spec({}, folder), criterion, "k", [case])
    return case, {kind: make(values[kind], promise, "k") for kind, make in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_makes_an_assertion_raise_and_each_says_why(kind, assertions):
    case, made = assertions

    @settings(max_examples=40, deadline=None)
    @given(TEXTS)
    def tried(text):
        found = made[kind](case, output("a", text))
        assert found.ok in (True, False, None) and (found.ok is not None or found.question) and (found.ok is not False or found.reason)

    tried()
