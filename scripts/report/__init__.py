"""A report that opens from disk: one HTML file, with its charts, and with nothing to fetch.

`read` asks the tables by the SQL files beside this one, each answer of a size that does not grow
with the warehouse; `page` puts the answers, ECharts and `page.js` into `page.html`.
"""

from scripts.report.page import page
from scripts.report.read import Report, read_report

__all__ = ["Report", "page", "read_report"]
