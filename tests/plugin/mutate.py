#!/usr/bin/env python3
# mutate.py: promise: of two programs that print different results, one never finds the other's entries.
# SPDX-License-Identifier: BSD-2-Clause
#
#   mutate.py [--limit N] [--seed S] [--only KERNEL] [--options "-O2 -mfma"]
#
# makes small edits ("mutants", mutate/mutations.py) in the marked parts of the kernels mutate/*.c, main () left alone: every mutant
# is called with the same inputs. It is built without the plugin, which gives the truth, and with it, which gives the keys of its
# calls. Mutants that do not compile, crash or take more than two seconds are dropped. Then these must hold:
#
#   1. a mutant whose output is not the original's shares no key with it: no exception;
#   2. two mutants with a key in common print the same;
#   3. a program with the plugin prints what it prints without, on an empty cache and on the one it has just filled. Contracts are
#      promises of the programmer: mutants of the header of the marked function are excepted.
#
# A mutant may do what C leaves undefined, and print anything: before 2 and 3 are called violated it must print the same at other
# optimisation levels, with other garbage in its variables and under sanitizers. With --options that let GCC round as it likes hardly
# a program does, and 1 is what remains.
#
# Without --limit all mutants are tried: about ten thousand. The environment is that of run.sh. Prints a line of numbers; of the
# first violations the edit, the outputs and the whole source; exits 1 if there are any.
import argparse
import difflib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path (__file__).resolve ().parent
sys.path.insert (0, str (HERE / "mutate"))
from mutations import apply, mutants  # noqa: E402

