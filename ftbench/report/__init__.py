"""One run rendered as HTML, JSON, JUnit, Markdown and for the terminal. Escapes everything that a model said; contains no script.

Reads a finished report only; never measures.
"""

from ftbench.report.contract import Report
from ftbench.report.terminal import summary_lines
from ftbench.report.write import read_report, write_report

__all__ = ["Report", "read_report", "summary_lines", "write_report"]
