"""The committed JSON Schemas, made from the types: `python -m ftbench.report.schema` writes them, a test compares them."""

import json
from pathlib import Path
from typing import Any

from ftbench.compare.file import CompareFile
from ftbench.cost.plan_file import PlanFile
from ftbench.report.contract import Report
from ftbench.spec import profile_schema, spec_schema

_PACKAGE = Path(__file__).resolve().parent.parent
REPORT_FILE = _PACKAGE / "report" / "report.schema.json"
PLAN_FILE = _PACKAGE / "report" / "plan.schema.json"
COMPARE_FILE = _PACKAGE / "report" / "compare.schema.json"
SPEC_FILE = _PACKAGE / "spec" / "spec.schema.json"
PROFILE_FILE = _PACKAGE / "spec" / "profile.schema.json"


def report_schema() -> dict[str, Any]:
    """JSON Schema of report.json as it is written: every field is there, also one that has a default."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def plan_schema() -> dict[str, Any]:
    """JSON Schema of plan.json as it is written."""
    schema = PlanFile.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def compare_schema() -> dict[str, Any]:
    """JSON Schema of compare.json as it is written."""
    schema = CompareFile.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def generated() -> dict[Path, str]:
    """What the committed schema files must hold, by path."""
    reports = {REPORT_FILE: report_schema(), PLAN_FILE: plan_schema(), COMPARE_FILE: compare_schema()}
    schemas = {**reports, SPEC_FILE: spec_schema(), PROFILE_FILE: profile_schema()}
    return {file: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for file, schema in schemas.items()}


def main() -> None:
    """Write all files."""
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")
        print(file.relative_to(_PACKAGE.parent))


if __name__ == "__main__":
    main()
