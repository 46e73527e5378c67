"""What people have to rate, as files in the run folder, and their ratings back again. Decides nothing; knows neither checks nor models."""

from ftbench.review.files import ReviewFiles, read_items, read_ratings
from ftbench.review.import_ratings import ImportResult, import_ratings
from ftbench.review.queue import Queue, write_queue

__all__ = ["ImportResult", "Queue", "ReviewFiles", "import_ratings", "read_items", "read_ratings", "write_queue"]
