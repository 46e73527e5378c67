"""What `ftbench compare` prints when it has ended: what to take, the cells, and what each variant costs in quality."""

import re
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ftbench.compare.file import CompareFile
from ftbench.report import compare_words as words
from ftbench.report import human
from ftbench.report.clean import showable
from ftbench.report.compare_tables import matrix_table

COLOUR = {"PASS": "green", "FAIL": "red", "NEEDS_REVIEW": "yellow", "SKIPPED": "dim"}
SHOWN = ("Contract", "TTFT", "TPOT", "Tokens/s", "Capacity")  # beside cost and quality; a terminal is narrow
MARK = {"recommended": "green", "ranked": "", "no": "dim", "open": "yellow"}


def compare_lines(file: CompareFile, folder: Path | None = None) -> Group:
    """The comparison for a rich console; plain text where the output is no terminal. Its texts are never read as rich markup.

    Args:
        folder: where compare.html lies, for the last line.
    """
    file = showable(file)
    parts: list[RenderableType] = [_verdict(file), Text(), _cells(file)]
    parts += [Text(f"{cells}: {human.clip(reason, 300)}", "dim") for cells, reason in words.against(file)]
    if file.quality:
        parts += [Text(), *[Text(f"{variant} {told}", "bold red") for variant, told in words.losses(file)], _quality(file)]
    if file.calibration:
        parts += [Text(), Text("The model of what was not measured, where it can be checked:", "bold")]
        parts += [Text(f"  {c.against}: {words.calibration_line(c)}") for c in file.calibration]
    if folder is not None:
        parts += [Text(), Text.assemble("Report: ", (str(folder / "compare.html"), "bold"))]
    return Group(*parts)


def _verdict(file: CompareFile) -> Text:
    text = Text.assemble((words.headline(file).upper(), f"bold {COLOUR[words.tone(file)]}"), "\n", words.sentence(file))
    for reason in file.recommendation.reasons if file.recommendation else []:
        text.append(f"\n  - {human.clip(reason, 400)}")
    text.append(f"\n{words.model_line(file)}. Promised: {words.promise(file)}. Reference: {file.reference}.", "dim")
    return text


def _cells(file: CompareFile) -> Table:
    table = matrix_table(file)
    shown = [i for i, column in enumerate(table.columns) if column in SHOWN or i >= table.columns.index("Capacity")]
    most = max((p.batch for cell in file.cells for p in cell.batches), default=1)
    title = f"Cells: one request at once, under it {most} at once; cost in {table.unit}, replicas under it; ≈ modelled, all else measured"
    found = _table(title, ["#", "Cell"])
    for i in shown:
        found.add_column(table.columns[i], overflow="fold")
    for group in table.groups:
        for line in group.lines:
            texts = [
                Text.assemble(e.text, (f" {e.flag}", "bold green" if e.flag == "take" else "bold red") if e.flag else "", _small(e))
                for i in shown
                for e in [line.entries[i]]
            ]
            found.add_row(Text(str(line.number)), Text(line.id, MARK[line.mark]), *texts)
    return found


def _small(entry) -> tuple[str, str]:
    """Beneath it, without what the title says."""
    if not entry.small:
        return ("", "")
    return ("\n" + re.sub(r" at \d+$| of \d+$| replicas?$", "", entry.small), "dim")


def _quality(file: CompareFile) -> Table:
    found = _table("Quality, measured on the same cases", ["Variant"])
    for name in ("Test", "Right", "Difference, points", "Lost, gained", "p, adjusted", "Word", "Broken", "KL, nats", "Top 1"):
        found.add_column(name, overflow="fold")
    for q in file.quality:
        tested = words.tested(q)
        for k, (check, rate) in enumerate(q.rates.items()):
            d, own = tested.get(check), k == 0
            told = [human.MISSING] * 3
            if d is not None:
                told = [
                    f"{words.points(d.difference)} ({words.points_range(d.interval)})",
                    f"{d.lost}, {d.gained}",
                    words.chance(d.p_adjusted),
                ]
            word = "reference" if q.is_reference else d.word if d else human.MISSING
            likely = q.likelihood
            facts = [
                human.percent(q.degenerate.value) if own and q.degenerate else "",
                words.nats(likely.kl.value) if own and likely else "",
                human.percent(likely.top1_agreement.value) if own and likely else "",
            ]
            style = "bold red" if word == "worse" else ""
            cells = [Text(check), Text(words.share(rate)), *[Text(t, style) for t in told], Text(word, style), *map(Text, facts)]
            found.add_row(Text(q.variant if own else "", "bold"), *cells)
    return found


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=column in ("#", "Cell"), overflow="fold")
    return table
