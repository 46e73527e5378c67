"""Four files, whole or not at all, and back."""

import json
import math

import pytest

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.report import read_report, write_report
from tests.report import builder


@pytest.mark.parametrize("name", builder.ALL)
def test_a_report_comes_back_as_it_was_written(name, tmp_path):
    report = builder.ALL[name]()
    paths = write_report(report, tmp_path / "run")
    assert [p.name for p in paths] == ["report.json", "report.html", "report.md", "junit.xml"]
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == sorted(p.name for p in paths)  # no temporary name is left
    assert read_report(tmp_path / "run") == read_report(paths[0]) == report


def test_rendering_again_from_what_was_read_gives_the_same_bytes(tmp_path):
    first = write_report(builder.hostile(builder.HOSTILE[0]), tmp_path / "a")
    second = write_report(read_report(tmp_path / "a"), tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


@pytest.mark.parametrize("text", builder.HOSTILE)
def test_hostile_text_survives_storage(text, tmp_path):
    write_report(builder.hostile(text), tmp_path)
    assert read_report(tmp_path).name == text.encode("utf-8", "replace").decode()


def test_nan_where_a_value_may_be_missing_is_stored_as_missing(tmp_path):
    report = builder.ships()
    run = report.load[0].model_copy(update={"attainment": math.nan, "prompt_tokens_mean": math.inf})
    write_report(report.model_copy(update={"load": [run], "environment": {"x": math.nan, "tuple": (1, 2), "set": {3}}}), tmp_path)
    back = read_report(tmp_path)
    assert back.load[0].attainment is None and back.load[0].prompt_tokens_mean is None
    assert back.environment == {"x": None, "tuple": [1, 2], "set": [3]}
    assert "NaN" not in (tmp_path / "report.json").read_text()


def test_nan_where_a_number_is_needed_is_refused_before_any_file_changes(tmp_path):
    write_report(builder.ships(), tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    run = builder.load(1).model_copy(update={"goodput": math.nan})
    with pytest.raises(InvalidMeasurement, match=r"load\.0\.goodput"):
        write_report(builder.ships().model_copy(update={"load": [run]}), tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "its schema is None"),
        ('{"schema": "ftbench.report/99"}', "ftbench.report/99"),
        ('{"schema": "ftbench.report/1"}', "is not a whole report: run_id"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_not_a_report_is_refused_with_its_name(content, said, tmp_path):
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(InputError, match=said) as error:
        read_report(tmp_path)
    assert "report.json" in str(error.value)


def test_a_missing_report_and_a_binary_one_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_report(tmp_path)
    (tmp_path / "report.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read_report(tmp_path)


def test_json_names_the_schema_by_its_contract_name(tmp_path):
    write_report(builder.ships(), tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())["schema"] == "ftbench.report/1"
