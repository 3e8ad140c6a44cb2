#!/usr/bin/env python3
"""Rules about the tree itself: each is a test that fails when the rule is broken."""
import functools
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
sys.dont_write_bytecode = True
from limits import limit  # noqa: E402

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "functions", "shared", "nginx", "sql", "tests",
             "deploy", "README.md"}
# Who may include whom: a folder of shared/ and the folders it may see. `service` files of the
# domain see other aggregates' stores and rules; that finer rule is test_services_keep_apart.
MAY_INCLUDE = {
    "base": set(),
    "json": {"base"},
    "db": {"base"},
    "token": {"base", "json"},
    "http": {"base", "json"},
    "domain": {"base", "db", "token", "domain"},
    "fn": {"base", "json", "db", "token", "http", "domain"},
}
INFRASTRUCTURE = {"base", "json", "db", "token", "http", "fn"}
# Third-party headers have one home each.
HOMES = {"mysql.h": ["shared/db/connection.cpp"], "fcgiapp.h": ["shared/fn/fcgi.cpp"],
         "openssl/evp.h": ["shared/token/token.cpp"],
         "uuid/uuid.h": ["shared/token/token.cpp"],
         "sodium.h": ["shared/account/password.cpp", "shared/token/token.cpp"]}
# The commonest of what each precompiled header is there for: a build that reads them all does not miss one.
USES = {"algorithm": r"std::(ranges::)?(sort|stable_sort|clamp|min|max|all_of|any_of|none_of|count|find|find_if|count_if|"
                     r"remove_if|unique|equal|replace|reverse|for_each|copy_if|shuffle|nth_element|lower_bound|"
                     r"upper_bound|binary_search|transform|fill|copy|min_element|max_element)\b[(<]",
        "charconv": r"std::(from|to)_chars\b", "chrono": r"std::chrono\b", "fstream": r"std::[io]?fstream\b",
        "functional": r"std::(function|hash|ref)\b", "iostream": r"std::(cout|cerr|cin|clog)\b",
        "map": r"std::(multi)?map\b", "memory": r"std::((unique|shared|weak)_ptr|make_(unique|shared))\b",
        "optional": r"std::(optional|nullopt)\b",
        "random": r"std::(mt19937|random_device|minstd_rand|uniform_\w+_distribution)\w*\b",
        "sstream": r"std::[io]?stringstream\b", "string": r"std::(string|to_string|getline|sto[a-z]+)\b",
        "variant": r"std::(variant|visit|get_if|holds_alternative|monostate)\b", "vector": r"std::vector\b"}
LINES_MAX = 400
COLUMNS_MAX = 110


def tracked(*patterns):
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others",
                          "--exclude-standard", *patterns],
                         check=True, capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in out if name and (ROOT / name).exists()]


def code():
    return tracked("*.cpp", "*.h")


@functools.cache
def includes(path):
    return re.findall(r'^#include [<"]([^>"]+)[>"]', path.read_text(), re.M)


INCLUDE_FOLDERS = [ROOT / name for name in ("shared", "functions", "tests", "deploy/boxofficectl")]


def reached(path, seen):
    """Everything that a file includes, directly or by way of ours: names, and paths where they are ours."""
    for name in includes(path):
        seen.add(name)
        own = next((folder / name for folder in (path.parent, *INCLUDE_FOLDERS) if (folder / name).is_file()), None)
        if own and own not in seen:
            seen.add(own)
            reached(own, seen)
    return seen


def unincluded(text, headers):
    code_only = re.sub(r"(^|\s)//[^\n]*", "", text)
    return [header for header, use in USES.items() if header not in headers and re.search(use, code_only)]


def unnamed(text, headers, folders):
    """The folders of which the text names something and includes nothing."""
    code_only = re.sub(r"(^|\s)//[^\n]*", "", text)
    named = set(re.findall(r"(?<![\w:])(?:boxoffice::)?(\w+)::", code_only)) & folders
    return sorted(named - {str(header).split("/")[0] for header in headers})


def layer(folder):
    return folder if folder in INFRASTRUCTURE else "domain"


