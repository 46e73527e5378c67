"""Edge cases made from the user's own inputs: a file a group, pure functions of (inputs, how many, a seeded generator).

Nothing here knows a model or a verdict. Names for other rooms: edge_cases, write_edge_cases.
"""

from ftbench.quality.edge.generator import edge_cases
from ftbench.quality.edge.write import write_edge_cases

__all__ = ["edge_cases", "write_edge_cases"]
