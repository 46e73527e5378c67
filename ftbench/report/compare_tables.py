"""The matrix of a comparison as data: a row a cell, grouped by hardware. HTML, Markdown and the terminal each draw it in their own way."""

from typing import NamedTuple

from ftbench.compare.file import BatchPoint, Cell, CompareFile, Figure, Quality
from ftbench.compare.pareto import right_share
from ftbench.compare.recommend import cell_name
from ftbench.report import compare_words as words
from ftbench.report import human
from ftbench.report.matrix import shared

ABOUT = "≈\N{NO-BREAK SPACE}"


class Entry(NamedTuple):
    """A field: `text`, what stands small under it, and a loud word where something is wrong."""

    text: str
    small: str = ""
    flag: str = ""


class Line(NamedTuple):
    """One cell. `mark` is recommended, ranked, no or open."""

    number: int
    id: str
    name: str
    small: str
    entries: list[Entry]
    mark: str


class Hardware(NamedTuple):
    title: str
    basis: str
    lines: list[Line]


class Table(NamedTuple):
    """`unit`: of the costs, such as "USD per 1,000 inferences"."""

    columns: list[str]
    groups: list[Hardware]
    unit: str


def matrix_table(file: CompareFile) -> Table:
    """Every cell with its memory, load time, speed, capacity, cost and quality. ≈ stands before what was modelled."""
    per, unit = cost_unit(file)
    head = ["Contract", "Memory", "Load", "TTFT", "TPOT", "E2E", "Tokens/s", "MBU", "Capacity"]
    head += [f"Cost at {human.scale(s)}" for s in file.scales] + ["Right answers"]
    quality = {q.variant: q for q in file.quality}
    groups: dict[str, Hardware] = {}
    for number, cell in enumerate(file.cells, 1):
        group = groups.setdefault(cell.hardware, Hardware(cell.hardware_name, cell.basis, []))
        group.lines.append(_line(number, cell, file, quality.get(cell.variant), per))
    return Table(head, list(groups.values()), f"{file.currency} {unit}")


def cost_unit(file: CompareFile) -> tuple[int, str]:
    """How many inferences to price together: so many that the *cheapest* cell reads well, since that is the one to be taken."""
    known = [c.cost_per_inference for cell in file.cells for c in cell.cost if c.cost_per_inference]
    return human.inference_unit([min(known, default=None)])


def speed_rows(file: CompareFile) -> list[list[str]]:
    """A row for each cell and batch: every figure with its interval, or its band where it is modelled."""
    rows = []
    for number, cell in enumerate(file.cells, 1):
        for p in cell.batches:
            shares = [human.percent(x, 0) for x in (p.mbu, p.mfu, p.host_overhead_share)]
            energy = human.MISSING if p.joules_per_token is None else f"{human.significant(p.joules_per_token)} J"
            times = [_ranged(f, "s", cell) for f in (p.ttft, p.step, p.e2e)]
            rows.append(
                [str(number), cell_name(cell), cell.basis, str(p.batch), *times, _ranged(p.tokens_per_s, "", cell), *shares, energy]
            )
    return rows


SPEED_HEAD = [
    "#",
    "Cell",
    "Basis",
    "At once",
    "TTFT",
    "TPOT",
    "E2E",
    "Tokens/s a replica",
    "MBU",
    "MFU",
    "Host waits, at most",
    "Energy a token",
]


def cell_notes(file: CompareFile) -> list[tuple[str, str]]:
    """(cells, note): what each cell rests on, its costs' sources, and whatever else was said; a note of several cells stands once."""
    noted = []
    for number, cell in enumerate(file.cells, 1):
        costs = [f"Price: {c.price_source}" for c in cell.cost[:1]] + [n for c in cell.cost for n in [c.basis_note, *c.notes]]
        said = cell.basis_note.lower().startswith(cell.basis)
        basis = cell.basis_note if said else f"{cell.basis.capitalize()}: {cell.basis_note}"
        noted.append((f"{number}", [basis, *cell.notes, *dict.fromkeys(costs)]))
    return [(words.ranges([int(n) for n in numbers.split(", ")]), note) for numbers, note in shared(noted)]


def mark_of(cell: Cell, file: CompareFile) -> str:
    """recommended (first, or tied with it by being the only one), ranked, no, open."""
    if cell.meets_contract is None:
        return "open"
    if not cell.meets_contract:
        return "no"
    ranking = file.recommendation.ranking if file.recommendation else []
    return "recommended" if ranking and ranking[0] == cell.id else "ranked"


