"""A profile file of the user's becomes one that is found by its id from every folder."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from ftbench.cost.profile_doubts import all_notes
from ftbench.cost.profiles import profile_ids, read_profile, shipped_ids
from ftbench.cost.user_profiles import keep_profile, user_profile_file
from ftbench.errors import InputError
from ftbench.spec import Profile


class Added(NamedTuple):
    """`notes`: what is doubtful about it; it is added all the same, and every report repeats them."""

    profile: Profile
    file: Path
    notes: list[str]


def add_profile(source: Path, today: date, *, replace: bool = False) -> Added:
    """Check the profile in `source` and keep a copy, comments included.

    Args:
        replace: take the place of a profile with the same id; a shipped one is hidden by it, not lost.
    Raises:
        InputError: no such file, it breaks the schema, or its id is taken.
    """
    source = source.expanduser()
    if not source.is_file():
        raise InputError(f"{source} is no file. Give a YAML file with one profile, such as `ftbench hardware show l4 --yaml` prints.")
    profile = read_profile(source)
    if profile.id in profile_ids() and not replace:
        own = user_profile_file(profile.id)
        whose = f"yours already, in {own}" if own else "one of the shipped profiles" if profile.id in shipped_ids() else "taken"
        raise InputError(f"{source}: the id {profile.id} is {whose}. Give the profile another id, or add it with --replace.")
    file = keep_profile(source.read_text(encoding="utf-8"), profile.id)
    return Added(profile, file, all_notes(profile, today))
