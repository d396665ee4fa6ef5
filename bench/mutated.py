"""`python -m bench.mutated 10000`: changed photos through the check; what became of them, memory.

Ends with an error if one of them raises anything but a refusal. The first quarter warms up.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import time
from collections import Counter

from backend.evidence.check import RefusedError, examine
from bench.load import rss
from tests.backend.evidence.mutations import mutated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    ends: Counter[str] = Counter()
    slowest, warm, began = 0.0, 0.0, time.perf_counter()
    for number, data in enumerate(mutated(given.count, given.seed)):
        if number == given.count // 4:
            gc.collect()
            warm = rss(os.getpid())
        at = time.perf_counter()
        try:
            examine(data, keep_position=bool(number % 2))
            ends["kept"] += 1
        except RefusedError as error:
            ends[error.code.value] += 1
        slowest = max(slowest, time.perf_counter() - at)
    gc.collect()
    told = {
        "ends": dict(ends.most_common()),
        "seconds": round(time.perf_counter() - began, 1),
        "slowest_ms": round(slowest * 1e3),
        "resident_mb": round(rss(os.getpid())),
        "grown_mb": round(rss(os.getpid()) - warm, 1),
    }
    print(json.dumps(told) if given.json else "\n".join(f"{k}: {v}" for k, v in told.items()))


if __name__ == "__main__":
    main()
