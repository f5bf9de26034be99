"""A definition that we ship: YAML -> what it holds, by libyaml, nine times as fast as the parser in Python.

A start of a command reads some two hundred of them.
"""

from importlib.resources.abc import Traversable
from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Traversable) -> Any:
    """What a YAML file holds. Raises yaml.YAMLError."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