def relative(path):
    return str(path.relative_to(ROOT))


class Tree(unittest.TestCase):
    def test_the_top_level_is_exactly_what_was_agreed(self):
        found = {relative(p).split("/")[0] for p in tracked()}
        self.assertEqual(set(), {n for n in found if not n.startswith(".")} - TOP_LEVEL)

    def test_no_file_is_longer_than_one_thing_needs(self):
        long = {relative(p): n for p in tracked("*.cpp", "*.h", "*.sh", "*.sql", "*.py")
                if (n := len(p.read_text().splitlines())) > LINES_MAX}
        self.assertEqual({}, long)

    def test_lines_fit_a_screen(self):
        wide = [f"{relative(p)}:{i}" for p in code() if "/base/" not in str(p)
                for i, line in enumerate(p.read_text().splitlines(), 1) if len(line) > COLUMNS_MAX]
        self.assertEqual([], wide)

    def test_nothing_is_left_to_be_done_later(self):
        words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|GTEST_SK" r"IP|DISAB" r"LED_")
        left = [f"{relative(p)}:{i}" for p in tracked("functions", "shared", "sql", "deploy", "nginx", "tests")
                if p.suffix in {".cpp", ".h", ".sql", ".sh", ".py", ".conf", ""}
                for i, line in enumerate(p.read_text(errors="replace").splitlines(), 1)
                if words.search(line)]
        self.assertEqual([], left)


class Layers(unittest.TestCase):
    def test_includes_point_one_way(self):
        wrong = []
        for path in tracked("shared/*.h", "shared/*.cpp"):
            own = path.relative_to(ROOT / "shared").parts[0]
            for name in includes(path):
                folder = name.split("/")[0]
                if not (ROOT / "shared" / folder).is_dir() or folder == own:
                    continue
                if layer(folder) not in MAY_INCLUDE[layer(own)]:
                    wrong.append(f"{relative(path)} includes {name}")
        self.assertEqual([], wrong)

    def test_files_include_what_they_use_of_the_precompiled_headers(self):
        listed = re.search(r"set\(STANDARD_HEADERS ([^)]*)\)", (ROOT / "CMakeLists.txt").read_text())[1]
        self.assertEqual(sorted(USES), sorted(re.findall(r"<(\w+)>", listed)))
        self.assertEqual(["vector"], unincluded("std::string a; std::vector<int> b;  // std::map", {"string"}))
        wrong = [f"{relative(p)} lacks {header}" for p in code()
                 for header in unincluded(p.read_text(), reached(p, set()))]
        self.assertEqual([], wrong)

    def test_files_include_what_they_use_of_each_folder(self):
        """A build that takes several files in one go does not miss an include."""
        folders = {relative(p).split("/")[1] for p in tracked("shared/*/*.h")}
        self.assertEqual(["wallet"], unnamed("Won a = wallet::read(queue::b);  // token::c", {"queue/rules.h"}, folders))
        wrong = [f"{relative(p)} lacks {folder}/" for p in code()
                 for folder in unnamed(p.read_text(), reached(p, set()), folders)]
        self.assertEqual([], wrong)

    def test_rules_know_neither_database_nor_clock(self):
        wrong = [f"{relative(p)} includes {name}" for p in tracked("shared/*/rules.h", "shared/*/rules.cpp")
                 for name in includes(p)
                 if name.split("/")[0] in INFRASTRUCTURE - {"base"} or name.endswith(("store.h", "service.h"))]
        wrong += [f"{relative(p)} reads a clock" for p in tracked("shared/*/rules.cpp")
                  if re.search(r"wall_clock|monotonic_ms", p.read_text())]
        self.assertEqual([], wrong)

    def test_third_party_headers_have_one_home_each(self):
        wrong = [f"{relative(p)} includes {name}" for p in code() for name in includes(p)
                 if name in HOMES and relative(p) not in HOMES[name] and not relative(p).startswith("tests/")]
        wrong += [f"{relative(p)} includes jansson.h" for p in code() if "jansson.h" in includes(p)
                  and not relative(p).startswith(("shared/json/", "tests/"))]
        self.assertEqual([], wrong)

    def test_sql_stands_in_storage_files_only(self):
        sql = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO) ')
        wrong = [relative(p) for p in code() if sql.search(p.read_text())
                 and not re.match(r"shared/(.*/)?(store|admin_store|[a-z_]*store)\.cpp$", relative(p))
                 and not relative(p).startswith("tests/")]
        self.assertEqual([], wrong)

    def test_a_seat_that_can_be_had_is_told_in_the_same_words_everywhere(self):
        store = (ROOT / "shared/seating/store.cpp").read_text()
        words = re.search(r'#define SEAT_IS_FREE "(.+)"\n', store).group(1)
        told = {relative(p): (text.count("state = 'FREE' OR"), text.count(words))
                for p in tracked("shared/*", "sql/*", "functions/*") if p.suffix in {".cpp", ".sql"}
                for text in [p.read_text()]}
        self.assertGreater(sum(all_of_them for all_of_them, _ in told.values()), 4)
        self.assertEqual({}, {name: n for name, n in told.items() if n[0] != n[1]})

    def test_handlers_leave_method_token_and_catching_to_the_runtime(self):
        words = re.compile(r"\bcatch\b|REQUEST_METHOD|\.queue_token|\.authorization|getenv")
        wrong = [relative(p) for p in tracked("functions/*/*/main.cpp") if words.search(p.read_text())]
        self.assertEqual([], wrong)


