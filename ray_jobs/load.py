"""`ray job submit -- python load.py --url URL --rate R --out DIR ...`: `ftbench load` with all its options, sent from the cluster's nodes.

DIR is on the node that the job itself runs on. `--leave-out` spares nodes, such as those that serve the model.
"""

import sys

from ftbench.cli import main

if __name__ == "__main__":
    sys.argv[1:] = ["load", "--ray-address", "auto", *sys.argv[1:]]
    main()
