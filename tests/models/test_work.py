from dataclasses import replace

import pytest

from ftbench.errors import NoData
from ftbench.models import model_shape
from ftbench.models.work import work_of
from tests.conftest import make_tiny_model


def test_input_embedding_of_its_own_is_told_from_a_tied_one(tmp_path):
    """Two layers of 64 wide, 16 a head: counting a table that is only looked up would make the roofline slower than a real step."""
    apart, tied = (model_shape(make_tiny_model(tmp_path / str(tie), tie=tie)) for tie in (False, True))
    assert apart.lookup_parameters == apart.vocabulary * 64 and tied.lookup_parameters == 0
    assert apart.parameters - tied.parameters == apart.lookup_parameters


def test_work_of_a_real_shape_reads_what_the_layers_hold(tiny_model_folder):
    shape = model_shape(tiny_model_folder)
    work = work_of(shape, "fp32", "float32")
    assert work.weight_bytes == 4 * work.parameters and work.read_bytes == 4 * (shape.parameters - shape.lookup_parameters)
    assert (work.compute_dtype, work.layers, work.attention_width, work.kv_bytes_per_token) == ("fp32", 2, 64, 2 * 2 * 2 * 16 * 4)
    assert work_of(shape, "nf4", "float32").weight_bytes < work.weight_bytes


def test_shape_without_heads_is_not_given_some(tiny_model_folder):
    with pytest.raises(NoData, match="query heads"):
        work_of(replace(model_shape(tiny_model_folder), heads=None), "fp32", "float32")
