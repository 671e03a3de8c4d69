#!/usr/bin/env python3
# csmith.py: promise: whatever program is compiled with the plugin, it compiles, and computes what it computes without.
# SPDX-License-Identifier: BSD-2-Clause
#
#   csmith.py [--count N] [--seed S]
#
# makes N programs with csmith, from seed S on. Each prints a checksum of all its global variables:
#
#   1. with the plugin, unmarked, at -O0 and -O2: the compiler neither fails nor says anything, the checksum is that without the
#   plugin; 2. with its functions marked (mark=NAMES, refuse=warn), all of them, and all but the first, which calls the others:
#   runs
#      with the cache switched off, on an empty cache and on the one just filled print that checksum.
#
# Two of three seeds are made without what is never cached (unions, pointers of unknown extent), so that much can be: how much
# was, the last line says, and too little is a failure. Programs that run for more than a few seconds without the plugin are left
# out.
import argparse
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent))
from compiling import in_bench  # noqa: E402
from random_programs import add_seed_options, functions, header_path_or_skip, make_program, seeds_of  # noqa: E402

PATIENCE = 3  # seconds for a run without the plugin; ten times as many with a cache
KINDS = (["--no-unions", "--no-volatiles", "--no-pointers"], ["--no-unions", "--no-volatiles", "--no-volatile-pointers"], [])
REFUSED = re.compile (r"'(\w+)' cannot be cached")


class Trial:
  """One program: `wrong' says what does not hold, `counts' what was done."""

  def __init__ (self, bench, header, seed):
    self.bench, self.header, self.seed = bench, header, seed
    self.wrong, self.counts = [], Counter (programs=1)
    self.source = make_program (bench, seed, KINDS[seed % len (KINDS)])
    with tempfile.TemporaryDirectory (dir=bench.work) as place:
      self.place = Path (place)
      self.path = self.place / "program.c"
      self.path.write_text (self.source)
      self.truth = self.run_plain ()
      if not self.truth:
        self.counts["without end"] += 1
        return
      for level in ("-O0", "-O2"):
        self.unmarked (level)
      names = functions (self.source)
      self.marked (("-O0", "-O2", "-O3")[seed // 3 % 3], names)
      self.marked ("-O1", names[1:])

  def build (self, *options, plugin=None, link=()):
    """The messages of a compilation to `program', None if it fails."""
    built = self.bench.compile ([f"-I{self.header}", *options, self.path, *link, "-o", self.place / "program"], plugin=plugin)
    if built.returncode or "internal compiler error" in built.stderr:
      self.wrong.append (f"does not compile with {' '.join (options)}: {built.stderr[:2000]}")
      return None
    return built.stderr

  def run_plain (self):
    """What the program prints without the plugin; None if it does not end, or if it depends on how it is compiled."""
    outputs = set ()
    for level in ("-O0", "-O2"):
      if self.build (level, plugin="") is None:
        return None
      ran = self.bench.run (self.place / "program", self.place / "none", PATIENCE)
      outputs.add (ran.output if ran and ran.status == 0 else None)
    return outputs.pop () if len (outputs) == 1 else None

  def run (self, cache, what, mode="on"):
    """Statistics of a run that must print the truth."""
    ran = self.bench.run (self.place / "program", cache, 10 * PATIENCE, mode)
    if not ran or ran.status or ran.output != self.truth:
      did = f"prints {ran.output!r}, exit status {ran.status}, {ran.messages[:2000]}" if ran else "takes too long"
      self.wrong.append (f"{what}: {did}; should print {self.truth!r}")
    return (ran and ran.statistics) or {}

  def unmarked (self, level):
    messages = self.build (level)
    if messages:
      self.wrong.append (f"unmarked, {level}: {messages[:2000]}")
    elif messages is not None:
      self.run (self.place / "none", f"unmarked, {level}")

  def marked (self, level, names):
    if not names:
      return
    options = [f"-fplugin-arg-hashcache-mark={','.join (names)}", "-fplugin-arg-hashcache-refuse=warn"]
    built = self.bench.compile ([f"-I{self.header}", level, *options, self.path, *self.bench.build_runtime (), "-o",
        self.place / "program"],
                                warnings=True)
    if built.returncode:
      self.wrong.append (f"marked, {level}: {built.stderr[:2000]}")
      return
    refused = set (REFUSED.findall (built.stderr.replace ("‘", "'").replace ("’", "'")))
    self.counts.update (functions=len (names), refused=len (refused))
    cache = self.place / f"cache{len (names)}"
    self.run (cache, f"marked, {level}, switched off", "off")
    cold, warm = self.run (cache, f"marked, {level}, cold"), self.run (cache, f"marked, {level}, warm")
    self.counts.update (calls=cold.get ("calls", 0), computed=cold.get ("computed", 0), uncached=cold.get ("uncached", 0))
    hits = warm.get ("calls", 0) - warm.get ("computed", 0) - warm.get ("uncached", 0)
    self.counts.update ({"warm hits": hits, "programs with hits": hits > 0})


def work (bench, pool, arguments):
  header = header_path_or_skip ()
  bench.build_runtime ()
  counts, wrong = Counter (), 0
  for trial in pool.map (lambda seed: Trial (bench, header, seed), seeds_of (arguments)):
    counts.update (trial.counts)
    for what in trial.wrong:
      wrong += 1
      print (f"seed {trial.seed} ({' '.join (KINDS[trial.seed % len (KINDS)])}): {what}")
    sys.stdout.flush ()
  print (", ".join (f"{n} {what}" for what, n in counts.items ()) + f", {wrong} violations")
  if 3 * counts["programs with hits"] < counts["programs"]:
    print ("too little was cached for this test to mean anything")
    return 1
  return 1 if wrong else 0


def main ():
  parser = argparse.ArgumentParser (description="programs of csmith with the plugin and a cache")
  add_seed_options (parser, 10)
  arguments = parser.parse_args ()
  return in_bench (lambda bench, pool: work (bench, pool, arguments))


if __name__ == "__main__":
  sys.exit (main ())
