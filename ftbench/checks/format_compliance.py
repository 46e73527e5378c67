"""Test 3. Every output must be what the client's program can read."""

import json

import regex

from ftbench.checks.base import Check, Inputs
from ftbench.checks.criteria import no_data, none_of, rate_at_least
from ftbench.checks.result import CheckResult
from ftbench.errors import InputError
from ftbench.quality.cases import TestSet
from ftbench.quality.formats import FormatVerdict, Rules, check_schema, validate
from ftbench.quality.outputs import Output
from ftbench.spec import Spec


class FormatCompliance(Check):
    """JSON against a schema, sections of a template, limits of words and characters, a pattern: whichever the spec declares."""

    id, number, title = "format_compliance", 3, "Format compliance"
    fail_action = "Add 20 to 30 training examples in the exact format and retrain; state the format in the system prompt as well."

    def requests(self, spec: Spec) -> TestSet | None:
        found = super().requests(spec)
        if found is None:
            raise InputError("tests.format_compliance.cases is missing. Name the JSONL file of the format test set.")
        rules(spec)
        return found

    def evaluate(self, inputs: Inputs) -> CheckResult:
        section, evidence = inputs.spec.tests.format_compliance, inputs.spec.evidence
        agreed = rules(inputs.spec)
        verdicts = {c.id: _verdict(inputs.outputs.get(c.id), agreed) for c in inputs.cases}
        edge = {c.id for c in inputs.cases if "edge" in c.tags}
        handled = "edge cases (empty fields, special characters, unicode) out of format"
        reasons = [f"{case}: {v.reasons[0]}" for case, v in verdicts.items() if v.reasons][:5]
        return self.result(
            rate_at_least(
                "outputs in the agreed format",
                {c: v.ok for c, v in verdicts.items()},
                section.pass_rate,
                evidence,
                min_cases=section.min_cases,
            ),
            none_of("outputs that break a parser", {c: v.parse_error for c, v in verdicts.items()}, evidence, min_cases=section.min_cases),
            none_of(handled, {c: not v.ok for c, v in verdicts.items() if c in edge}, evidence)
            if edge
            else no_data(handled, "==", 0, "count", 0, 1),
            notes=reasons,
        )


def rules(spec: Spec) -> Rules:
    """The format specification of the spec.

    Raises:
        InputError: no rule at all, a schema file that is missing, no JSON or no schema, a pattern that does not compile.
    """
    section = spec.tests.format_compliance
    schema = None
    if section.json_schema is not None:
        path = spec.path(section.json_schema)
        try:
            schema = json.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise InputError(f"{path} does not exist. It is the schema that tests.format_compliance.json_schema names.") from None
        except OSError as error:
            raise InputError(
                f"{path}, the schema that tests.format_compliance.json_schema names, cannot be read: {error.strerror}."
            ) from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: this is not JSON: {error}.") from None
        if not isinstance(schema, dict) or (wrong := check_schema(schema)):
            raise InputError(f"{path}: this is not a valid JSON Schema: {wrong if isinstance(schema, dict) else 'it is no object'}.")
    if section.pattern is not None:
        try:
            regex.compile(section.pattern)
        except (regex.error, OverflowError, RecursionError) as error:
            raise InputError(f"tests.format_compliance.pattern is not a regular expression: {error}.") from None
    found = Rules(schema, tuple(section.sections), section.max_words, section.max_characters, section.pattern, section.unwrap_code_fence)
    if found == Rules(unwrap_code_fence=section.unwrap_code_fence):
        raise InputError("tests.format_compliance has no rule. Give json_schema, sections, max_words, max_characters or pattern.")
    return found


def _verdict(output: Output | None, agreed: Rules) -> FormatVerdict:
    if output is None or output.error:
        return FormatVerdict(True, [f"no answer ({output.error_kind if output else 'not sent'})"])
    return validate(output.text, agreed)
