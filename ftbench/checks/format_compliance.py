"""Test 3. Every output must be what the client's program can read."""

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import no_data, none_of, rate_at_least
from ftbench.checks.result import CheckResult
from ftbench.checks.undecided import while_undecided
from ftbench.errors import InputError
from ftbench.quality.cases import Case, TestSet
from ftbench.quality.formats import FormatVerdict, Rules, read_schema, validate
from ftbench.quality.formats.language import check_language
from ftbench.quality.formats.pattern import check_pattern
from ftbench.quality.outputs import Output
from ftbench.quality.ratings import ReviewItem, decided, output_digest
from ftbench.spec import Spec

KEY = "tests.format_compliance"
EDGE = "edge cases (empty fields, special characters, unicode) out of format"


class FormatCompliance(Check):
    """JSON against a schema, CSV, XML or YAML, sections of a template, limits, a pattern, a language: whichever the spec declares."""

    id, number, title = "format_compliance", 3, "Format compliance"
    fail_action = "Add 20 to 30 training examples in the exact format and retrain; state the format in the system prompt as well."

    def requests(self, spec: Spec) -> TestSet | None:
        found = super().requests(spec)
        if found is None:
            raise InputError("tests.format_compliance.cases is missing. Name the JSONL file of the format test set.")
        rules(spec)
        return found

    def right(self, inputs: Inputs) -> dict[str, bool | None] | None:
        verdicts = _verdicts(inputs)
        return {case.id: _ok(case, verdicts[case.id], inputs) for case in inputs.cases}

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.format_compliance, inputs.spec.evidence
        verdicts, ok = _verdicts(inputs), self.right(inputs) or {}
        edge = {c.id for c in inputs.cases if "edge" in c.tags}
        reasons = [f"{case}: {v.reasons[0]}" for case, v in verdicts.items() if v.reasons][:5]
        return self.result(
            while_undecided(
                lambda ok: rate_at_least("outputs in the agreed format", ok, section.pass_rate, evidence, min_cases=section.min_cases), ok
            ),
            none_of("outputs that break a parser", {c: v.parse_error for c, v in verdicts.items()}, evidence, min_cases=section.min_cases),
            while_undecided(
                lambda bad: none_of(EDGE, bad, evidence), {c: None if ok[c] is None else not ok[c] for c in ok if c in edge}, good=False
            )
            if edge
            else no_data(EDGE, "==", 0, "count", 0, 1),
            notes=reasons,
        )

    def review(self, inputs: Inputs) -> list[ReviewItem]:
        verdicts = _verdicts(inputs)
        return [_language_item(case, inputs) for case in inputs.cases if verdicts[case.id].undecided]


def rules(spec: Spec) -> Rules:
    """The format specification of the spec.

    Raises:
        InputError: no rule at all, a schema file that is missing, no JSON or no schema, a pattern that does not compile, an unknown
            language, rules that contradict each other.
    """
    section = spec.tests.format_compliance
    schema = None
    if section.json_schema is not None:
        schema = read_schema(spec.path(section.json_schema), f"{KEY}.json_schema")
    if section.pattern is not None:
        check_pattern(section.pattern, f"{KEY}.pattern")
    if section.language is not None:
        check_language(section.language, f"{KEY}.language")
    if section.csv_columns and section.parses_as != "csv":
        raise InputError(f"{KEY}.csv_columns belongs to parses_as: csv. Write that too, or take the columns out.")
    if section.parses_as is not None and schema is not None:
        raise InputError(f"{KEY}: an output cannot be JSON and {section.parses_as.upper()} at once. Take json_schema or parses_as out.")
    if not all(text.strip() for text in section.forbidden):
        raise InputError(f"{KEY}.forbidden has an empty text, which every output would contain. Take it out.")
    if None not in (section.min_words, section.max_words) and section.min_words > section.max_words:
        raise InputError(f"{KEY}.min_words is {section.min_words} and max_words {section.max_words}: no output can have both.")
    found = Rules(
        json_schema=schema,
        sections=tuple(section.sections),
        max_words=section.max_words,
        max_characters=section.max_characters,
        pattern=section.pattern,
        unwrap_code_fence=section.unwrap_code_fence,
        min_words=section.min_words,
        max_sentences=section.max_sentences,
        language=section.language,
        forbidden=tuple(section.forbidden),
        parses_as=section.parses_as,
        csv_columns=tuple(section.csv_columns),
    )
    if found == Rules(unwrap_code_fence=section.unwrap_code_fence):
        raise InputError(
            f"{KEY} has no rule. Give json_schema, parses_as, sections, min_words, max_words, max_characters, max_sentences, "
            "pattern, language or forbidden."
        )
    return found


def _verdicts(inputs: Inputs) -> dict[str, FormatVerdict]:
    agreed = rules(inputs.spec)
    return {case.id: _verdict(inputs.outputs.get(case.id), agreed) for case in inputs.cases}


def _verdict(output: Output | None, agreed: Rules) -> FormatVerdict:
    if output is None or output.error:
        return FormatVerdict(True, [f"no answer ({output.error_kind if output else 'not sent'})"])
    return validate(output.text, agreed)


def _ok(case: Case, verdict: FormatVerdict, inputs: Inputs) -> bool | None:
    """An output too short to tell its language is what a person says it is."""
    if not verdict.undecided:
        return verdict.ok
    said = decided(_language_item(case, inputs), inputs.ratings)
    return None if said is None else said == "yes"


def _language_item(case: Case, inputs: Inputs) -> ReviewItem:
    text, code = inputs.outputs[case.id].text, inputs.spec.tests.format_compliance.language
    return ReviewItem(
        id=f"format_compliance/{case.id}/language-{code}",
        check="format_compliance",
        case=case.id,
        question=f"Is this answer in the language {code}?",
        choices=("yes", "no"),
        prompt=case.chat(None)[-1]["content"],
        answers=(text,),
        output_sha256=output_digest(text),
    )
