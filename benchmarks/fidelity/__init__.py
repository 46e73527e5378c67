"""The scenarios of load_fidelity.py: a server whose latency is known, one file a promise. Nothing that ftbench itself imports."""
