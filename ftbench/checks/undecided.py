"""A criterion over cases of which some wait for a person."""

from collections.abc import Callable, Mapping

from ftbench.checks.criteria import to_review
from ftbench.checks.result import Criterion


def while_undecided(build: Callable[[dict[str, bool]], Criterion], outcomes: Mapping[str, bool | None], *, good: bool = True) -> Criterion:
    """What `build` says of `outcomes`, as soon as those that are None cannot change it; NEEDS_REVIEW before.

    The undecided are taken for `good` once and for its opposite once. Where both end in the same status, that is the verdict: counted for
    the model where it fails anyhow, against it where it passes anyhow. The case ids of a criterion that waits are those to be decided.
    """
    waiting = [case for case, outcome in outcomes.items() if outcome is None]
    best = build({case: good if outcome is None else outcome for case, outcome in outcomes.items()})
    if not waiting:
        return best
    worst = build({case: not good if outcome is None else outcome for case, outcome in outcomes.items()})
    if best.status != worst.status:
        note = f"{len(waiting)} of {len(outcomes)} answers wait for a person; `ftbench import-ratings` brings the word back"
        waits = to_review(best.name, best.operator, best.threshold, best.unit, len(outcomes) - len(waiting), note)
        return waits.model_copy(update={"failures": waiting})
    found = worst if worst.status == "PASS" else best
    side = "against" if found is worst else "for"
    note = f"{len(waiting)} undecided answers, counted {side} the model, cannot change this"
    return found.model_copy(update={"note": "; ".join(filter(None, [found.note, note])), "failures": best.failures})
