"""The bounds of shared/base/limits.h."""
import pathlib
import re

_TEXT = (pathlib.Path(__file__).resolve().parents[2] / "shared/base/limits.h").read_text()


def limit(name):
    return eval(re.search(rf"{name} = ([0-9* ]+);", _TEXT).group(1))