class Facts(unittest.TestCase):
    def test_generated_files_are_fresh(self):
        out = subprocess.run([ROOT / "functions/generate", "--check"], capture_output=True, text=True)
        self.assertEqual(0, out.returncode, out.stdout + out.stderr)

    def test_every_function_has_code_and_declaration(self):
        for family in ("v1", "envelope", "ops"):
            for folder in sorted((ROOT / "functions" / family).iterdir()):
                if folder.is_dir():
                    self.assertTrue((folder / "main.cpp").exists(), folder)
                    self.assertTrue((folder / "function.json").exists(), folder)
        for program in sorted((ROOT / "functions/jobs").glob("*/main.cpp")):
            self.assertTrue(program.with_name("job.json").exists(), program)

    def test_limits_are_the_same_in_every_program(self):
        nginx = (ROOT / "nginx/boxoffice.conf.in").read_text()
        mariadb = (ROOT / "deploy/lib/database.sh").read_text()
        self.assertIn(f"fastcgi_read_timeout {limit('kGatewayReadSeconds')}s;", nginx)
        self.assertIn(f"client_max_body_size {limit('kBodyBytes') // 1024}k;", nginx)
        self.assertIn(f"innodb_lock_wait_timeout={limit('kLockWaitSeconds')}\n", mariadb)
        self.assertIn(f"max_statement_time={limit('kStatementSeconds')}\n", mariadb)

    def test_the_readme_has_every_setting_and_every_error(self):
        readme = (ROOT / "README.md").read_text()
        settings = re.findall(r'^BO_(?:SETTING|TEXT)\(\w+, "(\w+)", ("[^"]*"|\d+)',
                              (ROOT / "shared/base/config.def").read_text(), re.M)
        self.assertGreater(len(settings), 10)
        for name, default in settings:
            shown = default.strip('"') or "–"
            self.assertRegex(readme, rf"\| `{name}` \| `?{re.escape(shown)}`? \|", name)
        for path in [ROOT / "deploy/up", *(ROOT / "deploy/lib").glob("*.sh")]:
            for name, default in re.findall(r"\b([A-Z_]+)=\$\{\1:-([^}$]+)\}", path.read_text()):
                self.assertRegex(readme, rf"\| `{name}` \| `{re.escape(default)}` \|", name)
        for stage, name, status in re.findall(r"^BO_ERROR\((\w+), (\w+), (\d+)",
                                              (ROOT / "shared/base/errors.def").read_text(), re.M):
            self.assertRegex(readme, rf"\| {status} \| [^\n]*`{name}`", name)


if __name__ == "__main__":
    unittest.main()
