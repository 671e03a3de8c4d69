# memory.py: seconds for each call of a function of an int that functools.lru_cache knows: memory.py [CALLS]
# SPDX-License-Identifier: BSD-2-Clause
import functools
import sys
import timeit

calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200000


@functools.lru_cache
def square(n):
    return n * n


square(7)
print(min(timeit.repeat("square(7)", globals={"square": square}, number=calls, repeat=3)) / calls)
