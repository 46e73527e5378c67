"""What a user writes: the spec, its hardware profile, and the one place where they are read and refused.

Knows no other room. Names for the others: Spec, Profile, read_spec, spec_schema, profile_schema.
"""

from ftbench.spec.hardware import Price, Profile
from ftbench.spec.model import Spec
from ftbench.spec.read import profile_schema, read_spec, read_yaml, spec_schema

__all__ = ["Price", "Profile", "Spec", "profile_schema", "read_spec", "read_yaml", "spec_schema"]
