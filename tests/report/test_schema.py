"""The committed schemas are the types."""

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from ftbench.report import write_report
from ftbench.report.schema import PROFILE_FILE, REPORT_FILE, SPEC_FILE, generated
from tests.report import builder


@pytest.mark.parametrize("file", [REPORT_FILE, SPEC_FILE, PROFILE_FILE], ids=lambda f: f.name)
def test_the_committed_schema_is_the_generated_one(file):
    assert file.read_text(encoding="utf-8") == generated()[file], f"{file.name} is old. Run: python -m ftbench.report.schema"
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", builder.ALL)
def test_what_is_written_meets_the_committed_schema(name, tmp_path):
    data = json.loads(write_report(builder.ALL[name](), tmp_path)[0].read_text(encoding="utf-8"))
    validator = Draft202012Validator(json.loads(REPORT_FILE.read_text(encoding="utf-8")))
    validator.validate(data)
    data["verdict"] = "MAYBE"
    with pytest.raises(ValidationError):
        validator.validate(data)
