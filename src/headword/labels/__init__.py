"""Label sets: which class is row i of a head, what it is called, and how far its names can be trusted."""

from __future__ import annotations

from headword.labels.coverage import LabelReport, SharedName, label_report
from headword.labels.label_set import LabelSet, is_known, registry

__all__ = ["LabelReport", "LabelSet", "SharedName", "is_known", "label_report", "registry"]
