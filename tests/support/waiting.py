"""For what happens a moment later, in another process."""
import time

WAIT_S = 10


def eventually(claim):
    """What the claim says as soon as it holds, looked at often, for a bounded time; or nothing."""
    end = time.monotonic() + WAIT_S
    while not (held := claim()) and time.monotonic() < end:
        time.sleep(0.02)
    return held
