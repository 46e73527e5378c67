"""`ray job submit -- python load.py URL RATE DURATION OUT`: traffic from the node that the job runs on, records in OUT."""

import sys
from pathlib import Path

from ftbench.errors import InputError, InvalidMeasurement
from ftbench.gate.load_only import run_load_only


def main(url: str, rate: str, duration: str, out: str) -> int:
    return run_load_only(Path(out), None, url=url, model=None, api_key_env=None, rate=float(rate), duration_s=float(duration))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (InputError, InvalidMeasurement) as error:
        print(f"ftbench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
