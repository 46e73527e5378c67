"""The embedded example: a spec and hand-made test sets of a support desk, copied out by `ftbench demo` and `ftbench init`.

Data only.
"""
