"""Aligners: the fitted maps that make image embeddings and text embeddings comparable.

To add one, write its file and export its class here; the command line, the saved format, `ls` and the discovery
tests find it by this line.
"""

from __future__ import annotations

import re

from headword.aligners.asif import ASIF as ASIF
from headword.aligners.base import Aligner as Aligner
from headword.aligners.csa import CSA as CSA
from headword.aligners.kernel_ridge import KernelRidge as KernelRidge
from headword.aligners.procrustes import Procrustes as Procrustes
from headword.aligners.ridge import Ridge as Ridge
from headword.registry import Registry

registry = Registry("aligner", "headword.aligners", {})


def name_of(aligner: type[Aligner]) -> str:
    """The name of an aligner class on the command line and in saved models: KernelRidge is "kernel-ridge"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", aligner.__name__).lower()


for _value in list(globals().values()):
    if isinstance(_value, type) and issubclass(_value, Aligner) and _value is not Aligner:
        registry.register(name_of(_value), _value)
