"""What wins and losses must look like: the win rate, the client's own task, and no category that is always lost."""

from collections.abc import Iterable, Mapping, Sequence

from ftbench.checks.ab_picks import Outcome
from ftbench.checks.criteria import no_data
from ftbench.checks.result import Criterion
from ftbench.quality.cases import Case
from ftbench.spec.ab_comparison import AbComparison
from ftbench.spec.checks import Evidence
from ftbench.stats import failure_bound, holm, sign_test
from ftbench.stats.passing import more_until
from ftbench.stats.win_rate import Ties, WinRate, win_rate

RATE = "comparisons won"
TASK = "chance of so many wins on the client's own task if both were equally good"
LOST = "categories consistently lost"
RULES: dict[Ties, str] = {"of_all": "of all", "half": "with ties as half a win", "excluded": "without ties"}
Outcomes = Mapping[str, Outcome]


def enough_wins(outcomes: Outcomes, section: AbComparison, evidence: Evidence) -> Criterion:
    """The win rate under the contract's rule for ties; the other two rules stand in the note."""
    if len(outcomes) < section.min_cases or not outcomes:
        return no_data(RATE, ">=", section.win_rate, "rate", len(outcomes), section.min_cases)
    wins, losses, ties = counts(outcomes)
    by = {rule: win_rate(wins, losses, ties, rule, confidence=evidence.confidence) for rule in RULES}
    judged = by[section.ties]
    passed = judged.n > 0 and judged.rate >= section.win_rate - 1e-9
    proven, refuted = judged.low >= section.win_rate, judged.high < section.win_rate

    def proves(more: int) -> bool:
        return win_rate(wins + more, losses, ties, section.ties, confidence=evidence.confidence).low >= section.win_rate

    return Criterion(
        name=RATE,
        operator=">=",
        threshold=section.win_rate,
        observed=judged.rate,
        unit="rate",
        n=judged.n,
        ci=(judged.low, judged.high),
        status="PASS" if passed else "FAIL",
        evidence="PROVEN" if proven else "REFUTED" if refuted else "INCONCLUSIVE",
        note=f"{wins} won, {losses} lost, {ties} ties; judged {RULES[section.ties]}; {_others(by, section.ties)}",
        failures=[case for case, outcome in outcomes.items() if outcome == "loss"],
        more_cases=more_until(proves) if passed and not proven else None,
    )


def better_at_the_task(outcomes: Outcomes, cases: Sequence[Case], section: AbComparison, evidence: Evidence) -> Criterion:
    """More wins than losses in the key categories than chance gives: a one-sided sign test."""
    limit = 1 - evidence.confidence
    ours = {c.id: outcomes[c.id] for c in cases if not section.key_categories or c.category in section.key_categories}
    if len(outcomes) < section.min_cases or not ours:
        return no_data(TASK, "<", limit, "", len(outcomes), section.min_cases)
    wins, losses, _ = counts(ours)
    p, opposite = sign_test(wins, losses), sign_test(losses, wins)
    return Criterion(
        name=TASK,
        operator="<",
        threshold=round(limit, 9),
        observed=p,
        unit="",
        n=len(ours),
        ci=None,
        status="PASS" if p < limit else "FAIL",
        evidence="PROVEN" if p < limit else "REFUTED" if opposite < limit else "INCONCLUSIVE",
        note=f"{wins} won and {losses} lost of {len(ours)} in {', '.join(section.key_categories) or 'all categories'} (sign test)",
        failures=[case for case, outcome in ours.items() if outcome == "loss"],
    )


def no_category_lost(outcomes: Outcomes, cases: Sequence[Case], section: AbComparison, evidence: Evidence) -> Criterion:
    """No category is lost more often than won beyond chance (sign test, Holm over the categories).

    Proven when in every category, none being too small to judge, the exact upper bound of the share lost of what was decided is at most
    half.
    """
    by: dict[str, dict[str, Outcome]] = {}
    for case in cases:
        by.setdefault(case.category or "uncategorised", {})[case.id] = outcomes[case.id]
    judged = {name: found for name, found in by.items() if len(found) >= section.category_min}
    small = [f"{name} ({len(found)})" for name, found in by.items() if name not in judged]
    if len(outcomes) < section.min_cases:
        return no_data(LOST, "==", 0, "count", len(outcomes), section.min_cases)
    if not judged:
        largest = max(map(len, by.values()), default=0)
        found = no_data(LOST, "==", 0, "count", largest, section.category_min)
        return found.model_copy(update={"note": f"no category is large enough to judge, the largest has {found.note}"})
    told = {name: counts(found) for name, found in judged.items()}
    adjusted = holm([sign_test(losses, wins) for wins, losses, _ in told.values()])
    lost = [name for name, p in zip(told, adjusted, strict=True) if p < 1 - evidence.confidence]
    safe = all(_never_behind(wins, losses, evidence.confidence) for wins, losses, _ in told.values())
    notes = [", ".join(f"{name} {wins} won, {losses} lost, {ties} ties" for name, (wins, losses, ties) in told.items())]
    if lost:
        notes.insert(0, f"lost: {', '.join(lost)}")
    if small:
        notes.append(f"not judged, with fewer than {section.category_min} cases: {', '.join(small)}")
    return Criterion(
        name=LOST,
        operator="==",
        threshold=0,
        observed=len(lost),
        unit="count",
        n=len(judged),
        ci=None,
        status="FAIL" if lost else "PASS",
        evidence="REFUTED" if lost else "PROVEN" if safe and not small else "INCONCLUSIVE",
        note="; ".join(notes),
        failures=[case for name in lost for case, outcome in judged[name].items() if outcome == "loss"],
        more_cases=None if lost or (safe and not small) else _wins_missing(by.values(), section.category_min, evidence.confidence),
    )


def counts(outcomes: Outcomes) -> tuple[int, int, int]:
    """(wins, losses, ties)"""
    said = list(outcomes.values())
    return said.count("win"), said.count("loss"), said.count("tie")


def _others(by: Mapping[Ties, WinRate], rule: Ties) -> str:
    return ", ".join(f"{found.rate:.1%} {RULES[other]}" for other, found in by.items() if other != rule)


def _wins_missing(categories: Iterable[Outcomes], least: int, confidence: float) -> int | None:
    """How many more wins would show every category not to be lost; None where that would be without end."""
    missing = 0
    for wins, losses, ties in map(counts, categories):
        short = max(0, least - wins - losses - ties)
        if not short and _never_behind(wins, losses, confidence):
            continue
        more = more_until(lambda m, won=wins, lost=losses: _never_behind(won + m, lost, confidence))
        if more is None:
            return None
        missing += max(short, more)
    return missing


def _never_behind(wins: int, losses: int, confidence: float) -> bool:
    return wins + losses > 0 and failure_bound(losses, wins + losses, confidence=confidence) <= 0.5
