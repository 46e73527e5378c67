"""Which nodes at hand are the device of a profile: only there can its cells be measured."""

from collections.abc import Iterable, Mapping

from ftbench.compare.cells import CellPlan, Place
from ftbench.cost.local import LOCAL
from ftbench.cost.profiles import same_device
from ftbench.spec import Profile


def placed(plans: Iterable[CellPlan], here: Profile, cluster: Mapping[str, float] | None, own_node: str | None = None) -> list[CellPlan]:
    """The cells with their places, and with `serving.node_resource` where a place is a part of a cluster.

    Args:
        here: this machine, as `local_profile` describes it.
        cluster: resources of the user's Ray cluster by name; None where there is none and this machine is all there is.
        own_node: Ray's own resource of the node that this process runs on, such as node:10.0.0.7; None where it is not in the cluster.
    """
    plans = list(plans)
    profiles = list({plan.profile.id: plan.profile for plan in plans}.values())
    found = []
    for plan in plans:
        place = place_of(plan.profile, profiles, here, cluster, own_node)
        if place is not None and place.node_resource is not None:
            serving = plan.spec.serving.model_copy(update={"node_resource": place.node_resource})
            plan = plan._replace(spec=plan.spec.but(serving=serving))
        found.append(plan._replace(place=place))
    return found


def place_of(
    profile: Profile, compared: list[Profile], here: Profile, cluster: Mapping[str, float] | None, own_node: str | None = None
) -> Place | None:
    """Where one profile can be measured; None: nowhere.

    On a cluster a node says what it is by a custom resource `hardware:<profile id>`, which is believed, or by Ray's own
    `accelerator_type:<name>`. Ray has one name for SXM and PCIe cards and for all memory sizes, so where two compared profiles share
    it the name decides nothing, and only the custom resource does.
    """
    if cluster is None:
        if profile.id == LOCAL:
            return Place(None, f"this machine, {here.name}")
        return Place(None, f"this machine, which has such a device ({here.name})") if _is_here(profile, here) else None
    own = f"hardware:{profile.id}"
    if cluster.get(own, 0) > 0:
        return Place(own, f"nodes of the cluster with the resource {own}")
    if profile.id == LOCAL:
        return Place(own_node, f"this machine as a node of the cluster, {here.name}") if own_node and own_node in cluster else None
    kind = profile.accelerator_type and f"accelerator_type:{profile.accelerator_type}"
    alike = [other.id for other in compared if other.accelerator_type == profile.accelerator_type and other.id != LOCAL]
    if kind and cluster.get(kind, 0) > 0 and alike == [profile.id]:
        return Place(kind, f"nodes of the cluster with {kind}, taken as {profile.name}: Ray's name tells neither form factor nor memory")
    return None


def _is_here(profile: Profile, here: Profile) -> bool:
    return profile.kind == "gpu" and here.kind == "gpu" and same_device(here, profile)
