#!/usr/bin/env python3
"""What of the reference no test has seen answered: every status of success and every error of every
operation must have been, but for those that requests cannot bring about."""
import os
import sys

os.environ.setdefault("BASE_URL", "")
import contract  # noqa: E402

CANNOT_BE_ASKED_FOR = {
    "INTERNAL": "a bug; no request may bring it about. The unit tests of the runtime make one.",
}
ONLY_UNDER_OVERLOAD = {"healthz": "liveness does not ask the database"}


def expected():
    for operation in contract.OPERATIONS:
        for status in operation.successes():
            yield f"{operation.id} {status} -"
        for status, name in operation.errors():
            if name in CANNOT_BE_ASKED_FOR or (name == "UNAVAILABLE" and operation.id in ONLY_UNDER_OVERLOAD):
                continue
            yield f"{operation.id} {status} {name}"
    yield "- 404 ROUTE_NOT_FOUND"
    yield "- 405 METHOD_NOT_ALLOWED"


def main():
    with open(sys.argv[1]) as file:
        seen = set(file.read().splitlines())
    wanted = list(expected())
    missing = [line for line in wanted if line not in seen]
    names = {line.split()[2] for line in seen}
    missing += [f"the catalogue's {name}" for name in contract.ERRORS
                if name not in names and name not in CANNOT_BE_ASKED_FOR]
    print(f"coverage: {len(wanted) - len(missing)} of {len(wanted)} answers of {len(contract.OPERATIONS)} "
          f"operations seen")
    if missing:
        sys.exit("never seen:\n" + "\n".join(f"  {line}" for line in missing))


if __name__ == "__main__":
    main()
