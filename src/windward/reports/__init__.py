"""Reports: one self-contained HTML page from the result table and the rows of a run.

`write_quickstart_report` renders a run of the main job, `write_mint_report` an evaluation by MINT. The parts
(`section`, `table`, `line_chart`, `bar_chart`, `range_chart`, `tree_view`, `page`, over the escaping `tag`) are what the
reports of other systems are made of.
"""

from windward.reports.arrow_chart import Arrow, arrow_chart
from windward.reports.bar_chart import bar_chart
from windward.reports.line_chart import line_chart, pick_chart
from windward.reports.markup import Html, tag
from windward.reports.mint import write_mint_report
from windward.reports.page import navigation, page
from windward.reports.parts import columns, disclosure, facts, figure, missing, raw, section, table
from windward.reports.quickstart import write_quickstart_report
from windward.reports.range_chart import range_chart
from windward.reports.run_folder import ReportError
from windward.reports.tooluse import write_tooluse_report
from windward.reports.tree_view import Branch, tree_view

__all__ = [
    "Arrow",
    "Branch",
    "Html",
    "ReportError",
    "arrow_chart",
    "bar_chart",
    "columns",
    "disclosure",
    "facts",
    "figure",
    "line_chart",
    "missing",
    "navigation",
    "page",
    "pick_chart",
    "range_chart",
    "raw",
    "section",
    "table",
    "tag",
    "tree_view",
    "write_mint_report",
    "write_quickstart_report",
    "write_tooluse_report",
]
