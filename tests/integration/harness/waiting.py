"""Waiting for a condition with a deadline: the only way a test waits."""

import time

POLL_SECONDS = 0.01


def eventually(condition, within, what):
    """The first true value of condition(). Fails, saying `what` was awaited, after `within` s."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)
