"""deploy/up: what it takes, what it refuses, and what it leaves as it was. Run by deploy_test.py."""
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import unittest

from stack import ADDRESS, ROOT, STATE, Traffic, changed_copy, nginx_workers, request, run, workers
from support.waiting import eventually


def up(**settings):
    return run(ROOT / "deploy/up", env={**os.environ, **settings})


def what_a_stack_runs_on():
    """The text of every file that a running stack, its jobs and the operator's commands read."""
    files = [STATE / "settings.env", STATE / "mariadb.cnf", STATE / "crontab",
             *STATE.glob("nginx/*.conf"), *STATE.glob("services/*")]
    return {str(file): file.read_text() for file in files}


class Help(unittest.TestCase):
    def test_every_command_says_what_it_is_for_and_does_nothing(self):
        before = what_a_stack_runs_on()
        for command in ("up", "down", "release", "rollback"):
            for word in ("--help", "-h"):
                told = run(ROOT / "deploy" / command, word)
                self.assertEqual(0, told.returncode, told.stderr)
                self.assertRegex(told.stdout, rf"\Adeploy/{command}\b[^#]+\n\Z")
        self.assertEqual(before, what_a_stack_runs_on())
        self.assertEqual(200, request("GET", "/readyz")[0])


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bo.", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "folder")
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.environment = {**os.environ, "BOXOFFICE_STATE": str(self.folder)}

    def test_one_that_holds_something_else_is_neither_taken_nor_removed(self):
        (self.folder / "run").mkdir()
        (self.folder / "releases").mkdir()
        for command in (["up"], ["down"], ["down", "--purge"], ["ctl", "audit"]):
            refused = run(ROOT / "deploy" / command[0], *command[1:], env=self.environment)
            self.assertEqual(1, refused.returncode, (command, refused.stdout))
            self.assertIn("set BOXOFFICE_STATE to a new or an empty folder", refused.stderr)
        self.assertEqual((0o755, ["releases", "run"]),
                         (self.folder.stat().st_mode & 0o777, sorted(os.listdir(self.folder))))

    def test_one_of_a_version_without_the_marker_is_known_by_its_settings(self):
        (self.folder / "settings.env").write_text((STATE / "settings.env").read_text())
        purged = run(ROOT / "deploy/down", "--purge", env=self.environment)
        self.assertEqual((0, False), (purged.returncode, self.folder.exists()), purged.stderr)

    def test_an_empty_one_has_nothing_to_stop(self):
        done = run(ROOT / "deploy/down", "--purge", env=self.environment)
        self.assertEqual((0, []), (done.returncode, os.listdir(self.folder)), done.stderr)

    def test_it_may_be_given_relative_and_with_a_slash(self):
        before = what_a_stack_runs_on()
        again = run(ROOT / "deploy/up", cwd=STATE.parent,
                    env={**os.environ, "BOXOFFICE_STATE": f"./{STATE.name}//"})
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertEqual(before, what_a_stack_runs_on())

    def test_it_is_nobody_elses(self):
        self.assertEqual(0o700, STATE.stat().st_mode & 0o777)
        for secret in (STATE / "secrets").iterdir():
            self.assertEqual(0, secret.stat().st_mode & 0o077, secret)


