"""What a scenario hands back: its checks, each with its target, and figures for the record."""

from typing import Any, NamedTuple


class Check(NamedTuple):
    """One target. `found` and `target` are printed as they stand, units included."""

    name: str
    found: str
    target: str
    ok: bool


class Result(NamedTuple):
    scenario: str
    checks: list[Check]
    notes: list[str] = []
    figures: dict[str, Any] = {}

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(check.ok for check in self.checks)

    def lines(self) -> list[str]:
        width = max((len(check.name) for check in self.checks), default=0)
        marked = (("  " if check.ok else "X ", check) for check in self.checks)
        return [
            f"{self.scenario}: {'ok' if self.ok else 'MISSED'}",
            *(f"  {mark}{check.name:<{width}}  {check.found}  (target: {check.target})" for mark, check in marked),
            *(f"    {note}" for note in self.notes),
        ]


def near(name: str, reported_s: float | None, true_s: float, allowed_s: float) -> Check:
    """A latency that must lie within `allowed_s` of the truth."""
    target = f"within {allowed_s * 1e3:.3f} ms of the true {true_s * 1e3:.3f} ms"
    if reported_s is None:
        return Check(name, "no value", target, False)
    return Check(name, f"{reported_s * 1e3:.3f} ms, {(reported_s - true_s) * 1e3:+.3f} ms", target, abs(reported_s - true_s) <= allowed_s)


def at_most(name: str, found: float, limit: float, unit: str) -> Check:
    return Check(name, f"{found:,.4g} {unit}", f"at most {limit:,.4g} {unit}", found <= limit)


def at_least(name: str, found: float, limit: float, unit: str) -> Check:
    return Check(name, f"{found:,.0f} {unit}", f"at least {limit:,.0f} {unit}", found >= limit)


def equal(name: str, found: object, expected: object) -> Check:
    return Check(name, str(found), str(expected), found == expected)
