"""Where a training stands, on disk: a run that was killed goes on from its last epoch and ends with the same weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Settings = dict[str, Any]


def save_state(
    path: Path, trained: "list[torch.nn.Parameter]", optimizer: "torch.optim.Optimizer", settings: Settings, so_far: dict[str, Any]
) -> None:
    """Writes `path` whole or not at all. `settings` are what the run was started with, `so_far` what it has found; both plain data."""
    import torch

    state = {"settings": settings, "so_far": so_far, "trained": [p.data for p in trained], "optimizer": optimizer.state_dict()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    unfinished.replace(path)


def load_state(
    path: Path, trained: "list[torch.nn.Parameter]", optimizer: "torch.optim.Optimizer", settings: Settings
) -> dict[str, Any] | None:
    """Puts the state in `path` into `trained` and `optimizer` and returns its `so_far`; None if there is none of the same `settings`."""
    import torch

    if not path.is_file():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["settings"] != settings:
        return None
    for parameter, values in zip(trained, state["trained"], strict=True):
        parameter.data.copy_(values)
    optimizer.load_state_dict(state["optimizer"])
    return state["so_far"]
