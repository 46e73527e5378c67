"""The promise about the ceiling: more events a second, and less processor time for each, than any peer in the same run."""

from typing import Any


def overtaken_by(rows: dict[str, dict[str, Any]]) -> list[str]:
    """A sentence for each peer that is not behind ftbench; of one that has no figures nothing is known, and so nothing said.

    Args:
        rows: the ceiling's figures by tool.
    """
    ours = rows["ftbench"]
    if "failed" in ours:
        return [f"ftbench has no figures: {ours['failed']}"]
    said = []
    for tool, theirs in rows.items():
        if tool == "ftbench" or "failed" in theirs:
            continue
        if theirs["cpu_us_per_event"] <= ours["cpu_us_per_event"]:
            said.append(f"{tool} takes {theirs['cpu_us_per_event']:.1f} us an event, ftbench {ours['cpu_us_per_event']:.1f}")
        if theirs["events_per_s"] >= ours["events_per_s"]:
            said.append(f"{tool} reads {theirs['events_per_s']:,.0f} events/s, ftbench {ours['events_per_s']:,.0f}")
    return said
