"""The figures as one Markdown table a scenario."""

from typing import Any

HEADS = {
    "fast": (
        "150 requests/s x 128 tokens, ITL 5 ms: 19,000 events/s, open loop",
        ["requests/s", "TTFT p50", "TTFT p99", "ITL p50", "ITL p99"],
    ),
    "ceiling": (
        "256 streams at once, TTFT 5 ms, ITL 1 ms, 128 tokens: as many events as it can read",
        ["events/s", "TTFT p50", "TTFT p99"],
    ),
    "freeze": ("3 s freeze at 20 requests/s, evenly spaced; true is an ideal open-loop client's", ["TTFT p50", "TTFT p95", "TTFT p99"]),
    "chunks": ("20 requests/s x 64 tokens, 4 tokens a chunk, 10 ms a token", ["TTFT p50", "TPOT p50"]),
}


def cell(found: dict[str, Any], column: str) -> str:
    """Told (true), ms; an asterisk marks means of requests where gaps are meant."""
    if column in ("requests/s", "events/s"):
        return f"{found[column.replace('/', '_per_')]:,.0f}"
    metric, name = column.lower().split()
    told, true = found["told_ms"][metric].get(name), found["true_ms"][metric][name]
    mark = "*" if metric == "itl" and found["itl_is"] != "gaps" else ""
    return f"{'-' if told is None else f'{told:,.1f}'}{mark} ({true:,.1f})"


def table(scenario: str, rows: dict[str, dict[str, Any]]) -> list[str]:
    title, columns = HEADS[scenario]
    heads = ["tool", "n", "failed", *columns, "CPU per event", "server late p99", "its own verdict"]
    lines = [f"## {title}", "", "| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for tool, found in rows.items():
        if "failed" in found:
            reason = found["failed"].replace("|", "/").replace("\n", " ")
            lines.append(f"| {tool} | no figures: {reason} |" + " |" * (len(heads) - 2))
            continue
        cells = [tool, f"{found['n']}", f"{found['failed_requests']}", *(cell(found, column) for column in columns)]
        cells += [
            f"{found['cpu_us_per_event']:.1f} us",
            "as told" if scenario == "freeze" else f"{found['server_late_p99_ms']:.2f} ms",
            found["verdict"],
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def page(record: dict[str, Any]) -> str:
    """The whole page. `record` is what the JSON file holds."""
    env = record["environment"]
    lines = ["# ftbench beside its peers", "", f"{record['at']}; {env['cpu']}, {env['cores']} cores. {record['scheduling']}", ""]
    lines += [
        "Milliseconds; in brackets the truth of the same run by the server's own log. n counts what the tool says it sent; CPU is the",
        "processor time of all processes of the tool while the load went on. *: it has no gaps between events, so means of requests.",
        "",
    ]
    for scenario, rows in record["results"].items():
        lines += table(scenario, rows)
    lines += ["## Tools", "", *(f"- {name} {tool['version']}: {tool['note']}" for name, tool in record["tools"].items()), ""]
    return "\n".join(lines)
