"""`ray job submit -- python gate.py SPEC [OUT]`: the gate on the cluster that the job runs on. SPEC must be readable on every node."""

import sys
from pathlib import Path

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.gate.run import run_gate
from ftbench.gate.verdict import EXIT
from ftbench.spec import read_spec


def main(spec_path: str, out: str = "reports") -> int:
    spec = read_spec(spec_path)
    here = spec.but(serving=spec.serving.model_copy(update={"ray_address": "auto"}))
    report, folder = run_gate(here, Path(out))
    print(f"{report.verdict}: {folder / 'report.html'}")
    return EXIT[report.verdict]


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (InputError, InvalidMeasurement) as error:
        print(f"ftbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
