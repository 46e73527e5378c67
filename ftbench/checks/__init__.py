"""The ten tests, a file each, named as the test. Each turns outputs or records into criteria with status and evidence.

Thresholds come from the spec; statistics from stats.
"""
