"""Reports: results as rows for JSON, grids for terminal, Markdown and HTML, and a page of its own."""

from __future__ import annotations

from headword.report.formats import percent
from headword.report.grid import Grid
from headword.report.model_report import Report, model_report
from headword.report.page import Card, write_page
from headword.report.rows import model_row, provenance
from headword.report.thumbnails import thumbnail
from headword.report.views import bad_lines, held_out_grid, label_grids, predictions_csv, predictions_grid

__all__ = [
    "Card",
    "Grid",
    "Report",
    "bad_lines",
    "held_out_grid",
    "label_grids",
    "model_report",
    "model_row",
    "percent",
    "predictions_csv",
    "predictions_grid",
    "provenance",
    "thumbnail",
    "write_page",
]
