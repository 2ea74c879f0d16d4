"""Reports: results as rows for JSON, grids for terminal, Markdown and HTML, and a page of its own."""

from headword.report.formats import percent as percent
from headword.report.grid import Grid as Grid
from headword.report.model_report import Report as Report
from headword.report.model_report import model_report as model_report
from headword.report.page import Card as Card
from headword.report.page import write_page as write_page
from headword.report.rows import model_row as model_row
from headword.report.rows import provenance as provenance
from headword.report.thumbnails import thumbnail as thumbnail
from headword.report.views import bad_lines as bad_lines
from headword.report.views import held_out_grid as held_out_grid
from headword.report.views import label_grids as label_grids
from headword.report.views import predictions_csv as predictions_csv
from headword.report.views import predictions_grid as predictions_grid
