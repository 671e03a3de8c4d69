#!/usr/bin/env python3
# table.py: promise: two programs share entries if they mean the same, and share none if they do not.
# SPDX-License-Identifier: BSD-2-Clause
#
#   table.py [--only TEXT] [--list]
#
# goes through the table in rows_same.py and rows_different.py (how to write a row: pairs.py). Of each row, both programs run on
# an empty cache, and so print what they compute. Then
#
#   same        the variant makes the entries of the base, computes nothing on the base's cache, and prints the same
#   different   the variant makes entries, and not one of the base's; it prints something else, or the row says why not
#
# --only TEXT takes the rows with TEXT in their names; --list prints the table for a person to read. Rows in pending.py are run as
# well, and reported, but do not fail the test. Rows for which something is missing here are named with what is missing.
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter, namedtuple
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent))
import rows_different  # noqa: E402, F401
import rows_same  # noqa: E402, F401
from compiling import Failure, entries, in_bench, run_command  # noqa: E402
from pairs import ROWS  # noqa: E402
from pending import PENDING  # noqa: E402

Outcome = namedtuple ("Outcome", "output entries cache")


def lacking (need):
  """What is missing for NEED of pairs.py, or "". """
  if need.startswith ("cpu:"):
    info = Path ("/proc/cpuinfo")
    return "" if info.exists () and f" {need[4:]} " in info.read_text ().replace ("\n", " ") else f"a processor with {need[4:]}"
  return "" if shutil.which (need) else need


def missing (row):
  for program in (row.base, row.variant):
    for need in (*program.needs, *program.launcher.split ()[:1], *(["clang-format"] if program.formatted else [])):
      if lacking (need):
        return lacking (need)
    if program.other_compiler and not Path (os.environ.get ("TEST_OTHER_PLUGIN", "/nonexistent")).exists ():
      return "a plugin for another GCC (TEST_OTHER_PLUGIN)"
  return ""


