"""All groups of edge cases from one list of inputs."""

import random
from collections.abc import Callable, Sequence

from ftbench.errors import InputError
from ftbench.quality.cases import Case
from ftbench.quality.edge.adversarial import adversarial
from ftbench.quality.edge.boundary import boundary
from ftbench.quality.edge.contradictory import contradictory
from ftbench.quality.edge.empty import empty
from ftbench.quality.edge.made import Made
from ftbench.quality.edge.out_of_scope import out_of_scope
from ftbench.quality.edge.overlong import overlong
from ftbench.quality.edge.wrong_language import wrong_language


def edge_cases(inputs: Sequence[str], *, system_prompt: str | None = None, per_group: int = 5, seed: int = 0) -> list[Case]:
    """`per_group` cases of each group, all with the tag `generated`. The same arguments give the same cases.

    Raises:
        InputError: no input with a text in it, fewer than one a group, or too few inputs for so many different cases.
    """
    said = [text for text in inputs if text.strip()]
    own = list(dict.fromkeys(said))
    if not own:
        raise InputError("There is no input with a text in it to make edge cases from.")
    if per_group < 1:
        raise InputError(f"{per_group} edge cases a group is none. Ask for at least one (--per-group).")
    groups: dict[str, Callable[..., list[Made]]] = {
        "empty": empty,
        "overlong": overlong,
        "out_of_scope": out_of_scope,
        "adversarial": lambda own, n, rng: adversarial(own, n, rng, system_prompt),
        "boundary": boundary,
        "wrong_language": wrong_language,
        "contradictory": contradictory,
    }
    found: list[Case] = []
    for group, make in groups.items():
        rng = random.Random(f"{seed}/{group}")  # a group's cases stay the same when another group changes
        given = said if group == "overlong" else own  # its median is that of all inputs, as the check's is
        for number, made in enumerate(make(given, per_group, rng), 1):
            tags = ["generated", made.how]
            found.append(Case(id=f"{group}-{number:02d}", prompt=made.prompt, group=group, tags=tags, note=made.note))
    return found
