"""What `ftbench init` writes must be enough for every test of the checklist, and say what to replace."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ftbench.demo.files import STARTERS, demo_spec, scaffold, starter_lines
from ftbench.gate.plan_cases import missing, plan_cases
from ftbench.gate.preflight import read_all
from ftbench.quality.pairs.cases import Side
from ftbench.spec import read_spec
from ftbench.spec.checks import EDGE_GROUPS
from tests.integration.scenario import call


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    return scaffold(tmp_path_factory.mktemp("init") / "mine")


def test_starter_sets_have_the_numbers_of_the_checklist_and_the_spec_lowers_none(started):
    spec = read_spec(started)
    assert "min_cases" not in started.read_text(encoding="utf-8") and spec.skip == {}
    ready = read_all(spec)
    assert {check.id for check in ready.checks if check.section(spec) is None} == set()
    assert missing(plan_cases(spec, ready.test_sets)) == []
    sizes = {check: len(found.cases) for check, found in ready.test_sets.items()}
    assert sizes["accuracy"] >= 50 and sizes["format_compliance"] >= 50 and sizes["ab_comparison"] >= 50 and sizes["safety"] >= 15
    assert sum(case.answerable for case in ready.test_sets["hallucination"].cases) >= 30
    groups = Counter(case.group for case in ready.test_sets["edge_cases"].cases)
    assert all(groups[group] >= 5 for group in EDGE_GROUPS)
    assert len({case.pair for case in ready.test_sets["fairness"].cases if isinstance(case, Side)}) >= 20
    promises = Counter(case.id.partition("/")[0] for case in ready.test_sets["acceptance"].cases)
    assert len(promises) == 4 and all(10 <= n <= 20 for n in promises.values())


def test_every_test_set_says_in_its_first_case_what_to_replace(started):
    sets = {path.name for path in started.parent.glob("*.jsonl")} - {"training.jsonl"}
    assert sets == set(STARTERS)
    for name in sets:
        first = json.loads((started.parent / name).read_text(encoding="utf-8").split("\n")[0])
        assert first["note"].startswith("Replace this set: ") and STARTERS[name].wanted in first["note"]


def test_every_file_is_named_in_the_readme_and_every_key_of_the_demo_is_explained(started):
    readme = (started.parent / "README.md").read_text(encoding="utf-8")
    for path in started.parent.iterdir():
        named = path.name if not path.name.startswith("acceptance-") else "acceptance-*.jsonl"
        assert f"`{named}`" in readme or f"`{named}/`" in readme or path.name == "README.md", path.name


def test_copy_is_the_demo_but_for_the_notes(started):
    assert started.read_text(encoding="utf-8") == demo_spec().read_text(encoding="utf-8")
    for name in STARTERS:
        ours, theirs = ((folder / name).read_text(encoding="utf-8").split("\n") for folder in (demo_spec().parent, started.parent))
        assert ours[1:] == theirs[1:]
        assert {k: v for k, v in json.loads(theirs[0]).items() if k != "note"} == {
            k: v for k, v in json.loads(ours[0]).items() if k != "note"
        }


def test_command_lists_what_it_wrote(tmp_path):
    done = call("init", "mine", cwd=tmp_path)
    assert done.returncode == 0
    for line in starter_lines(tmp_path / "mine"):
        assert line in done.stdout
    assert "golden.jsonl" in done.stdout and "120 cases, test 1 and 8; the checklist wants 50 to 100" in done.stdout


def test_examples_in_the_comments_of_the_spec_are_valid_when_they_are_taken_in(started, tmp_path):
    """A commented line that the reader takes in must not be refused."""
    text = started.read_text(encoding="utf-8")
    judge = "\n".join(
        line.removeprefix("# ") for line in text.split("\n") if line.startswith(("# judge:", "#   endpoint: {", "#   calibration:"))
    )
    assert yaml.safe_load(judge)["judge"]["calibration"] == "labels.jsonl"
    (tmp_path / "spec.yaml").write_text(f"{text}\n{judge}\nskip: {{}}\n", encoding="utf-8")
    assert read_spec(Path(tmp_path / "spec.yaml")).judge.min_labels == 50
