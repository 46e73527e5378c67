"""Options of the command, and the spec of a comparison that goes on."""

import pytest
import yaml

from ftbench.compare.prepare import refuse_another_matrix, spec_of, with_options
from ftbench.errors import InputError
from ftbench.gate.run_folder import resolved
from ftbench.spec import read_spec
from tests.compare.builder import spec
from tests.integration.scenario import write_contract


@pytest.fixture
def begun(tmp_path):
    """A run folder of a comparison that was begun with options, and its spec."""
    path = write_contract(tmp_path / "c", tmp_path, compare={"variants": ["fp32", "nf4"]})
    run = tmp_path / "reports" / "r1"
    run.mkdir(parents=True)
    found = with_options(read_spec(path), "fp32,int8", None, 3)
    (run / "spec.yaml").write_text(resolved(found))
    (run / "origin").write_text(str(path))
    (run / "compare.json").write_text("{}")
    return tmp_path / "reports", found


def test_options_take_the_place_of_the_section():
    found = with_options(spec(variants=["fp32", "nf4"], batches=[1, 2]), "bf16, int8", "local,h100-sxm", 3).compare
    assert (found.variants, found.hardware, found.rounds, found.batches) == (["bf16", "int8"], ["local", "h100-sxm"], 3, [1, 2])


def test_a_spec_without_the_section_can_be_compared_by_options_alone():
    assert with_options(spec().but(compare=None), "bf16,nf4", None, None).compare.hardware == ["local"]


def test_a_reference_that_an_option_leaves_out_gives_way():
    assert with_options(spec(variants=["fp32", "nf4"], reference="fp32"), "int8,nf4", None, None).compare.reference is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("fp32,nf5", None, None), "unknown variant 'nf5'.*Did you mean nf4"),
        (("fp32,fp32", None, None), "--variants: fp32 stands twice"),
        ((None, None, 0), "--rounds: Input should be greater than or equal to 1"),
    ],
)
def test_a_wrong_option_is_named(options, says):
    with pytest.raises(InputError, match=says):
        with_options(spec(), *options)


def test_a_run_goes_on_with_the_cells_that_it_began_with(begun):
    reports, found = begun
    again = spec_of(reports, "r1")
    assert again.compare == found.compare
    refuse_another_matrix(reports, "r1", again)


def test_defaults_of_the_first_start_are_no_words_of_the_user_in_the_second(begun):
    assert "quality" not in spec_of(begun[0], "r1").compare.model_fields_set


def test_more_rounds_may_be_added_and_nothing_else_changed(begun):
    reports, found = begun
    refuse_another_matrix(reports, "r1", with_options(found, None, None, 5))
    with pytest.raises(InputError, match="Run r1 was begun with another compare.variants"):
        refuse_another_matrix(reports, "r1", with_options(found, "fp32,nf4", None, None))


def test_a_gate_is_not_gone_on_with_as_a_comparison(begun):
    reports, _ = begun
    data = yaml.safe_load((reports / "r1" / "spec.yaml").read_text())
    (reports / "r1" / "spec.yaml").write_text(yaml.safe_dump({**data, "compare": None}))
    with pytest.raises(InputError, match="Run r1 is no comparison. `ftbench gate --resume r1`"):
        spec_of(reports, "r1")
