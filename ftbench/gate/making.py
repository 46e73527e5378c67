"""The prompts of a run are made, and a person sees how far that is."""

from ftbench.load import LoadPlan
from ftbench.load.workload import Source, furnish
from ftbench.progress import Screen


def furnished(plan: LoadPlan, source: Source, screen: Screen | None = None) -> LoadPlan:
    """As `furnish`; shown where it takes more than a moment, which is where prompts are made up."""
    if source.prompts is not None or source.tokenizer is None:
        return furnish(plan, source)
    with (screen or Screen()).step("Making the prompts") as step:
        return furnish(plan, source, lambda done, total: step.update(done, total, f"{done:,} of {total:,}"))
