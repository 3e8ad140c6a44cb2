#!/usr/bin/env python3
"""nginx without one of its limits each, and the test of test_limits that must fail then, and of what.

Runs where test_limits has passed; the configuration is changed in the stack's own folder."""
import contextlib
import itertools
import os
import pathlib
import re
import signal
import sys
import unittest

import client
import test_limits
from waiting import eventually

FOLDER = test_limits.STATE / "nginx"
# Of addresses that nobody has asked from yet.
test_limits._fresh = (f"127.8.{a}.{b}" for a, b in itertools.product(range(1, 255), repeat=2))

# What is gone: the file, what becomes of it, the test, and what that must say.
CONTROLS = {
    "the limit of an address": (
        "limits.conf", r"limit_req zone=address .*", "",
        "AnAddress.test_it_has_ten_seconds_worth_at_once_and_another_address_its_own", "is not true : 42"),
    # At a tenfold rate, so that whoever is let wait does not wait for long.
    "letting in at once": (
        "limits.conf", r"(zone=address:8m rate=2)|(zone=address burst=20) nodelay",
        lambda found: f"{found[1]}0" if found[1] else found[2],
        "AnAddress.test_it_has_ten_seconds_worth_at_once_and_another_address_its_own", "is not true : 42"),
    "the limit of shared answers": (
        "limits.conf", r"limit_req zone=address_shared .*", "",
        "AnAddress.test_passwords_have_fewer_and_shared_answers_more", "is not true : 168"),
    "the limit of passwords": (
        "limits.conf", r"limit_req zone=address_login .*", "",
        "AnAddress.test_passwords_have_fewer_and_shared_answers_more", "is not true : 21"),
    "the limit of a token": (
        "limits.conf", r"limit_req zone=token .*", "",
        "AToken.test_it_is_limited_in_each_header_that_it_may_come_in", "'token: {}', 55"),
    "the limit of a bearer's token": (
        "limits.conf", r"limit_req zone=bearer .*", "",
        "AToken.test_it_is_limited_in_each_header_that_it_may_come_in", "'Authorization: Bearer {}', 55"),
    "the limit of what is under way": (
        "limits.conf", r"limit_conn address_now .*", "",
        "AnAddress.test_only_so_many_requests_are_under_way_at_once", "False is not true"),
    "the status of a refusal": (
        "limits.conf", r"limit_req_status 429", "limit_req_status 503",
        "AnAddress.test_it_has_ten_seconds_worth_at_once_and_another_address_its_own", "is not true : 42"),
    "IPv6 by its networks": (
        "limits.conf", r'"~\(\?s\).* \$network;', "",
        "AProxy.test_an_ipv6_network_of_one_subscriber_counts_as_one_address", "False is not true"),
    "the trusted proxies": (
        "nginx.conf", r"set_real_ip_from .*", "",
        "AProxy.test_a_trusted_one_is_believed_about_whom_it_asks_for", "not greater than or equal to"),
    "trust in nobody else": (
        "nginx.conf", r"set_real_ip_from .*", "set_real_ip_from 0.0.0.0/0;",
        "AProxy.test_anybody_else_is_not", "250 not less than 250"),
    "looking past the second proxy": (
        "nginx.conf", r"real_ip_recursive on", "real_ip_recursive off",
        "AProxy.test_what_a_client_has_written_before_the_proxies_does_not_count", "250 != "),
}


def workers():
    with open(FOLDER.parent / "run/nginx.pid") as file:
        pid = int(file.read())
    return pid, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def reload():
    """Takes the configuration that is there; the workers of the one before are gone when it returns."""
    client.close()
    pid, before = workers()
    os.kill(pid, signal.SIGHUP)
    if not eventually(lambda: not set(before) & set(workers()[1])):
        raise AssertionError("the workers of before stay")


@contextlib.contextmanager
def changed(name, pattern, replacement):
    file = FOLDER / name
    whole = file.read_text()
    text, count = re.subn(pattern, replacement, whole)
    assert count, f"{name} has no {pattern}"
    file.write_text(text)
    try:
        reload()
        yield
    finally:
        file.write_text(whole)
        reload()


def said(test):
    """How it failed, or nothing."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(f"test_limits.{test}").run(result)
    return "\n".join(text for _, text in result.failures + result.errors)


def main():
    wrong = 0
    for gone, (file, pattern, replacement, test, complaint) in CONTROLS.items():
        with changed(file, pattern, replacement):
            text = said(test)
        if not text or complaint not in text:
            wrong += 1
            print(f"WRONG: {test} without {gone}: {text or 'nobody noticed'}")
    print(f"limits: {len(CONTROLS) - wrong} of {len(CONTROLS)} wrong configurations noticed")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
