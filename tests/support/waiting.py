"""For what happens a moment later, in another process."""
import time

WAIT_S = 10


def eventually(claim):
    """True as soon as the claim holds, looked at often, for a bounded time."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.02)
    return False
