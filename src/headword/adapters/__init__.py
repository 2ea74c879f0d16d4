"""Adapters: what unlabelled pictures of a folder teach a model about the labels that it is asked for.

To add one, write its file and export its class here; the command line, `ls` and the discovery tests find it by this
line.
"""

from __future__ import annotations

import re
from inspect import isabstract

from headword.adapters.base import Adapted as Adapted
from headword.adapters.base import Adapter as Adapter
from headword.adapters.base import LinearScores as LinearScores
from headword.adapters.careful import Careful as Careful
from headword.adapters.centre import Centre as Centre
from headword.adapters.graph import ZLaP as ZLaP
from headword.adapters.graph_refine import GraphRefine as GraphRefine
from headword.adapters.mixture import TransCLIP as TransCLIP
from headword.adapters.proxies import InMaP as InMaP
from headword.adapters.refine import Refine as Refine
from headword.adapters.stream import Stream as Stream
from headword.adapters.transport import OTTER as OTTER
from headword.registry import Registry

registry = Registry("adapter", "headword.adapters", {})

ACRONYMS = {"zla-p": "zlap", "trans-clip": "transclip", "in-ma-p": "inmap"}
"""Names of one word that are written with capitals inside."""


def name_of(adapter: type[Adapter]) -> str:
    """The name of an adapter class on the command line and in saved models: GraphRefine is "graph-refine"."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", adapter.__name__).lower()
    return ACRONYMS.get(name, name)


for _value in list(globals().values()):
    if isinstance(_value, type) and issubclass(_value, Adapter) and not isabstract(_value):
        registry.register(name_of(_value), _value)