WORKERS = 2
PATIENCE = 2  # seconds for a run without the plugin; with it, five times as many
SHOWN = 3  # violations shown in full
DEFINED = [["-O0"], ["-O2"], ["-O1", "-ftrivial-auto-var-init=zero"], ["-O1", "-ftrivial-auto-var-init=pattern"],
           ["-O1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]]

Case = namedtuple ("Case", "kernel text mutant source")  # MUTANT: None for the kernel itself
Result = namedtuple ("Result", "case outcome plain keys cold warm messages")


class Bench:
  """Builds programs with OPTIONS in the directory WORK, and runs them."""

  def __init__ (self, work, options):
    self.work = Path (work)
    self.options = options
    self.compiler = os.environ["TEST_CC"].split ()
    self.include = "-I" + os.environ["TEST_INCLUDE"]
    self.storage_options = os.environ["TEST_STORAGE_CFLAGS"].split ()
    self.libraries = os.environ["TEST_STORAGE_LIBS"].split ()
    self.link_options = ["-lm", "-Wl,--allow-shlib-undefined"]
    self.plugin = "-fplugin=" + os.environ["TEST_PLUGIN"]
    self.environment = {k: v for k, v in os.environ.items () if not k.startswith ("HASHCACHE_")}
    self.runtime = self.build_runtime ()

  def compile (self, *arguments):
    return subprocess.run ([*self.compiler, "-w", self.include, *map (str, arguments)], capture_output=True, text=True, errors="replace")

  def build_runtime (self):
    """A shared object, so that the many programs need not be linked with all that it is linked with."""
    source, runtime = self.work / "runtime.c", self.work / "runtime.so"
    source.write_text ("#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n")
    built = self.compile ("-O1", "-fPIC", "-shared", *self.storage_options, source, *self.libraries, "-o", runtime)
    if built.returncode:
      sys.exit ("mutate.py: the runtime does not compile: " + built.stderr)
    return runtime

  def run (self, program, seconds, cache):
    """Output, exit status and messages; None if it does not end in time."""
    environment = dict (self.environment, HASHCACHE_DIR=str (cache), HASHCACHE_VERBOSE="1")
    try:
      done = subprocess.run ([program], capture_output=True, timeout=seconds, env=environment, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
      return None
    return done.stdout.decode (errors="replace"), done.returncode, done.stderr.decode (errors="replace")

  def plain_output (self, source, options):
    """What SOURCE, compiled with OPTIONS, prints without the plugin: None if it crashes or hangs; False if it does not compile."""
    with tempfile.TemporaryDirectory (dir=self.work) as place:
      path, program = Path (place, "kernel.c"), Path (place, "plain")
      path.write_text (source)
      if self.compile (*options, path, "-lm", "-o", program).returncode:
        return False
      ran = self.run (program, PATIENCE, "/nonexistent")
    return ran[0] if ran and ran[1] == 0 else None

  def try_case (self, case):
    """The Result of CASE."""
    plain = self.plain_output (case.source, self.options)
    if not plain:
      return Result (case, "does not compile" if plain is False else "crashes or hangs", plain, set (), None, None, "")
    with tempfile.TemporaryDirectory (dir=self.work) as place:
      path, program, cache = (Path (place, name) for name in ("kernel.c", "cached", "cache"))
      path.write_text (case.source)
      built = self.compile (*self.options, self.plugin, path, self.runtime, *self.link_options, "-o", program)
      if built.returncode:
        refused = "cannot be cached" in built.stderr and "internal compiler error" not in built.stderr
        return Result (case, "refused" if refused else "breaks the compiler", plain, set (), None, None, built.stderr)
      cold = self.run (program, 5 * PATIENCE, cache)
      keys = {entry.stem for entry in cache.glob ("objects/*/*.h5")}
      warm = self.run (program, 5 * PATIENCE, cache)
    messages = (cold[2] if cold else "") + (warm[2] if warm else "")
    return Result (case, "runs" if keys else "not cached", plain, keys, cold and cold[:2], warm and warm[:2], messages)

  def defined_p (self, result):
    """Whether the program of RESULT prints the same whatever C leaves open."""
    outputs = [self.plain_output (result.case.source, options) for options in DEFINED]
    return all (output is False or output == result.plain for output in outputs)


class Judge:
  """Compares results; knows the violations so far."""

  def __init__ (self, bench):
    self.bench = bench
    self.originals = {}
    self.owners = {}  # (kernel, key) -> the first result that had it
    self.counts = Counter ()
    self.violations = 0

  def original (self, result):
    """Whether RESULT, of a kernel without an edit, is fit to compare with."""
    fit = result.outcome == "runs"
    if self.bench.options == ["-O1"]:
      fit = fit and result.cold == result.warm == (result.plain, 0) and self.bench.defined_p (result)
    if not fit:
      print (f"{result.case.kernel}: {result.outcome}; prints otherwise with the plugin, or is not defined: {result.messages}")
    self.originals[result.case.kernel] = result
    self.owners.update ({(result.case.kernel, key): result for key in result.keys})
    return fit

  def judge (self, result):
    original = self.originals[result.case.kernel]
    if result.outcome in ("runs", "not cached"):
      changed = "another output" if result.plain != original.plain else "the same output"
      key = "no key" if not result.keys else "the same key" if result.keys & original.keys else "another key"
      self.counts[f"{changed}, {key}"] += 1
    else:
      self.counts[result.outcome] += 1
    if result.outcome == "breaks the compiler":
      self.violation ("the compiler fails with the plugin: " + result.messages, result)
      return
    if result.plain and result.plain != original.plain and result.keys & original.keys:
      self.violation ("rule 1: another output than the original's, the same key", result)
    self.compare_mutants (result)
    self.compare_runs (result)

  def compare_mutants (self, result):
    for key in sorted (result.keys):
      owner = self.owners.setdefault ((result.case.kernel, key), result)
      if owner.plain != result.plain and owner.case.mutant and self.bench.defined_p (owner) and self.bench.defined_p (result):
        self.violation ("rule 2: another output than another mutant's, the same key", result, owner)
        return

  def compare_runs (self, result):
    if not result.plain or result.case.mutant.contract or result.outcome not in ("runs", "not cached"):
      return
    for which, ran in (("the empty", result.cold), ("the filled", result.warm)):
      if ran != (result.plain, 0) and self.bench.defined_p (result):
        self.violation (f"rule 3: another output with {which} cache than without the plugin", result, ran=ran)
        return

  def violation (self, what, result, other=None, ran=None):
    self.violations += 1
    print (f"VIOLATION {self.violations}: {result.case.kernel}: {what}")
    show (result, self.originals[result.case.kernel], ran)
    if other:
      print ("the other mutant:")
      show (other, self.originals[result.case.kernel])
    if self.violations <= SHOWN:
      print ("the mutated source:", result.case.source, sep="\n")
    sys.stdout.flush ()


def difference (old, new, context):
  return "\n".join (list (difflib.unified_diff (old.splitlines (), new.splitlines (), lineterm="", n=context))[2:])


def show (result, original, ran=None):
  """Prints what RESULT's mutant changes, and its output against the ORIGINAL's, or of the run RAN against its own."""
  print (f"{result.case.mutant.kind}, line {result.case.mutant.line}:")
  print (difference (original.case.source, result.case.source, 1))
  if ran is None:
    print ("outputs:", difference (original.plain, result.plain, 0), sep="\n")
  else:
    print ("outputs:", difference (result.plain, f"{ran[0]}exit status {ran[1]}", 0), result.messages, sep="\n")


def read_cases (only):
  """The kernels, and all their mutants."""
  originals, cases = [], []
  for path in sorted ((HERE / "mutate").glob ("*.c")):
    if only in (None, path.stem):
      text = path.read_text ()
      originals.append (Case (path.stem, text, None, text))
      cases += [Case (path.stem, text, m, apply (text, m)) for m in mutants (text)]
  return originals, cases


def sample (cases, limit, seed):
  """LIMIT of CASES, of each kind of edit as many as possible."""
  random.Random (seed).shuffle (cases)
  turn = Counter ()
  turns = []
  for case in cases:
    turns.append ((turn[case.mutant.kind], len (turns)))
    turn[case.mutant.kind] += 1
  return [cases[place] for _, place in sorted (turns)[:limit]]


def read_arguments ():
  parser = argparse.ArgumentParser (description="mutation test of hashcache's keys")
  parser.add_argument ("--limit", type=int, help="try so many mutants, chosen at random from all kinds; all without it")
  parser.add_argument ("--seed", type=int, default=1, help="which ones --limit chooses")
  parser.add_argument ("--options", default="-O1", type=str.split, help="how to compile the kernels, -O1 without it")
  parser.add_argument ("--only", metavar="KERNEL", help="a kernel's name, such as lu")
  return parser.parse_args ()


def main ():
  arguments = read_arguments ()
  resource.setrlimit (resource.RLIMIT_CORE, (0, 0))
  originals, cases = read_cases (arguments.only)
  if arguments.limit is not None and arguments.limit < len (cases):
    cases = sample (cases, arguments.limit, arguments.seed)
  signal.signal (signal.SIGTERM, lambda *_: sys.exit (1))  # by way of `finally'
  work, pool = tempfile.mkdtemp (prefix="hashcache test."), None
  try:
    bench = Bench (work, arguments.options)
    judge = Judge (bench)
    if not all ([judge.original (bench.try_case (case)) for case in originals]):
      return 1
    pool = ThreadPoolExecutor (WORKERS)
    for result in pool.map (bench.try_case, cases):
      judge.judge (result)
  finally:
    if pool:
      pool.shutdown (cancel_futures=True)
    shutil.rmtree (work, ignore_errors=True)
  numbers = "; ".join (f"{what}: {n}" for what, n in sorted (judge.counts.items ()))
  print (f"{len (originals)} kernels, {len (cases)} mutants, {judge.violations} violations; {numbers}")
  compared = judge.counts["another output, another key"]
  return 0 if compared and not judge.violations else 1


if __name__ == "__main__":
  sys.exit (main ())
