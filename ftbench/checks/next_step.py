"""What to do about a criterion, in a sentence or two."""

from ftbench.checks.result import Criterion

LET_PEOPLE_DECIDE = (
    "Let people decide: fill in review/queue.csv of this run, bring it back with `ftbench import-ratings`, then `ftbench gate --resume`. "
    "No model is run again."
)


def next_step(criterion: Criterion, fail_action: str) -> str:
    """Empty for what is proven, and for what the contract does not ask for. `fail_action` is the test's."""
    more = criterion.more_cases
    match criterion.status:
        case "FAIL":
            return fail_action
        case "NEEDS_REVIEW":
            waiting = criterion.failures and criterion.observed is None  # what was observed waits for another word: a budget, a signature
            return LET_PEOPLE_DECIDE if waiting else f"A person must decide: {criterion.note}"
        case "INVALID":
            return f"Add at least {more} cases." if more else f"Mend this and run it again: {criterion.note}"
        case "PASS" if criterion.evidence != "PROVEN":
            if more:
                return f"Nothing must be done. About {more} more like these, none of them failing, would prove it."
            return "Nothing must be done. More cases of the same kind would not prove it."
    return ""
