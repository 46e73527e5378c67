"""Which nodes a cell is measured on; nowhere is modelled."""

import pytest

from ftbench.compare.place import place_of, placed
from ftbench.cost.local import Gpu, local_profile
from ftbench.cost.profiles import load_profile
from tests.compare.builder import CPU, plan

L4, SXM, PCIE = (load_profile(name) for name in ("l4", "a100-80-sxm", "a100-80-pcie"))


def test_without_a_cluster_only_this_machine_measures():
    found = placed([plan("fp32"), plan("fp32", "l4")], CPU, None)
    assert found[0].place.node_resource is None and "this machine" in found[0].place.note
    assert found[1].place is None


def test_a_profile_of_the_very_gpu_that_is_here_is_measured_not_modelled():
    here = local_profile(None, gpus=[Gpu("NVIDIA L4", 24 * 2**30, 72.0)])
    assert place_of(L4, [L4], here, None).node_resource is None
    assert place_of(SXM, [SXM], here, None) is None


def test_on_a_cluster_a_cell_is_bound_to_the_nodes_of_its_accelerator():
    cluster = {"CPU": 8.0, "GPU": 2.0, "accelerator_type:L4": 1.0, "node:10.0.0.7": 1.0}
    found = placed([plan("nf4", "l4"), plan("nf4")], CPU, cluster, "node:10.0.0.7")
    assert [p.spec.serving.node_resource for p in found] == ["accelerator_type:L4", "node:10.0.0.7"]


def test_rays_one_name_for_two_cards_decides_nothing():
    cluster = {"accelerator_type:A100": 2.0}
    assert place_of(SXM, [SXM, L4], CPU, cluster).node_resource == "accelerator_type:A100"
    assert place_of(SXM, [SXM, PCIE], CPU, cluster) is None and place_of(PCIE, [SXM, PCIE], CPU, cluster) is None
    assert place_of(SXM, [SXM, PCIE], CPU, {**cluster, "hardware:a100-80-sxm": 1.0}).node_resource == "hardware:a100-80-sxm"


@pytest.mark.parametrize("cluster", [{}, {"node:10.0.0.8": 1.0}])
def test_local_is_not_measured_on_a_cluster_that_this_machine_is_no_part_of(cluster):
    assert place_of(CPU, [CPU], CPU, cluster, None) is None
