"""Stacks for a benchmark: started by with_stack as an operator would start them, and the second nginx
beside one, of the same configuration, that the ceilings are measured through."""
import contextlib
import getpass
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
import database  # noqa: E402
from ports import free_port  # noqa: E402

_HAND_OVER = "import json,os,sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read()"


def build_folder():
    folder = pathlib.Path(os.environ.get("BOXOFFICE_BUILD", ROOT / ".build/dev"))
    cache = (folder / "CMakeCache.txt").read_text()
    if "CMAKE_BUILD_TYPE:STRING=Release" not in cache or "BOXOFFICE_SANITIZE:BOOL=ON" in cache:
        raise SystemExit(f"{folder} is not a release build: its figures would say nothing")
    return folder


def default_setting(name):
    return re.search(rf'"{name}", (\d+)', (ROOT / "shared/base/config.def").read_text()).group(1)


def workers():
    """Of each function, as deploy/up starts them."""
    lines = (ROOT / "deploy/functions.list").read_text().splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines if line and not line.startswith("#")}


def production(buffer_pool):
    """What with_stack changes for tests is set back to what an operator gets."""
    out = {"AUTH": "required", "RATE_LIMITS": "off", "SNAPSHOT_MS": default_setting("SNAPSHOT_MS"),
           "LOG_LEVEL": "info", "DB_BUFFER_POOL": buffer_pool, "QUEUE_CAPACITY": "1000000",
           "VISIT_SECONDS": "86400", "CLAIM_SECONDS": "86400", "HOLD_SECONDS": "3600",
           "BOXOFFICE_BUILD": str(build_folder())}
    for name, count in workers().items():
        out[f"WORKERS_{name.upper().replace('-', '_')}"] = str(count)
    return out


class Stack:
    def __init__(self, environment):
        self.env = environment
        self.state = pathlib.Path(environment["BOXOFFICE_STATE"])
        self.port = int(environment["BOXOFFICE_PORT"])
        with open(environment["DB_PASSWORD_FILE"]) as file:
            self._password = file.read().strip()
        with open(environment["TOKEN_KEY_FILE"], "rb") as file:
            self.token_key = file.read().strip()

    def program(self, name):
        return str(pathlib.Path(self.env["BOXOFFICE_BUILD"]) / "bin" / name)

    def sql(self, text, admin=False):
        """The rows of all statements, as lists of texts."""
        user, password = (getpass.getuser(), "") if admin else (self.env["DB_USER"], self._password)
        rows, complaint = database.ask(text, user=user, password=password, socket=self.env["DB_SOCKET"],
                                       database=self.env["DB_NAME"])
        if complaint:
            raise RuntimeError(f"{complaint} in {text[:400]}")
        return rows

    def value(self, text, admin=False):
        return self.sql(text, admin)[-1][0]

    def status(self):
        """The server's own counters."""
        return {name: int(count) for name, count in self.sql("SHOW GLOBAL STATUS", admin=True) if count.isdigit()}

    def audit(self):
        done = subprocess.run([self.program("boxofficectl"), "audit"], capture_output=True, text=True, env=self.env)
        return done.returncode == 0, done.stdout + done.stderr

    def run(self, name, *options):
        """One of the instruments, and what it measured."""
        done = subprocess.run([self.program(name), *map(str, options)], capture_output=True, text=True, env=self.env)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        if done.stderr:
            sys.stderr.write(done.stderr)
        return json.loads(done.stdout)


@contextlib.contextmanager
def started(buffer_pool="512M", **more):
    """A stack, for as long as it is wanted."""
    process = subprocess.Popen([ROOT / "tests/support/with_stack", sys.executable, "-c", _HAND_OVER],
                               env={**os.environ, **production(buffer_pool), **more},
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the stack did not start")
        yield Stack(json.loads(line))
    finally:
        process.stdin.close()
        process.wait()


@contextlib.contextmanager
def ceiling_nginx(stack, answers, constant):
    """The stack's nginx once more, with its own configuration to the letter, but that each function
    in `answers` is a constant with the same number of workers, and that /constant is nginx's own."""
    folder = stack.state / "bench"
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    port, processes = free_port(), []
    upstreams = (stack.state / "nginx/upstreams.conf").read_text()
    for name, answer in answers.items():
        (folder / f"{name}.answer").write_bytes(answer)
        path = folder / f"{name}.sock"
        upstreams = upstreams.replace(f"{stack.state}/run/1/{name}.sock", str(path))
        processes.append(subprocess.Popen([stack.program("bench_constant"), path, str(workers()[name]),
                                           folder / f"{name}.answer"]))
    for file in (stack.state / "nginx").glob("*.conf"):
        (folder / file.name).write_text(file.read_text())
    (folder / "upstreams.conf").write_text(upstreams)
    config = (folder / "nginx.conf").read_text()
    for old, new in [(f"{stack.state}/nginx/", f"{folder}/"), (f"{stack.state}/run/nginx.pid", f"{folder}/nginx.pid"),
                     (f"{stack.state}/log/", f"{folder}/"), (f":{stack.port}", f":{port}")]:
        config = config.replace(old, new)
    text = constant.decode().replace("'", "\\'")
    config = config.replace("include routes.conf;", "include routes.conf;\n    location = /constant "
                            f"{{ types {{ }} default_type application/json; return 200 '{text}'; }}")
    (folder / "nginx.conf").write_text(config)
    processes.append(subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf",
                                       "-e", folder / "nginx.error.log"],
                                      env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}))
    try:
        wait_for(port)
        yield port
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")
