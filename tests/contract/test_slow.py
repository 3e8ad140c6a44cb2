"""Clients that are slow, or only there: let go, without an answer (nginx gives none to a client that
it stops waiting for) and without effect. Before a second nginx with the stack's configuration to the
letter, but that its patience is cut to a blink."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import client
import database
import stage
from ports import free_port

STATE = pathlib.Path(os.environ["BOXOFFICE_STATE"])
BLINK_MS, BOUND_S = 300, 20
TIMEOUTS = ("client_header_timeout", "client_body_timeout", "send_timeout", "keepalive_timeout")


def connect(port):
    return contextlib.closing(socket.create_connection(("127.0.0.1", port), BOUND_S))


def rest(connection):
    """What still comes until the other side closes or resets."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def registration(name):
    body = b'{"name": "%s"}' % name.encode()
    head = (b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
    return head, body


class Slow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="bo.", dir="/tmp")))
        cls.port = free_port()
        (cls.folder / "temp").mkdir()
        for file in (STATE / "nginx").glob("*.conf"):
            shutil.copy(file, cls.folder)
        text = (cls.folder / "nginx.conf").read_text()
        for part in ("nginx/", "run/", "log/"):
            text = text.replace(f"{STATE}/{part}", f"{cls.folder}/")
        text = text.replace(f":{client.BASE.port} ", f":{cls.port} ")
        for name in TIMEOUTS:
            text, count = re.subn(rf"\b{name} \d+s;", f"{name} {BLINK_MS}ms;", text)
            assert count == 1, f"{name} stands {count} times in nginx.conf"
        (cls.folder / "nginx.conf").write_text(text)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin")
        process = subprocess.Popen([nginx, "-p", cls.folder, "-c", cls.folder / "nginx.conf",
                                    "-e", cls.folder / "nginx.error.log"])
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        end = time.monotonic() + BOUND_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError), connect(cls.port):
                return
            time.sleep(0.02)
        raise AssertionError((cls.folder / "nginx.error.log").read_text())

    def test_half_a_head(self):
        with connect(self.port) as connection:
            connection.sendall(b"GET /api/v1/concerts HTTP/1.1\r\nHost:")
            self.assertEqual(b"", rest(connection))

    def test_a_head_that_comes_byte_by_byte_has_no_longer(self):
        with connect(self.port) as connection:
            connection.sendall(b"GET /api/v1/concerts HTTP/1.1\r\nX: ")
            end = time.monotonic() + BOUND_S
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                while time.monotonic() < end:
                    connection.sendall(b"x")
                    time.sleep(BLINK_MS / 1000 / 20)
                self.fail("is still waited for")

    def test_half_a_body_is_not_carried_out(self):
        name = stage.unique("half")
        head, body = registration(name)
        with connect(self.port) as connection:
            connection.sendall(head + body[:-1])
            self.assertEqual(b"", rest(connection))
        self.assertEqual("0", database.value("SELECT COUNT(*) FROM account WHERE name = %s", name))

    def test_the_stack_itself_has_more_patience(self):
        # The control: what is let go above is served where the patience is not cut.
        head, body = registration(stage.unique("patient"))
        with connect(client.BASE.port) as connection:
            connection.sendall(head[:40])
            time.sleep(2 * BLINK_MS / 1000)
            connection.sendall(head[40:] + body[:-1])
            time.sleep(2 * BLINK_MS / 1000)
            connection.sendall(body[-1:])
            self.assertRegex(rest(connection), b"^HTTP/1.1 201 ")

    def test_answers_that_nobody_reads(self):
        with contextlib.closing(socket.socket()) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
            poll = select.poll()
            poll.register(connection, 0)  # an error or the end of it, which is always told
            self.assertTrue(poll.poll(BOUND_S * 1000), "is still waited for")

    def test_a_connection_without_requests(self):
        with connect(self.port) as connection:
            connection.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertRegex(rest(connection), b"^HTTP/1.1 200 ")


if __name__ == "__main__":
    unittest.main()