class Settings(unittest.TestCase):
    def test_what_is_refused_replaces_no_file_of_a_running_stack(self):
        before = what_a_stack_runs_on()
        for name, value, said in (("HOLD_SECONDS", "5m", "HOLD_SECONDS=5m"), ("TIME_ZONE", "Nowhere", "TIME_ZONE"),
                                  ("BOXOFFICE_LISTEN", "all", "BOXOFFICE_LISTEN=all"),
                                  # Of a network for documentation: nobody's, so nginx cannot listen there.
                                  ("BOXOFFICE_LISTEN", "192.0.2.1", "192.0.2.1"),
                                  ("TOKEN_KEY_FILE", "/nowhere/key", "TOKEN_KEY_FILE=/nowhere/key")):
            refused = up(**{name: value})
            self.assertEqual(1, refused.returncode, (name, value))
            self.assertRegex(refused.stderr, f"error: .*{said}")
            self.assertEqual(before, what_a_stack_runs_on())
        self.assertEqual(0, run(ROOT / "deploy/ctl", "queue", "show", "1").returncode)

    def test_one_that_is_no_longer_given_is_said_with_what_it_was(self):
        given = {"TRUSTED_PROXIES": "10.0.0.0/8", "WORKERS_OPS_HEALTHZ": "3", "MACHINE": "small"}
        self.addCleanup(up)
        said = lambda done: [line for line in done.stderr.splitlines() if "give it again" in line]
        self.assertEqual([], said(up(**given)))
        self.assertEqual(["note: TRUSTED_PROXIES: was 10.0.0.0/8, is now unset; give it again to keep it",
                          "note: WORKERS_OPS_HEALTHZ: was 3, is now unset; give it again to keep it"],
                         said(up()))
        self.assertEqual([], said(up()))

    def test_a_user_who_is_named_like_an_account_of_the_database_is_sent_away(self):
        for name in ("boxoffice", "job-expire", "v1-queue-join"):
            with tempfile.TemporaryDirectory() as tools:
                tool = pathlib.Path(tools, "id")
                tool.write_text(f"#!/bin/sh\necho {name}\n")
                tool.chmod(0o755)
                refused = up(PATH=f"{tools}:{os.environ['PATH']}")
            self.assertEqual(1, refused.returncode)
            self.assertIn(f"a database account of the stack is named {name}", refused.stderr)

    def test_whose_stack_it_is_is_said_where_sudo_made_it_roots(self):
        refused = up(SUDO_USER="somebody", STACKS="none")
        said = "root's stack, without the settings of somebody's shell" in refused.stderr
        self.assertEqual(os.geteuid() == 0, said, refused.stderr)
        self.assertIn("STACKS=none", refused.stderr)

    def test_no_proxy_is_asked_whether_the_stack_answers(self):
        done = up(http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
        self.assertEqual(0, done.returncode, done.stderr)

    def test_a_number_may_begin_with_zeros(self):
        before = what_a_stack_runs_on()
        again = up(BOXOFFICE_PORT="0" + os.environ["BOXOFFICE_PORT"], STACKS="01", RATE_LOGINS="0020",
                   FUNCTION_BACKLOG="04096")
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertEqual(before, what_a_stack_runs_on())


class Unfinished(unittest.TestCase):
    FUNCTION = "v1-concert-list"
    PATH = "/api/v1/concerts"

    def setUp(self):
        self.addCleanup(up)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def program(self):
        return (STATE / "releases" / self.FUNCTION / "current" / self.FUNCTION).resolve()

    def what_runs(self):
        return {pathlib.Path(f"/proc/{pid}/exe").resolve() for pid in workers(self.FUNCTION).values()}

    def install(self, binary):
        """What a release does before it replaces the first worker."""
        done = run("bash", "-c", '. "$0/deploy/lib.sh"; . "$0/deploy/lib/releases.sh"; install_release "$1" "$2"',
                   ROOT, self.FUNCTION, binary)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotEqual({self.program()}, self.what_runs())

    def build_of(self, binary):
        """Settings with which deploy/up is given a build in which that is the function, and makes nothing."""
        programs, tools = self.folder / "build/bin", self.folder / "tools"
        programs.mkdir(parents=True)
        tools.mkdir()
        for program in pathlib.Path(os.environ["BOXOFFICE_BUILD"], "bin").iterdir():
            (programs / program.name).symlink_to(binary if program.name == self.FUNCTION else program)
        (self.folder / "build/CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n")
        (tools / "cmake").write_text("#!/bin/sh\n")
        (tools / "cmake").chmod(0o755)
        return {"BOXOFFICE_BUILD": str(self.folder / "build"), "PATH": f"{tools}:{os.environ['PATH']}"}

    def test_a_release_that_was_broken_off_is_finished_by_the_next_one(self):
        with changed_copy(self.FUNCTION) as binary:
            self.install(binary)
            again = run(ROOT / "deploy/release", self.FUNCTION, binary)
            self.assertIn(f"released {self.FUNCTION}", again.stdout)
            self.assertEqual({self.program()}, self.what_runs())
            self.assertIn("unchanged", run(ROOT / "deploy/release", self.FUNCTION, binary).stdout)

    def test_a_release_that_was_broken_off_is_finished_by_up(self):
        with changed_copy(self.FUNCTION) as binary:
            self.install(binary)
            self.assertEqual(0, (finished := up(**self.build_of(binary))).returncode, finished.stderr)
            self.assertEqual({self.program()}, self.what_runs())

    def test_an_up_that_failed_takes_back_what_does_not_run_and_the_next_one_does_the_rest(self):
        broken = self.folder / self.FUNCTION
        broken.write_text("#!/bin/sh\nexit 3\n")
        broken.chmod(0o755)
        before, nginx = self.program(), nginx_workers()
        failed = up(RATE_LIMITS="on", **self.build_of(broken))
        self.assertEqual(1, failed.returncode, failed.stdout)
        self.assertIn(f"these do not run: 1.{self.FUNCTION};", failed.stderr)
        self.assertEqual(before, self.program())
        self.assertEqual({before}, self.what_runs())
        self.assertEqual(nginx, nginx_workers())
        with Traffic(self.PATH, threads=1) as traffic:
            rest = up(RATE_LIMITS="on")
        self.assertIn("was not finished", rest.stdout)
        self.assertEqual((0, {200}), (rest.returncode, set(traffic.statuses)), rest.stderr)
        self.assertFalse(nginx & nginx_workers())
        self.assertNotIn("was not finished", up().stdout)

    def test_up_leaves_a_program_alone_that_was_rolled_back_until_it_is_released(self):
        with changed_copy(self.FUNCTION) as binary:
            other = self.build_of(binary)
            self.assertEqual(0, up(**other).returncode)
            self.assertEqual(0, run(ROOT / "deploy/rollback", self.FUNCTION).returncode)
            rolled_back = self.program()
            kept = up(**other)
            self.assertIn(f"{self.FUNCTION} stays rolled back", kept.stdout)
            self.assertEqual(rolled_back, self.program())
            self.assertEqual(0, run(ROOT / "deploy/release", self.FUNCTION, binary).returncode)
            self.assertNotIn("stays rolled back", up(**other).stdout)
            self.assertEqual(binary.read_bytes(), self.program().read_bytes())


class Build(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "CMakeCache.txt").write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/another/checkout\n")

    def test_one_of_another_checkout_is_refused(self):
        said = f"is a build of /another/checkout, not of {ROOT}"
        self.assertIn(said, up(BOXOFFICE_BUILD=str(self.folder)).stderr)
        settings = STATE / "settings.env"
        kept = settings.read_text()
        self.addCleanup(settings.write_text, kept)
        settings.write_text(f"{kept}BOXOFFICE_BUILD={self.folder}\n")
        self.assertIn(said, run(ROOT / "deploy/release", "v1-concert-list").stderr)

    def test_the_state_folders_own_follows_the_checkout(self):
        own, tool, asked = STATE / "build", self.folder / "cmake", self.folder / "asked"
        shutil.copytree(self.folder, own)
        self.addCleanup(up)
        self.addCleanup(shutil.rmtree, own)
        # It has all programs at once: what is asked of it matters here.
        tool.write_text(f"""#!/bin/sh
            echo "$@" >>{asked}
            if [ "$1" = --build ]; then ln -sfn {os.environ["BOXOFFICE_BUILD"]}/bin "$2/bin"; else mkdir -p "$4"; fi
            """)
        tool.chmod(0o755)
        done = up(BOXOFFICE_BUILD="", PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(["bin"], os.listdir(own))
        self.assertIn(f"-S {ROOT} -B {own} ", asked.read_text())


class Up(unittest.TestCase):
    def test_up_again_changes_nothing_and_fails_no_request(self):
        before = workers("v1-concert-list")
        with Traffic("/readyz", threads=2) as traffic:
            again = run(ROOT / "deploy/up")
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertEqual(f"ready http://{ADDRESS}", again.stdout.splitlines()[-1])
        self.assertEqual({200}, set(traffic.statuses))
        self.assertEqual(before, workers("v1-concert-list"))

    def test_a_wrong_setting_is_named_and_the_running_stack_goes_on(self):
        refused = run(ROOT / "deploy/up", env={**os.environ, "HOLD_SECONDS": "soon"})
        self.assertNotEqual(0, refused.returncode)
        self.assertIn("HOLD_SECONDS", refused.stderr + refused.stdout)
        self.assertEqual(200, request("GET", "/readyz")[0])

    def test_a_port_in_use_is_said_before_anything_is_started(self):
        with tempfile.TemporaryDirectory(prefix="bo.", dir="/tmp") as state:
            refused = run(ROOT / "deploy/up", env={**os.environ, "BOXOFFICE_STATE": state})
        self.assertNotEqual(0, refused.returncode)
        self.assertIn("in use", refused.stderr)

    def test_nginx_takes_what_connections_the_open_files_allow_and_says_when_they_are_few(self):
        conf = (STATE / "nginx/nginx.conf").read_text()
        files, connections = (int(re.search(rf"{word} (\d+);", conf).group(1))
                              for word in ("worker_rlimit_nofile", "worker_connections"))
        self.assertEqual(files * 2 // 3, connections)
        with tempfile.TemporaryDirectory() as folder:
            lock = pathlib.Path(folder, "run/supervisor.lock")
            lock.parent.mkdir()
            # Stands for a supervisor that was started where files were few.
            few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (3000, 3000))
            with subprocess.Popen(["flock", lock, "cat"], stdin=subprocess.PIPE, preexec_fn=few) as supervisor:
                lock.write_text(f"{supervisor.pid}\n")
                self.assertTrue(eventually(lambda: run("flock", "-n", lock, "true").returncode != 0))
                found = run("bash", "-c", '. "$0/deploy/lib.sh"; . "$0/deploy/lib/services.sh"; nginx_limits;'
                            ' say "$OPEN_FILES $CONNECTIONS"', ROOT,
                            env={**os.environ, "BOXOFFICE_STATE": folder, "NGINX_CONNECTIONS": "16384"})
                supervisor.stdin.close()
        # Root may raise the limit, unless its container has taken that right away.
        if found.stdout != "24576 16384\n":
            self.assertEqual("3000 2000\n", found.stdout, found.stderr)
            self.assertRegex(found.stderr, "only 3000 files .* 2000 connections; raise it to 24576 .* deploy/up")

    def test_open_authentication_is_said_loudly(self):
        log = STATE / "log/v1-point-balance.log"
        said = lambda: log.read_text().count("AUTH=open") if log.exists() else 0
        before = said()
        again = run(ROOT / "deploy/up", env={**os.environ, "AUTH": "open", "LOG_LEVEL": "error"})
        by_functions = said()
        back = run(ROOT / "deploy/up")
        self.assertEqual((0, 0), (again.returncode, back.returncode), again.stderr + back.stderr)
        self.assertIn("AUTH=open", again.stderr)
        self.assertNotIn("AUTH=open", back.stderr)
        self.assertGreater(by_functions, before)
        self.assertEqual(by_functions, said())
