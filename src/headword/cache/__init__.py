"""The cache: embeddings kept between runs, by content and by encoder."""

from __future__ import annotations

from headword.cache.embeddings import EmbeddingCache, default_folder

__all__ = ["EmbeddingCache", "default_folder"]
