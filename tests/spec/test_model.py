"""What a Spec itself refuses and remembers."""

import pytest
from pydantic import ValidationError

from ftbench.spec import Spec

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
