#!/usr/bin/env python3
"""Which operations made-up requests have carried out: all of them must be among them, or the fuzzing
has stopped at a gate."""
import sys

import contract


def main():
    with open(sys.argv[1]) as file:
        seen = {tuple(line.split()) for line in file}
    never = [operation.id for operation in contract.OPERATIONS
             if not any((operation.id, str(status), "-") in seen for status in operation.successes())]
    if never:
        sys.exit(f"fuzz http: never carried out: {', '.join(never)}")
    print(f"{len(contract.OPERATIONS)} operations carried out, {len({name for _, _, name in seen} - {'-'})} errors met")


if __name__ == "__main__":
    main()
