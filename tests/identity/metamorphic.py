#!/usr/bin/env python3
# metamorphic.py: promise: rewriting a program without changing what it means changes no digest.
# SPDX-License-Identifier: BSD-2-Clause
#
#   metamorphic.py [--count N] [--seed S] [--only REWRITE] [FILE.c...]
#
# applies each rewrite of rewrites.py, and then all of them one after another, to the kernels of tests/plugin/mutate and to N
# programs of csmith from seed S on, and compares the canonical texts of all functions before and after, names apart. A rewritten
# program that does not compile is a mistake of the rewrite, and a failure as well.
#
# Without csmith the kernels are all there is, and the last line says so; where they are left out (--count N --no-kernels) that
# skips the test.
import argparse
import difflib
import random
import re
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path (__file__).resolve ().parent
sys.path.insert (0, str (HERE))
from compiling import SKIPPED, Failure, in_bench  # noqa: E402
from random_programs import add_seed_options, header_path, make_program, seeds_of  # noqa: E402
from rewrites import REWRITES, WORD  # noqa: E402

KERNELS = sorted ((HERE.parent / "plugin" / "mutate").glob ("*.c"))
SIMPLE = ["--no-unions", "--no-volatiles", "--no-bitfields"]


class Judge:
  def __init__ (self, bench, options):
    self.bench, self.options = bench, options
    self.foreign = {}

  def foreign_names (self, text):
    """What the headers of TEXT name."""
    includes = "\n".join (re.findall (r"^\s*#\s*include.*", text, re.M)) + "\n"
    if includes not in self.foreign:
      path = self.bench.work / f"headers{len (self.foreign)}.c"
      path.write_text (includes)
      words = "".join (self.bench.must_compile ([*self.options, *more, "-E", path]).stdout for more in ([], ["-dM"]))
      self.foreign[includes] = set (WORD.findall (words))
    return self.foreign[includes]

  def texts (self, text, name):
    path = self.bench.work / (name + ".c")
    path.write_text (text)
    return self.bench.dump ([*self.options, "-O1", path])

  def judge (self, case):
    """(outcome, what is wrong) of the (name, text, rewrites) of CASE."""
    name, text, rewrites = case
    new = text
    for rewrite in rewrites:
      new = rewrite (new, random.Random (name), self.foreign_names (text))
    if new == text:
      return "nothing to rewrite", ""
    try:
      before = self.texts (text, f"{name}-{rewrites[0].__name__}-{len (rewrites)}-before")
      after = self.texts (new, f"{name}-{rewrites[0].__name__}-{len (rewrites)}-after")
    except Failure as failure:
      return "failed", str (failure)[:1500]
    lost = Counter (t for _, _, t in before) - Counter (t for _, _, t in after)
    if not before or len (before) != len (after) or lost:
      return "failed", self.difference (before, after, lost)
    return "same", ""

  def difference (self, before, after, lost):
    """Shows the functions whose texts in BEFORE are LOST beside those that are new."""
    new = Counter (t for _, _, t in after) - Counter (t for _, _, t in before)
    said = f"{sum (lost.values ())} of {len (before)} texts differ:\n"
    for one, other in list (zip (sorted (lost), sorted (new)))[:2]:
      names = [n for n, _, t in before if t == one][:1] + [n for n, _, t in after if t == other][:1]
      said += "\n".join (list (difflib.unified_diff (one.splitlines (), other.splitlines (), *names, lineterm="",
      n=2))[:40]) + "\n"
    return said


def programs (bench, arguments, header):
  if arguments.files:
    return [(path.stem, path.read_text ()) for path in arguments.files]
  kernels = [] if arguments.no_kernels else [(path.stem, path.read_text ()) for path in KERNELS]
  return kernels + [(f"csmith{seed}", make_program (bench, seed, SIMPLE)) for seed in (seeds_of (arguments) if header else ())]


def work (bench, pool, arguments):
  header = header_path ()
  if arguments.no_kernels and not header:
    print ("skipped: needs csmith and its header csmith.h")
    return SKIPPED
  judge = Judge (bench, [f"-I{header}"] if header else [])
  wanted = [[r] for r in REWRITES if arguments.only in (None, r.__name__)] + ([] if arguments.only else [list (REWRITES)])
  cases = [(name, text, rewrites) for name, text in programs (bench, arguments, header) for rewrites in wanted]
  for _, text, _ in cases:
    judge.foreign_names (text)
  counts, done = Counter (), Counter ()
  for (name, _, rewrites), (outcome, wrong) in zip (cases, pool.map (judge.judge, cases)):
    counts[outcome] += 1
    what = rewrites[0].__name__ if len (rewrites) == 1 else "all rewrites"
    done[what] += outcome == "same"
    if wrong:
      print (f"FAILED: {name}, {what}: {wrong}")
  idle = [what for what, n in done.items () if not n]
  print (f"{len (cases)} rewritten programs: " + ", ".join (f"{n} {what}" for what, n in sorted (counts.items ()))
         + ("" if header else "; no csmith here") + ("; never done with success: " + ", ".join (idle) if idle else ""))
  return 1 if counts["failed"] or idle else 0


def main ():
  parser = argparse.ArgumentParser (description="rewrites that do not change a meaning do not change a digest")
  add_seed_options (parser, 8)
  parser.add_argument ("--only", metavar="REWRITE", choices=[r.__name__ for r in REWRITES])
  parser.add_argument ("--no-kernels", action="store_true")
  parser.add_argument ("files", nargs="*", type=Path)
  arguments = parser.parse_args ()
  return in_bench (lambda bench, pool: work (bench, pool, arguments))


if __name__ == "__main__":
  sys.exit (main ())
