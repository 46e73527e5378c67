"""What a Spec itself refuses and remembers."""

import pytest
import yaml
from pydantic import ValidationError

from ftbench.gate.run_folder import resolved
from ftbench.spec import Spec, spec_schema

SMALL = {"name": "x", "load": {"rate": 1}, "slo": {}, "tests": {}}


def test_variant_is_the_models_own_or_what_the_endpoint_says():
    assert Spec.model_validate({**SMALL, "model": {"variant": "nf4"}}).variant == "nf4"
    assert Spec.model_validate({**SMALL, "endpoint": {"url": "http://x/v1", "variant": "AWQ 4 bit"}}).variant == "AWQ 4 bit"
    assert Spec.model_validate({**SMALL, "endpoint": {"url": "http://x/v1"}}).variant == "as served"


def test_spec_cannot_be_changed_after_it_was_checked():
    spec = Spec.model_validate({**SMALL, "model": {}})
    with pytest.raises(ValidationError):
        spec.load.rate = -1


@pytest.mark.parametrize("scales", [[1, 1], [3, 1, 3.0], [1, 1 + 1e-9]])
def test_two_scales_that_would_share_a_folder_are_refused_before_they_are_measured(scales):
    with pytest.raises(ValidationError, match="stands twice"):
        Spec.model_validate({**SMALL, "model": {}, "load": {"rate": 1, "scales": scales}})


def test_yes_and_no_stay_what_they_are_where_the_key_wants_them():
    spec = Spec.model_validate({**SMALL, "model": {"allow_pickle": True}, "load": {"rate": 1, "ignore_eos": True}})
    assert spec.model.allow_pickle is True and spec.load.ignore_eos is True
    with pytest.raises(ValidationError, match="no meaning here"):
        Spec.model_validate({**SMALL, "model": {}, "serving": {"replicas": True}})


def a_load(**changes):
    return Spec.model_validate({**SMALL, "model": {}, "load": {"rate": 2, **changes}})


STEPS = [{"duration_s": 10, "rate": 1}, {"duration_s": 10, "rate": 3}]


def test_steps_make_up_the_measured_time_also_when_the_resolved_spec_is_read_again():
    spec = a_load(arrivals="steps", steps=STEPS)
    assert spec.load.duration_s == 20
    assert Spec.model_validate(yaml.safe_load(resolved(spec))) == spec
    assert a_load().load.duration_s == 60


@pytest.mark.parametrize(
    ("load", "says"),
    [
        ({"arrivals": "gamma"}, "gamma needs `cv`"),
        ({"arrivals": "steps"}, "steps needs `steps`"),
        ({"arrivals": "replay"}, "replay needs `trace`"),
        ({"cv": 2}, "`cv` belongs to arrivals gamma"),
        ({"arrivals": "gamma", "cv": 2, "trace": "a.csv"}, "`trace` belongs to arrivals replay"),
        ({"arrivals": "gamma", "cv": 0}, "greater than or equal to 0.01"),
        ({"arrivals": "steps", "steps": []}, "at least 1 item"),
        ({"arrivals": "steps", "steps": STEPS, "duration_s": 60}, "the steps last 20 s together and duration_s says 60"),
        ({"arrivals": "steps", "steps": STEPS, "rate": 3}, "the mean of `steps` is 2 requests/s and `rate`, the mean, says 3"),
        ({"arrivals": "ramp", "ramp": {"from_rate": 1, "to_rate": 9}}, "the mean of `ramp` is 5 requests/s"),
        ({"arrivals": "ramp", "ramp": {"from_rate": -1, "to_rate": 5}}, "greater than or equal to 0"),
        ({"arrivals": "bursts", "bursts": {"period_s": 5, "length_s": 5, "factor": 2}}, "does not end within its period_s 5"),
        ({"arrivals": "bursts", "bursts": {"period_s": 5, "length_s": 1, "factor": 1}}, "greater than 1"),
    ],
)
def test_traffic_that_is_not_what_its_rate_says_is_refused(load, says):
    with pytest.raises(ValidationError) as error:
        a_load(**load)
    assert says in str(error.value)


def test_every_kind_of_traffic_can_be_written():
    a_load(arrivals="gamma", cv=2.0)
    a_load(arrivals="ramp", ramp={"from_rate": 0, "to_rate": 4})
    a_load(arrivals="bursts", bursts={"period_s": 60, "length_s": 5, "factor": 10})
    a_load(arrivals="replay", trace="monday.csv")


SYNTHETIC = {"input": 512, "output": {"median": 90, "sigma": 0.8, "max": 400}, "prefix_share": 0.5, "turns": {"mean": 3, "sd": 1}}


def test_a_plain_number_is_a_length_also_when_the_resolved_spec_is_read_again():
    spec = a_load(synthetic=SYNTHETIC, tokenizer="tok", reuse="as-is")
    assert spec.load.synthetic.input.tokens == 512 and spec.load.synthetic.output.kind == "lognormal"
    assert Spec.model_validate(yaml.safe_load(resolved(spec))) == spec


@pytest.mark.parametrize(
    ("load", "says"),
    [
        ({"prompts": "a.jsonl", "synthetic": SYNTHETIC}, "`prompts` and `synthetic` exclude each other"),
        ({"reuse": "never"}, "'fresh' or 'as-is'"),
        ({"synthetic": {"input": {}}}, "nothing is no distribution"),
        ({"synthetic": {"input": {"mean": 5}}}, "`mean` is no distribution"),
        ({"synthetic": {"input": {"mean": 5, "sd": 1, "sigma": 1}}}, "`mean` and `sd` and `sigma` is no distribution"),
        ({"synthetic": {"input": {"mean": 5, "sd": 1, "min": 6}}}, "5 does not lie between `min` and `max`"),
        ({"synthetic": {"input": {"tokens": 5, "max": 6}}}, "`min` and `max` belong to a normal or lognormal"),
        ({"synthetic": {"input": {"tokens": 5, "column": "n"}}}, "`column` belongs to a `file`"),
        ({"synthetic": {"input": 5.5}}, "valid integer"),
        ({"synthetic": {"input": 0}}, "greater than or equal to 1"),
        ({"synthetic": {"input": True}}, "no meaning here"),
        ({"synthetic": {"input": 9, "prefix_share": 1.1}}, "less than or equal to 1"),
        ({"synthetic": {"input": 9, "prefix_groups": 2}}, "`prefix_groups` has no meaning without a `prefix_share`"),
        ({"synthetic": {"input": 9, "think_s": 2}}, "belong to conversations"),
    ],
)
def test_prompts_that_contradict_themselves_are_refused(load, says):
    with pytest.raises(ValidationError) as error:
        a_load(**load)
    assert says in str(error.value)


def test_an_editor_is_told_that_a_length_may_be_a_plain_number():
    forms = spec_schema()["$defs"]["Lengths"]["anyOf"]
    assert {"type": "integer", "minimum": 1} in forms and any("sigma" in form.get("properties", {}) for form in forms)
