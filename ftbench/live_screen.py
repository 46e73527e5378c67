"""A load run while it lasts: a small panel on a terminal, a plain line every few seconds elsewhere."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live as Redrawn
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ftbench.load.live import Live
from ftbench.progress import Screen, Step
from ftbench.report import human

REDRAW_EVERY_S = 0.25
WIDTH = 84


@contextmanager
def traffic(screen: Screen, title: str) -> Iterator[Callable[[Live], None]]:
    """Show one load run. What is yielded takes each `Live`, as often as one likes; screen.log gets the plain lines in either case."""
    live_here = screen.is_live
    lines = Step(title, None, Console(quiet=True) if live_here else screen.console, screen.log)
    last = Live(0.0, 0.0)
    drawn_at = 0.0

    def tell(now: Live) -> None:
        nonlocal last, drawn_at
        last = now
        left_s = max(0.0, now.total_s - now.elapsed_s)  # the processes took their time to start, so the pace would say more
        lines.update(min(now.elapsed_s, now.total_s), now.total_s, line(now), left_s=left_s)
        if shown is not None and time.monotonic() - drawn_at >= REDRAW_EVERY_S:
            drawn_at = time.monotonic()
            shown.update(panel(title, now), refresh=True)

    shown = Redrawn(panel(title, None), console=screen.console, auto_refresh=False, transient=True) if live_here else None
    if shown is None:
        yield tell
    else:
        with shown:
            shown.refresh()
            yield tell
    counts = f"{last.sent:,} sent, {last.errors:,} failed"
    if shown is not None:
        screen.console.print(f"✓ {title}, {counts}", markup=False, highlight=False)
    lines.end(counts)


def line(live: Live) -> str:
    """`live` on one line: "127 sent, 3 in flight, 0 failed, 4.98 /s of 5 /s, TTFT p50 118 ms p99 240 ms, ...". Doubts stand at its end."""
    parts = [f"{live.sent:,} sent, {live.in_flight:,} in flight, {live.errors:,} failed"]
    if live.requested_rate is not None:
        parts.append(f"{human.rate(live.achieved_rate)} of {human.rate(live.requested_rate)}")
    for name, p50, p99 in _latencies(live):
        if p50 is not None:
            parts.append(f"{name} p50 {human.duration(p50)} p99 {human.duration(p99)}")
    if live.send_lag_p99_s is not None:
        parts.append(f"send lag p99 {human.duration(live.send_lag_p99_s)}")
    waiting = "waiting for the last answers, " if live.total_s and live.elapsed_s > live.total_s else ""
    doubts = "".join(f"; DOUBT: {doubt}" for doubt in live.doubts)
    return waiting + ", ".join(parts) + doubts


def panel(title: str, live: Live | None) -> RenderableType:
    """The panel for a terminal; None before the first request could be sent. Texts are never read as rich markup."""
    if live is None:
        return Panel(Text("Starting the load processes ..."), title=Text(title), title_align="left", width=WIDTH)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    failed = f", {live.errors:,} failed"
    requests = Text(f"{live.sent:,} sent, {live.in_flight:,} in flight, {live.done:,} answered")
    rows.add_row("Requests", requests.append(failed, "bold red" if live.errors else ""))
    if live.requested_rate is not None:
        rows.add_row("Rate", f"{human.rate(live.achieved_rate)} sent, {human.rate(live.requested_rate)} requested")
    for name, p50, p99 in _latencies(live):
        rows.add_row(name, f"p50 {human.duration(p50):<10} p99 {human.duration(p99)}" if p50 is not None else "no answer yet")
    rows.add_row("Load client", f"send lag p99 {human.duration(live.send_lag_p99_s)}, CPU {human.percent(live.client_cpu)} of a core")
    for doubt in live.doubts:
        rows.add_row(Text("In doubt", "yellow"), Text(doubt, "yellow"))
    if not live.doubts:
        rows.add_row("Measurement", Text("nothing against it so far", "green"))
    return Panel(Group(_bar(live), rows), title=Text(title), title_align="left", width=WIDTH)


def _bar(live: Live) -> Table:
    left_s = math.ceil(live.total_s - live.elapsed_s)
    says = f"{human.duration(left_s)} left" if left_s > 0 else "waiting for the last answers"
    bar = Table.grid(padding=(0, 2))
    bar.add_row(ProgressBar(total=live.total_s or 1.0, completed=min(live.elapsed_s, live.total_s), width=48), Text(says))
    return bar


def _latencies(live: Live) -> list[tuple[str, float | None, float | None]]:
    return [("TTFT", live.ttft_p50_s, live.ttft_p99_s), ("E2E", live.e2e_p50_s, live.e2e_p99_s)]
