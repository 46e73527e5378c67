"""The comparison as GitHub-flavoured Markdown, short enough for a pull request comment."""

from ftbench.compare.file import CompareFile
from ftbench.report import compare_words as words
from ftbench.report import human
from ftbench.report.clean import showable
from ftbench.report.compare_tables import cell_notes, matrix_table
from ftbench.report.markdown import plain

MOST_NOTES = 30


def render_compare_markdown(file: CompareFile) -> str:
    """Recommendation, a row a cell, quality with its tested differences, calibration. Never raises on a CompareFile."""
    file = showable(file)
    blocks = [_top(file), _cells(file), _quality(file), _calibration(file), _notes(file), _foot(file)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _top(file: CompareFile) -> str:
    lines = [f"## {plain(words.headline(file))}: comparison of {plain(file.name)}", "", plain(words.sentence(file), 1500)]
    if file.recommendation and file.recommendation.reasons:
        lines += ["", *[f"- {plain(reason, 800)}" for reason in file.recommendation.reasons]]
    lines += ["", f"{plain(words.model_line(file))}. Promised: {plain(words.promise(file))}. Reference: {plain(file.reference)}."]
    return "\n".join(lines)


def _cells(file: CompareFile) -> str:
    table = matrix_table(file)
    rows = []
    for group in table.groups:
        for line in group.lines:
            named = f"**{plain(line.name)}**{f' {plain(line.small)}' if line.small else ''}"
            fields = [_entry(entry) for entry in line.entries]
            rows.append([str(line.number), named, plain(group.title, 60), group.basis, *fields])
    head = ["#", "Variant", "Hardware", "Basis", *[plain(column) for column in table.columns]]
    said = "Times and tokens: one request at once, and behind it the most that were tried. "
    said += f"Cost in {plain(table.unit)}. ≈: modelled; all else in a row was measured there."
    why = [f"- **{cells}**: {plain(reason, 600)}" for cells, reason in words.against(file)]
    return "\n".join(["### Cells", "", _table(head, rows), "", said, *(["", "Not met, or open:", "", *why] if why else [])])


def _entry(entry) -> str:
    flag = f" **{plain(entry.flag)}**" if entry.flag else ""
    return f"{plain(entry.text)}{flag}{f' ({plain(entry.small)})' if entry.small else ''}"


def _quality(file: CompareFile) -> str:
    if not file.quality:
        return ""
    rows = []
    for q in file.quality:
        tested = words.tested(q)
        for check, rate in q.rates.items():
            d = tested.get(check)
            word = "reference" if q.is_reference else human.MISSING if d is None else f"**{d.word}**" if d.word == "worse" else d.word
            told = [human.MISSING] * 3
            if d is not None:
                told = [
                    f"{words.points(d.difference)} ({words.points_range(d.interval)})",
                    f"{d.lost}, {d.gained}",
                    words.chance(d.p_adjusted),
                ]
            rows.append([plain(q.variant), plain(check), words.share(rate), *[plain(t) for t in told], word])
    head = ["Variant", "Test", "Right", "Difference, points", "Lost, gained", "p, adjusted", "Word"]
    alerts = [f"> **{plain(variant)}** {plain(told, 800)}" for variant, told in words.losses(file)]
    more = [[plain(q.variant), *[plain(text) for text in _more(q)]] for q in file.quality]
    further = _table(["Variant", "Broken answers", "Same answer", "KL, nats", "Top 1", "Perplexity"], more)
    return "\n".join(["### Quality (measured)", *(["", *alerts] if alerts else []), "", _table(head, rows), "", further])


def _more(q) -> list[str]:
    found = q.likelihood
    perplexity = human.significant(found.perplexity.value) if found and found.perplexity else human.MISSING
    if found and found.perplexity_ratio:
        perplexity += f", {words.times(found.perplexity_ratio)} times the reference's"
    broken = human.percent(q.degenerate.value) if q.degenerate else human.MISSING
    return [
        f"{broken}{f' ({q.degenerate.note})' if q.degenerate and q.degenerate.note else ''}",
        words.share(q.answer_agreement),
        words.nats(found.kl.value) if found else human.MISSING,
        words.share(found.top1_agreement) if found else human.MISSING,
        perplexity,
    ]


def _calibration(file: CompareFile) -> str:
    lines = [f"- {plain(c.against)}: {words.calibration_line(c)}{f'. {plain(c.note)}' if c.note else ''}" for c in file.calibration]
    return "\n".join(["### How far the model can be trusted", "", *lines]) if lines else ""


def _notes(file: CompareFile) -> str:
    pairs = cell_notes(file)
    lines = [f"- {plain(note)}" for note in file.notes] + [f"- **{cells}**: {plain(note)}" for cells, note in pairs[:MOST_NOTES]]
    lines += [f"- and {len(pairs) - MOST_NOTES} more, in compare.html"] if len(pairs) > MOST_NOTES else []
    return "\n".join(["### Where each number comes from", "", *lines]) if lines else ""


def _foot(file: CompareFile) -> str:
    return f"Run {plain(file.run_id)} · {plain(human.instant(file.finished_at or file.started_at))} · ftbench {plain(file.ftbench_version)}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
