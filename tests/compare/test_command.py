"""`ftbench compare`: which spec is meant, and the exit code that a script sees."""

import json

import pytest

from ftbench.compare import run as runs
from ftbench.compare.command import compare_command
from ftbench.compare.file import Recommendation
from ftbench.errors import Exit, InputError
from tests.compare.builder import cell, compared, quality
from tests.integration.scenario import call, write_contract


def ended_with(outcome, monkeypatch, tmp_path):
    """The command with a comparison that came to this outcome; the spec that was run, and the exit code."""
    found = compared([cell("fp32")], [quality("fp32", reference=True)]).model_copy(
        update={"recommendation": Recommendation(outcome=outcome, ranking=[], sentence="One sentence.")}
    )
    asked = []

    def run_compare(spec, out, *, resume=None):
        asked.append(spec)
        return found, tmp_path

    monkeypatch.setattr(runs, "run_compare", run_compare)
    path = write_contract(tmp_path / "c", tmp_path, compare={"variants": ["fp32", "nf4"]})
    code = compare_command(path, tmp_path, json=True, variants="fp32", rounds=5)
    return asked[0], code


@pytest.mark.parametrize(
    ("outcome", "code"), [("one", Exit.PASSED), ("tied", Exit.PASSED), ("none", Exit.FAILED), ("unknown", Exit.NEEDS_REVIEW)]
)
def test_no_cell_that_meets_the_contract_is_a_failed_gate_and_not_knowing_is_no_pass(outcome, code, monkeypatch, tmp_path, capsys):
    spec, got = ended_with(outcome, monkeypatch, tmp_path)
    assert got == code and (spec.compare.variants, spec.compare.rounds) == (["fp32"], 5)
    assert json.loads(capsys.readouterr().out)["recommendation"]["outcome"] == outcome


def test_demo_and_spec_exclude_each_other_and_neither_is_a_question(tmp_path):
    with pytest.raises(InputError, match="--demo is a spec of its own"):
        compare_command(tmp_path, tmp_path, demo=True)
    with pytest.raises(InputError, match="Name a spec with a section `compare`, or try --demo"):
        compare_command(None, tmp_path)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.yaml"], "none.yaml does not exist"),
        (["--resume", "nowhere"], "There is no run nowhere in reports"),
        (["spec.yaml"], "has no section `compare`. Say what is to be compared, such as"),
        (["spec.yaml", "--variants", "fp32,int4"], "unknown variant 'int4'"),
        (["spec.yaml", "--variants", "fp32", "--hardware", "local,h100"], "no profile 'h100'. Did you mean h100-sxm?"),
    ],
)
def test_wrong_input_is_one_sentence_and_code_2_before_anything_is_started(words, says, tmp_path):
    write_contract(tmp_path, tmp_path)
    done = call("compare", *words, cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr and not (tmp_path / "reports").exists()
