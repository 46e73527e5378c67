"""`ray job submit -- python plan.py SPEC|RUN ...`: `ftbench plan` with all its options on the cluster that the job runs on.

A SPEC is measured there; `--verify all` deploys the planned fleets there. SPEC or RUN must be readable on every node.
"""

import sys

from ftbench.cli import main

if __name__ == "__main__":
    sys.argv[1:] = ["plan", "--ray-address", "auto", *sys.argv[1:]]
    main()
