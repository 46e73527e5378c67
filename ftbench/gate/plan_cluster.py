"""The one Ray cluster of a plan: its measurement and its verification share it."""

from collections.abc import Callable
from contextlib import ExitStack

from ftbench.progress import Screen

Up = Callable[[str | None], None]
"""Ray is up from now on, at an address or (None) on this machine."""


def one_cluster(stack: ExitStack, screen: Screen) -> Up:
    """What starts Ray when it is first asked to, and ends it with `stack`, together with all that was started until then.

    A second cluster in one process would not do: Serve keeps the ports and files of HAProxy that it read when it was imported.
    """
    from ftbench.processes import no_survivors

    stack.enter_context(no_survivors())
    started: list[str | None] = []

    def up(address: str | None) -> None:
        if started:
            return
        from ftbench.serving.cluster import cluster

        started.append(address)
        with screen.step("Starting Ray"):
            stack.enter_context(cluster(address))

    return up
