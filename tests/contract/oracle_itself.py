#!/usr/bin/env python3
# oracle_itself.py: promise: the oracle finds each kind of difference between a cached call and the call that it replaces.
# SPDX-License-Identifier: BSD-2-Clause
#
# A program whose cases are wrong, each in its own way, and what the oracle must say of each; and one that it must leave alone.
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent))
from oracle import Failure, check, in_bench  # noqa: E402

PROGRAM = r"""
#include "oracle.h"

HASHCACHE static int add (int n, const int *x HASHCACHE_COUNT (n)) { return n > 0 ? x[0] + add (n - 1, x + 1) : 0; }
HASHCACHE static int broken_promise (int n, HASHCACHE_OUT int *x HASHCACHE_COUNT (n)) { x[0] = n; return n; }
HASHCACHE static int refused (int n, const int *x) { return x[n]; }

ORACLE_CASE (right)
{
  ORACLE_VALUE (add (4, oracle_integers ("x", 4, 9, 1)));
}

ORACLE_CASE (another_value)
{
  ORACLE_VALUE (add (3, oracle_integers ("x", 4, 9, 1)) + (hashcache_stats != NULL));
}

ORACLE_CASE (stale_bytes)
{
  int *x = oracle_unset ("x", 3, sizeof *x);

  broken_promise (3, x);
  oracle_show ("after");
}

ORACLE_CASE (beyond_the_extent)
{
  int *x = oracle_unset ("x", 3, sizeof *x);

  memset (x, 0, sizeof *x);
  add (1, x);
  x[2] += hashcache_stats != NULL;
  oracle_show ("after");
}

ORACLE_CASE (garbage_in_the_key)
{
  add (2, oracle_unset ("x", 2, sizeof (int)));
}

ORACLE_CASE (lost_identity)
{
  int *x = oracle_integers ("x", 5, 9, 1);

  add (5, x);
  oracle_pointer ("x", hashcache_stats ? NULL : x + 1);
}

ORACLE_CASE (nothing_called)
{
  oracle_show ("after");
}

ORACLE_CASE (cached_after_all)
{
  oracle_expect_refusal ("is not cached");
  ORACLE_VALUE (add (2, oracle_integers ("x", 2, 9, 7)));
}

ORACLE_CASE (kept_after_all)
{
  oracle_expect_nothing_kept ();
  ORACLE_VALUE (add (2, oracle_integers ("x", 2, 9, 8)));
}

ORACLE_CASE (refused_in_silence)
{
  oracle_expect_refusal ("some other reason");
  ORACLE_VALUE (refused (1, oracle_integers ("x", 2, 9, 1)));
}

ORACLE_CASE (refused_with_a_reason)
{
  oracle_expect_refusal ("how many elements it points to is not known");
  ORACLE_VALUE (refused (1, oracle_integers ("x", 2, 9, 1)));
}
"""

SAID = {
  "another_value": "cold, round 1: not what the plain program shows",
  "stale_bytes": "not what the plain program shows",
  "beyond_the_extent": "cold, round 1: not what the plain program shows",
  "garbage_in_the_key": "2 computed",
  "lost_identity": "cold, round 1: not what the plain program shows",
  "nothing_called": "of 0 calls",
  "cached_after_all": "cached, although it should not be",
  "kept_after_all": "although nothing is to be kept",
  "refused_in_silence": "refused is refused",
}


def work (bench, pool):
  source = bench.work / "wrong.c"
  source.write_text (PROGRAM)
  complaints, _ = check (bench, source, ["-O1"])
  found = {complaint.case: complaint.text for complaint in complaints}
  failures = 0
  for case in sorted ({*found, *SAID}):
    if SAID.get (case, "nothing at all") not in found.get (case, ""):
      failures += 1
      print (f"FAILED: {case}: the oracle says: {found.get (case, 'nothing')}\n  but should say: {SAID.get (case, 'nothing')}")
  print (f"{len (SAID)} kinds of difference, {failures} failures")
  return 1 if failures else 0


if __name__ == "__main__":
  try:
    sys.exit (in_bench (work))
  except Failure as failure:
    sys.exit (f"FAILED: {failure}")
