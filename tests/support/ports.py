"""Ports that nobody listens on, below the range that outgoing connections take theirs from. As a program:
prints one."""
import random
import socket


def free_port():
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


if __name__ == "__main__":
    print(free_port())
