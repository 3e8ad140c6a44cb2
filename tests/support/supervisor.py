"""The supervisor of the stack at hand, and what it looks after."""
import concurrent.futures
import os
import pathlib
import subprocess

_STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
_LIST = pathlib.Path(__file__).resolve().parents[2] / "deploy/functions.list"


def tell(*words):
    """What it answers; an error where it refuses."""
    return subprocess.run([_STATE / "bin/boxoffice-supervisor", _STATE / "run/control", *words],
                          check=True, capture_output=True, text=True).stdout


def functions():
    lines = _LIST.read_text().splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def recycle_functions():
    """New workers for all, with new connections."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: tell("recycle", f"1.{name}"), functions()))
