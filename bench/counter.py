"""The honest floor: distinct records per account per hour in some 30 lines of plain Python.

    python bench/counter.py LOG [LIMIT]

Prints the accounts that read more than LIMIT (100) distinct records within a clock hour. It knows one log format, one
route and one limit: all that Maillon has to find out.
"""

import re
import sys
from collections import defaultdict

LINE = re.compile(r'\S+ \S+ (\S+) \[([^:]+:\d\d)[^\]]*\] "\S+ /dossiers/(\w+)')


def count(path, limit):
    hours = defaultdict(set)
    flagged = {}
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            found = LINE.match(line)
            if not found:
                continue
            account, hour, record = found.groups()
            seen = hours[account, hour]
            seen.add(record)
            if len(seen) > limit and account not in flagged:
                flagged[account] = hour
    return flagged


if __name__ == "__main__":
    for account, hour in count(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100).items():
        print(account, hour)
