"""`ray job submit -- python compare.py SPEC [OUT]`: the comparison on the cluster that the job runs on; every node must have SPEC's files.

A cell is measured on the nodes with its `accelerator_type`, or with the custom resource `hardware:<profile id>`; the others are modelled.
"""

import sys
from pathlib import Path

from ftbench.compare.run import EXIT, run_compare
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.spec import read_spec


def main(spec_path: str, out: str = "reports") -> int:
    spec = read_spec(spec_path)
    here = spec.but(serving=spec.serving.model_copy(update={"ray_address": "auto"}))
    found, folder = run_compare(here, Path(out))
    print(f"{found.recommendation.sentence}: {folder / 'compare.html'}")
    return EXIT[found.recommendation.outcome]


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (InputError, InvalidMeasurement) as error:
        print(f"ftbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
