"""stand-in"""

import yaml

from archc.spec.expand import Settings


def side(text):
    n, _, p = text.partition("?")
    return n, Settings({k: yaml.safe_load(v) for k, v in (i.split("=") for i in p.split("&") if i)})