def _line(number: int, cell: Cell, file: CompareFile, quality: Quality | None, per: int) -> Line:
    about = ABOUT if cell.basis == "modelled" else ""
    first, last = (cell.batches[0], cell.batches[-1]) if cell.batches else (None, None)

    def time(name: str) -> Entry:
        return _both(first, last, lambda p: human.duration(getattr(p, name).value), about)

    costs = [next((c for c in cell.cost if c.scale == s), None) for s in file.scales]
    entries = [
        Entry(words.CONTRACT[cell.meets_contract], _rank(cell, file), "take" if mark_of(cell, file) == "recommended" else ""),
        _memory(cell),
        Entry(human.duration(cell.load.value) if cell.load else human.MISSING),
        time("ttft"),
        time("step"),
        time("e2e"),
        _both(first, last, lambda p: human.significant(p.tokens_per_s.value), about),
        _both(first, last, lambda p: human.percent(p.mbu, 0), about),
        _capacity(cell, about),
        *[
            Entry(
                human.MISSING if c is None or c.cost_per_inference is None else about + human.significant(c.cost_per_inference * per),
                human.plural(c.replicas, "replica") if c and c.replicas else "",
                "over budget" if c and c.within_budget is False else "under margin" if c and c.within_margin is False else "",
            )
            for c in costs
        ],
        _quality(quality, file),
    ]
    small = (f"x{cell.replicas}, " if cell.replicas > 1 else "") + (cell.compute_dtype or "")
    return Line(number, cell.id, cell.variant, small, entries, mark_of(cell, file))


def _rank(cell: Cell, file: CompareFile) -> str:
    ranking = file.recommendation.ranking if file.recommendation else []
    return f"rank {ranking.index(cell.id) + 1} of {len(ranking)}" if cell.id in ranking else ""


def _memory(cell: Cell) -> Entry:
    memory = cell.memory
    if memory is None:
        return Entry(human.MISSING)
    weights, kv, usable = (human.significant(n / 1e9) for n in (memory.weights, memory.kv_cache, memory.usable))
    needed = human.significant((memory.weights + memory.kv_cache) / 1e9)
    return Entry(
        f"{ABOUT if memory.basis == 'modelled' else ''}{needed} GB",
        f"{weights} weights + {kv} KV, of {usable}",
        "" if memory.fits else "does not fit",
    )


def _both(first: BatchPoint | None, last: BatchPoint | None, show, about: str) -> Entry:
    """One request at once, and under it the most that were tried."""
    if first is None or last is None:
        return Entry(human.MISSING)
    one, most = show(first), show(last)
    text = one if one == human.MISSING else about + one
    if last.batch == first.batch:
        return Entry(text, f"at {first.batch}")
    return Entry(text, f"{most} at {last.batch}" if most != human.MISSING else "")


def _capacity(cell: Cell, about: str) -> Entry:
    rate = cell.capacity.rate if cell.capacity else None
    if rate is None or rate.value is None:
        return Entry(human.MISSING, "", "SLO not kept" if cell.capacity and cell.capacity.lowest_not_kept is not None else "")
    if cell.basis == "modelled":
        return Entry(
            f"{about}{human.rate(rate.value)}", human.interval((rate.low, rate.high), ""), "SLO not kept" if not rate.value else ""
        )
    over = cell.capacity.lowest_not_kept
    return Entry(human.rate(rate.value), f"not {human.significant(over)}" if over is not None else "no higher rate failed")


def _quality(quality: Quality | None, file: CompareFile) -> Entry:
    if quality is None or (value := right_share(quality)) is None:
        return Entry(human.MISSING)
    words_ = {d.word for d in quality.differences}
    small = "reference" if quality.is_reference else "better" if words_ == {"better"} else "" if "worse" in words_ else "not told apart"
    failed = any(status == "FAIL" for status in quality.gates.values())
    return Entry(human.percent(value), small, "worse" if "worse" in words_ else "gate failed" if failed else "")


def _ranged(figure: Figure, unit: str, cell: Cell) -> str:
    if figure.value is None:
        return human.MISSING
    band = human.interval((figure.low, figure.high), unit)
    shown = human.value(figure.value, unit)
    return f"{ABOUT if cell.basis == 'modelled' else ''}{shown}" + (f" ({band})" if band else "")
