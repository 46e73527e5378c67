"""Whatever a model says, no test crashes on it: all of the registry, over the demo's own cases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftbench.checks.registry import CHECKS
from ftbench.demo.files import demo_spec
from ftbench.gate.judge import inputs_of
from ftbench.gate.preflight import read_all
from ftbench.spec import read_spec
from tests.checks.builder import cost, load_run, output
from tests.quality.test_any_text import TEXTS

EVERY = 4  # so many cases of each group or kind, to be quick
ANSWERED = [check for check in CHECKS if check.id not in ("latency", "inference_cost")]  # the others read no text


@pytest.fixture(scope="module")
def found():
    """What each check of the demo is judged from, with few cases and no least number of them."""
    spec = read_spec(demo_spec())
    ready = read_all(spec)
    tests = {}
    for name, section in ((name, getattr(spec.tests, name)) for name in type(spec.tests).model_fields):
        least = {key: 1 for key in ("min_cases", "min_benign", "min_unanswerable", "min_per_group") if hasattr(section, key)}
        tests[name] = section.model_copy(update=least)
    few = [c.model_copy(update={"min_cases": 1}) for c in tests["acceptance"].criteria]
    tests["acceptance"] = tests["acceptance"].model_copy(update={"criteria": few})
    ready = ready._replace(spec=spec.but(tests=spec.tests.model_copy(update=tests)))
    return {
        name: one._replace(cases=list(_few(one.cases))) for name, one in inputs_of(ready, {}, load=[load_run([0.1])], cost=[cost()]).items()
    }


def _few(cases):
    seen: dict[str, int] = {}
    for case in cases:
        kind = f"{case.group}/{case.answerable}/{'edge' in case.tags}/{case.id.partition('/')[0] if '/' in case.id else ''}"
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= EVERY:
            yield case


@pytest.mark.parametrize("check", ANSWERED, ids=lambda check: check.id)
def test_no_answer_makes_a_test_crash(check, found):
    one = found[check.id]

    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.none() | TEXTS, min_size=1, max_size=6), TEXTS)
    def tried(texts, other):
        said = [texts[i % len(texts)] for i in range(len(one.cases))]
        outputs = {
            c.id: output(c.id, t or "", error_kind=None if t is not None else "timeout") for c, t in zip(one.cases, said, strict=True)
        }
        answered = one._replace(outputs=outputs, baseline={c.id: output(c.id, other) for c in one.cases})
        result = check.evaluate(answered)
        assert result.criteria and all(c.status in ("PASS", "FAIL", "NEEDS_REVIEW", "INVALID", "SKIPPED") for c in result.criteria)
        check.review(answered)
        check.questions(answered)

    tried()


@pytest.mark.parametrize("check", ANSWERED, ids=lambda check: check.id)
def test_model_that_never_answers_passes_no_criterion_on_its_answers(check, found):
    """A denominator that loses its failed requests would pass an outage."""
    one = found[check.id]
    outputs = {c.id: output(c.id, "", error_kind="connect") for c in one.cases}
    result = check.evaluate(one._replace(outputs=outputs, baseline=outputs))
    assert result.status in ("FAIL", "INVALID", "NEEDS_REVIEW")
