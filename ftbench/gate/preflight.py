"""Everything that can be wrong with the input is found here, before a byte is downloaded and before a process is started."""

from typing import NamedTuple

from ftbench.checks.base import Check
from ftbench.checks.registry import CHECKS
from ftbench.cost.profiles import profile_of
from ftbench.errors import InputError
from ftbench.quality.cases import TestSet, read_test_set
from ftbench.spec import Profile, Spec


class Ready(NamedTuple):
    """A spec whose files were all read. `test_sets` by check id; `prompts` are the conversations that the load run sends."""

    spec: Spec
    profile: Profile
    test_sets: dict[str, TestSet]
    prompts: list[list[dict[str, str]]]
    checks: list[Check]


def prepare(spec: Spec) -> Ready:
    """Read what the spec names and refuse what cannot work.

    Raises:
        InputError: the first thing that is wrong, in one sentence.
    """
    for name in spec.skip:
        if getattr(spec.tests, name, None) is not None:
            raise InputError(f"skip.{name}: the spec also has tests.{name}. Remove one of the two.")
    profile = profile_of(spec)
    if spec.cost.currency != profile.prices[0].currency:
        raise InputError(
            f"cost.currency is {spec.cost.currency}, but the price of hardware {profile.id} is in {profile.prices[0].currency}. "
            "Write the budget in that currency, or a profile file with a price in yours."
        )
    if spec.model is not None:
        refuse_impossible_model(spec)
    test_sets = {}
    for check in CHECKS:
        if check.section(spec) is not None and (found := check.requests(spec)) is not None:
            test_sets[check.id] = found
    return Ready(spec, profile, test_sets, _prompts(spec, test_sets), CHECKS)


def system_prompt(spec: Spec, check: str) -> str | None:
    """The system prompt of one check's cases: the section's own, else the spec's."""
    section = getattr(spec.tests, check, None)
    return getattr(section, "system_prompt", None) or spec.system_prompt


def _prompts(spec: Spec, test_sets: dict[str, TestSet]) -> list[list[dict[str, str]]]:
    if spec.load.prompts is not None:
        return [case.chat(spec.system_prompt) for case in read_test_set("load", spec.path(spec.load.prompts)).cases]
    prompts = [case.chat(system_prompt(spec, check)) for check, found in test_sets.items() for case in found.cases]
    if not prompts:
        raise InputError("There is nothing to send: the spec has neither load.prompts nor a test set with cases.")
    return prompts


def refuse_impossible_model(spec: Spec) -> None:
    """Raises InputError for a model, adapter or variant that this machine cannot run; looks at files and devices, loads nothing."""
    from ftbench.models.adapter import check_adapter_folder
    from ftbench.models.device import check_gpus, local_device
    from ftbench.models.source import checked, classify
    from ftbench.models.variants import check_variant

    model, serving = spec.model, spec.serving
    if serving.ray_address is None:  # on a cluster only the node that loads the model knows its device
        device = local_device()
        check_variant(model.variant, device)
        if serving.gpus_per_replica:
            check_gpus(device, serving.gpus_per_replica, serving.replicas)
    kind, folder = classify(model.path, spec.folder)
    if kind == "folder":
        checked(folder, model, "folder", model.name or folder.name)
    if model.adapter:
        check_adapter_folder(spec.path(model.adapter), allow_pickle=model.allow_pickle)
