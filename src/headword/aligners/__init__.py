"""Aligners: the fitted maps that make image embeddings and text embeddings comparable.

To add one, write its file and export its class here; the command line, the saved format, `ls` and the discovery
tests find it by this line.
"""

from __future__ import annotations

import re
from inspect import isabstract

from headword.aligners.asif import ASIF as ASIF
from headword.aligners.base import Aligner as Aligner
from headword.aligners.contrastive import Contrastive as Contrastive
from headword.aligners.csa import CSA as CSA
from headword.aligners.devise import DeViSE as DeViSE
from headword.aligners.gradient import GradientAligner as GradientAligner
from headword.aligners.kernel_ridge import KernelRidge as KernelRidge
from headword.aligners.linear_cosine import LinearCosine as LinearCosine
from headword.aligners.linear_mse import LinearMSE as LinearMSE
from headword.aligners.mlp import MLP as MLP
from headword.aligners.procrustes import Procrustes as Procrustes
from headword.aligners.ridge import Ridge as Ridge
from headword.aligners.sail import SAIL as SAIL
from headword.aligners.structure import STRUCTURE as STRUCTURE
from headword.aligners.text_to_concept import TextToConcept as TextToConcept
from headword.registry import Registry

registry = Registry("aligner", "headword.aligners", {})

ACRONYMS = {"de-vi-se": "devise"}
"""Names of one word that are written with capitals inside."""


def name_of(aligner: type[Aligner]) -> str:
    """The name of an aligner class on the command line and in saved models: KernelRidge is "kernel-ridge"."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", aligner.__name__).lower()
    return ACRONYMS.get(name, name)


for _value in list(globals().values()):
    if isinstance(_value, type) and issubclass(_value, Aligner) and not isabstract(_value):
        registry.register(name_of(_value), _value)


def trained_names() -> list[str]:
    """The names of those that are trained by gradient descent: minutes where a closed form takes a second."""
    return [name for name in registry if issubclass(registry[name], GradientAligner)]
