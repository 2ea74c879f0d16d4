"""Prompts: what is said to a text encoder for a label."""

from __future__ import annotations

from headword.prompts.queries import Query, explain, query_labels
from headword.prompts.templates import TEMPLATES

__all__ = ["TEMPLATES", "Query", "explain", "query_labels"]