class Table:
  """Knows what the programs that were run did: many rows share a base."""

  def __init__ (self, bench):
    self.bench = bench
    self.outcomes = {}
    self.lock = threading.Lock ()

  def write (self, program, place):
    """The files of PROGRAM below PLACE; where to compile."""
    root = Path (place, program.directory)
    for name, text in program.files:
      path = root / name
      path.parent.mkdir (parents=True, exist_ok=True)
      path.write_text (text)
      if program.formatted:
        done = run_command (["clang-format", "-i", "--style=" + program.formatted, path])
        if done.returncode or path.read_text () == text:
          raise Failure (f"clang-format does nothing with {name}: {done.stderr}")
    return root

  def compiler (self, program):
    if program.other_compiler:
      return os.environ["TEST_OTHER_CC"].split (), "-fplugin=" + os.environ["TEST_OTHER_PLUGIN"]
    return [*program.launcher.split (), *self.bench.compiler], self.bench.plugin

  def build (self, program, root):
    compiler, plugin = self.compiler (program)
    own, options = dict (program.own), program.common.split ()

    def compile (*arguments):
      self.bench.must_compile ([*options, *arguments], cwd=root, plugin=plugin, compiler=compiler)

    objects, links = [], []
    for name, _ in program.files:
      if not name.endswith (".c"):
        continue
      more = own.get (name, "").split ()
      if name in program.shared:
        compile (*more, "-fPIC", "-shared", name, "-Wl,-soname," + name + ".so", "-o", name + ".so")
        links += [] if program.loaded else ["./" + name + ".so"]
      else:
        compile (*more, "-c", name, "-o", name + ".o")
        objects.append (name + ".o")
    archived = [name + ".o" for name in program.archived]
    if archived:
      run_command (["ar", "rc", "all.a", *archived], cwd=root)
      objects = [name for name in objects if name not in archived] + ["all.a"]
    compile ("-Wl,-rpath," + str (root), *objects, *links, *self.bench.build_runtime (), "-ldl", "-o", "program")
    return root / "program"

  def perform (self, program):
    place = tempfile.mkdtemp (dir=self.bench.work)
    cache = Path (place, "cache")
    built = self.build (program, self.write (program, place))
    ran = self.bench.run (built, cache)
    self.check (ran, "cold")
    return Outcome (ran.output, entries (cache), cache), built

  def check (self, ran, what):
    if not ran or ran.status or not ran.output:
      did = f"exit status {ran.status}, prints {ran.output!r}: {ran.messages}" if ran else "takes too long"
      raise Failure (f"{what}: {did}")
    if ran.statistics.get ("uncached", 1) or not ran.statistics.get ("calls"):
      raise Failure (f"{what}: calls are not cached: {ran.messages}")

  def base (self, program):
    """What PROGRAM does; run once."""
    with self.lock:
      entry = self.outcomes.setdefault (program, [threading.Lock (), None])
    with entry[0]:
      if not entry[1]:
        try:
          entry[1] = self.perform (program)[0]
        except Failure as failure:
          entry[1] = failure
    if isinstance (entry[1], Failure):
      raise Failure (f"the base fails: {entry[1]}")
    return entry[1]

  def texts (self, program):
    """The digests of the canonical texts of PROGRAM."""
    place = tempfile.mkdtemp (dir=self.bench.work)
    root = self.write (program, place)
    compiler, plugin = self.compiler (program)
    own = dict (program.own)
    found = sorted (digest for name, _ in program.files if name.endswith (".c")
                    for _, digest, _ in self.bench.dump ([*program.common.split (), *own.get (name, "").split (), name], cwd=root,
                                                         plugin=plugin, compiler=compiler))
    if not found:
      raise Failure ("no canonical text")
    return found

  def judge_text (self, row):
    equal = self.texts (row.base) == self.texts (row.variant)
    return "" if equal == (row.kind == "same") else f"the canonical texts are {'equal' if equal else 'not equal'}"

  def judge_same (self, row):
    base = self.base (row.base)
    variant, built = self.perform (row.variant)
    if variant.output != base.output:
      return f"the row is wrong: prints {variant.output!r}, not {base.output!r}"
    if variant.entries != base.entries:
      return "other entries than the base's"
    cache = variant.cache.with_name ("base's cache")
    shutil.copytree (base.cache, cache)
    warm = self.bench.run (built, cache)
    self.check (warm, "on the base's cache")
    if warm.statistics["computed"] or entries (cache) != base.entries or warm.output != base.output:
      return f"on the base's cache: computes {warm.statistics['computed']}, prints {warm.output!r}"
    return ""

  def judge_different (self, row):
    base = self.base (row.base)
    variant = self.perform (row.variant)[0]
    if variant.entries & base.entries:
      return f"shares entries with the base, and prints {variant.output!r} where that prints {base.output!r}"
    if row.unseen and variant.output != base.output:
      return f"the row is wrong: it prints {variant.output!r} where the base prints {base.output!r}"
    if not row.unseen and variant.output == base.output:
      return f"the row is wrong: both print {variant.output!r}"
    return ""

  def judge (self, row):
    """What is wrong with ROW, or ""; None if it cannot be tried here."""
    if missing (row):
      return None
    try:
      if row.text:
        return self.judge_text (row)
      return self.judge_same (row) if row.kind == "same" else self.judge_different (row)
    except (Failure, subprocess.TimeoutExpired) as failure:
      return str (failure)


def report (row, wrong):
  """Prints what there is to say of ROW; what it counts as."""
  if wrong is None:
    print (f"skipped: {row.kind} {row.name}: needs {missing (row)}")
    return "skipped"
  if row.name in PENDING:
    print (f"pending: {row.kind} {row.name}: " + (f"{PENDING[row.name]}: {wrong.strip ()}" if wrong else "HOLDS NOW: take it "
        "off pending.py"))
    return "pending"
  if wrong:
    print (f"FAILED: {row.kind} {row.name} ({row.why}): {wrong}")
    return "failed"
  return row.kind


def choose (text):
  rows = [row for row in ROWS if not text or text in row.name]
  names = Counter (row.name for row in ROWS)
  twice = [name for name, n in names.items () if n > 1] + [name for name in PENDING if name not in names]
  if twice:
    sys.exit ("table.py: not the name of one row: " + ", ".join (twice))
  return rows


def main ():
  parser = argparse.ArgumentParser (description="table of what does and does not change a key")
  parser.add_argument ("--only", metavar="TEXT", default="")
  parser.add_argument ("--list", action="store_true")
  arguments = parser.parse_args ()
  rows = choose (arguments.only)
  if arguments.list:
    for row in rows:
      print (f"{row.kind:10} {row.name}: {row.why}" + (f" [{row.unseen or row.text}]" if row.unseen or row.text else ""))
    return 0

  def work (bench, pool):
    table, counts = Table (bench), Counter ()
    bench.build_runtime ()
    for row, wrong in zip (rows, pool.map (table.judge, rows)):
      counts[report (row, wrong)] += 1
    print (f"{len (rows)} rows: " + ", ".join (f"{n} {what}" for what, n in sorted (counts.items ())))
    return 1 if counts["failed"] or not counts["same"] + counts["different"] else 0

  return in_bench (work)


if __name__ == "__main__":
  sys.exit (main ())
