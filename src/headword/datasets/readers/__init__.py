"""Readers: one file per layout in which pictures with classes or captions lie on a disk."""
