"""Sweeps: encoders × aligners × settings × seeds from a TOML file to one row each, a table and a plot."""

from __future__ import annotations

from headword.bench.plan import SCHEMA, Fit, Run, plan
from headword.bench.recipe import Recipe, TaskSpec, read_recipe
from headword.bench.runner import Done, finished, read_row, result_row, sweep, write_row
from headword.bench.workbench import FittedModel, Workbench

__all__ = [
    "SCHEMA", "Done", "Fit", "FittedModel", "Recipe", "Run", "TaskSpec", "Workbench", "finished", "plan",
    "read_recipe", "read_row", "result_row", "sweep", "write_row",
]  # fmt: skip
