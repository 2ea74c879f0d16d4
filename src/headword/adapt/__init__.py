"""Adapters: what unlabelled pictures of a folder teach a model about the labels that it is asked for.

To add one, write its file and export its class here; the command line, `ls` and the discovery tests find it by this
line.
"""

from __future__ import annotations

import re

from headword.adapt.base import Adapted as Adapted
from headword.adapt.base import Adapter as Adapter
from headword.adapt.base import LinearScores as LinearScores
from headword.adapt.careful import Careful as Careful
from headword.adapt.centre import Centre as Centre
from headword.adapt.graph import ZLaP as ZLaP
from headword.adapt.graph_refine import GraphRefine as GraphRefine
from headword.adapt.mixture import TransCLIP as TransCLIP
from headword.adapt.proxies import InMaP as InMaP
from headword.adapt.refine import Refine as Refine
from headword.adapt.stream import Stream as Stream
from headword.adapt.transport import OTTER as OTTER
from headword.registry import Registry

registry = Registry("adapter", "headword.adapters", {})

ACRONYMS = {"zla-p": "zlap", "trans-clip": "transclip", "in-ma-p": "inmap"}
"""Names of one word that are written with capitals inside."""


def name_of(adapter: type[Adapter]) -> str:
    """The name of an adapter class on the command line and in saved models: GraphRefine is "graph-refine"."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", adapter.__name__).lower()
    return ACRONYMS.get(name, name)


for _value in list(globals().values()):
    if isinstance(_value, type) and issubclass(_value, Adapter) and _value is not Adapter:
        registry.register(name_of(_value), _value)
