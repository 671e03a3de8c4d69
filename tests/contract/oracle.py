#!/usr/bin/env python3
# oracle.py: promise: a cached call cannot be told from the call it replaces.
# SPDX-License-Identifier: BSD-2-Clause
#
#   oracle.py [--only CASE] [--options OPTIONS] [--allow-refusals] FILE.c...
#
# Each FILE.c holds cases, see oracle.h. It is compiled without the plugin and with it, for each set of options, and run
#
#   plain   without the plugin: the truth
#   cold    with it, on an empty cache
#   warm    with it, on the cache of the cold run, in another process
#
# each time with other garbage in all memory whose content must not matter, and all cases twice in each process. What a case shows
# must be the same in all six; the warm run, and the second round of the cold one, must compute nothing. A case that calls
# oracle_expect_refusal must not be cached, with the message it names (the others of that kind: oracle.h); its results must be
# right all the same. hashcache has nothing else to say. The sets of options are SETS below; a line "options: ..." in the file is
# added to each.
#
# --allow-refusals passes over the cases with functions that the plugin refuses, and names them.
import argparse
import os
import re
import shlex
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent.parent / "identity"))
from compiling import Failure, in_bench, run_command  # noqa: E402

HERE = Path (__file__).resolve ().parent
SANITIZE = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
SETS = ["-O0", "-O2", SANITIZE]
CASE = re.compile (r"^ORACLE_CASE \((\w+)\)(.*?)^\}", re.M | re.S)
SHOWN = re.compile (r"^== (\d) (\w+)\n(.*?)(?:^-- end\n|\Z)", re.M | re.S)
REFUSED = re.compile (r"(?:warning|error): [‘']?(\w+)[’']? cannot be cached: (.*)")
# What may be said at exit.
SUMMARY = re.compile (r"hashcache: (?:rank 0 for itself: )?\d+ calls?: \d+ from memory"
                      r"|hashcache: looking up .*: leave HASHCACHE away from it$")

Ran = namedtuple ("Ran", "status shown messages statistics")
# SHOWN: what each (round, case) showed. STATISTICS: of each (round, case), what hashcache did.
Statistics = namedtuple ("Statistics", "calls hits computed uncached expected message")
Complaint = namedtuple ("Complaint", "case text refused")


def build_runtime (bench, options):
  """What to link with: the runtime, itself under the sanitizers if OPTIONS are. Made once for each kind."""
  sanitizers = [option for option in options if "sanitize" in option]
  source = bench.work / "runtime.c"
  runtime = bench.work / f"runtime{len (sanitizers)}.o"
  if not sanitizers and os.environ.get ("TEST_RUNTIME"):
    runtime = Path (os.environ["TEST_RUNTIME"])
  if not runtime.exists ():
    source.write_text ("#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n")
    bench.must_compile (["-O1", "-g", *sanitizers, *os.environ["TEST_STORAGE_CFLAGS"].split (), "-c", source, "-o", runtime])
  return [runtime, *os.environ["TEST_STORAGE_LIBS"].split (), "-lm"]


def run_program (bench, program, cases, garbage, cache, seconds):
  with tempfile.TemporaryDirectory (dir=bench.work) as place:
    statistics = Path (place, "statistics")
    environment = dict (bench.environment, HASHCACHE_DIR=str (cache), HASHCACHE_VERBOSE="1", ORACLE_GARBAGE=str (garbage),
                        ORACLE_STATISTICS=str (statistics), OMP_NUM_THREADS="2", UBSAN_OPTIONS="print_stacktrace=1")
    done = run_command ([str (program), *cases], seconds, cwd=place, env=environment)
    lines = statistics.read_text ().splitlines () if statistics.exists () else []
  shown = {(int (number), name): text for number, name, text in SHOWN.findall (done.stdout)}
  numbers = {}
  for line in lines:
    number, name, *counts, expected, message = line.split ("\t")
    numbers[int (number), name] = Statistics (*map (int, counts), expected, message)
  return Ran (done.returncode, shown, done.stderr, numbers)


def first_difference (truth, other):
  """The first line in which two texts differ, and of it the first word."""
  for a, b in zip (truth.splitlines () + ["the end"], other.splitlines () + ["the end"]):
    if a != b:
      words = zip (a.split () + [""], b.split () + [""])
      place = next ((i for i, (x, y) in enumerate (words) if x != y), 0)
      return f"word {place} of\n    {a[:300]}\n    {b[:300]}"
  return "nothing"


def compare_shown (runs):
  """Complaints where what a case shows is not what it shows in the plain program's first round."""
  for (number, case), truth in sorted (runs["plain"].shown.items ()):
    for name, run in runs.items ():
      reference = runs["plain"].shown[1, case]
      if run.shown.get ((number, case)) != reference:
        yield Complaint (case, f"{name}, round {number}: not what the plain program shows: "
                         + first_difference (reference, run.shown.get ((number, case), "")), False)
        break


def says (said, message, functions):
  """Whether a line of SAID has MESSAGE in it and is about one of FUNCTIONS."""
  return any (message in line and functions & set (re.findall (r"\w+", line.split (message)[0])) for line in said.splitlines ())


def judge_statistics (did, said, functions):
  """What is wrong with what hashcache DID in a round that should compute nothing, calling FUNCTIONS; "" if nothing."""
  counts = f"of {did.calls} calls {did.computed} computed, {did.uncached} not cached"
  cached = did.calls > 0 and did.hits == did.calls
  if did.expected == "nothing kept":
    return "" if did.calls > 0 and did.computed == did.calls else f"{counts}, although nothing is to be kept"
  if cached:
    return f"cached, although it should not be: {did.message}" if did.expected == "refusal" else ""
  if did.expected == "hits":
    return counts
  return "" if says (said, did.message, functions) else f"{counts}, and nobody says: {did.message}"


def refused_cases (source_text, built):
  """What the compiler said of functions that it refused: a message for each case that mentions the function."""
  refused = {}
  bodies = CASE.findall (source_text)
  for function, why in REFUSED.findall (built.stderr):
    cases = [name for name, body in bodies if re.search (rf"\b{function}\b", body)]
    for case in cases or [function]:
      refused.setdefault (case, f"{function} is refused: {why}")
  return refused


def judge (source_text, runs, built):
  """All complaints about one program."""
  refused = refused_cases (source_text, built)
  called = {name: set (re.findall (r"(\w+) \(", body)) for name, body in CASE.findall (source_text)}
  said = built.stderr + runs["cold"].messages + runs["warm"].messages
  yield from compare_shown (runs)
  for name, number in (("cold", 2), ("warm", 1), ("warm", 2)):
    for (round_, case), did in sorted (runs[name].statistics.items ()):
      if round_ == number:
        wrong = judge_statistics (did, said, called.get (case, set ()))
        if wrong:
          yield Complaint (case, refused.get (case, f"{name}, round {number}: {wrong}"), case in refused)
  expected = [did.message for did in runs["cold"].statistics.values () if did.message]
  for name in "cold", "warm":
    for line in runs[name].messages.splitlines ():
      if line.startswith ("hashcache:") and not SUMMARY.match (line) and not any (text in line for text in expected):
        yield Complaint ("", f"{name}: says: {line}", False)


def crashed (name, run):
  case = list (run.shown)[-1][1] if run.shown else ""
  return Complaint (case, f"{name}: exit status {run.status}\n{run.messages[-3000:]}", False)


def check (bench, source, options, only=(), seconds=60):
  """What is wrong with the program SOURCE compiled with OPTIONS: (complaints, number of cases)."""
  options = [*options, "-I" + str (HERE)]
  with tempfile.TemporaryDirectory (dir=bench.work) as place:
    plain, cached, cache = (Path (place, name) for name in ("plain", "cached", "cache"))
    bench.must_compile ([*options, source, "-o", plain, "-lm"], plugin="")
    built = bench.must_compile ([*options, "-fplugin-arg-hashcache-refuse=warn", source, *build_runtime (bench, options), "-o",
                                 cached], warnings=True)
    runs = {}
    for garbage, (name, program) in enumerate ((("plain", plain), ("cold", cached), ("warm", cached))):
      runs[name] = run_program (bench, program, only, garbage + 1, cache, seconds)
      if runs[name].status:
        return [crashed (name, runs[name])], len (runs["plain"].shown) // 2
  complaints = {}
  for complaint in judge (Path (source).read_text (), runs, built):
    complaints.setdefault (complaint.case, complaint)
  return list (complaints.values ()), len (runs["plain"].shown) // 2


def own_options (source):
  found = re.search (r"^.*\boptions: (.*?)(?: \*/)?$", source.read_text (), re.M)
  return shlex.split (found[1]) if found else []


def report (complaints, allow_refusals, again):
  """Prints COMPLAINTS and how to see each AGAIN, a function of the case; the number of those that count."""
  failures = [complaint for complaint in complaints if not (allow_refusals and complaint.refused)]
  for complaint in failures:
    print (f"FAILED: {complaint.case}: {complaint.text}\n  again: {again (complaint.case)}")
  if len (failures) < len (complaints):
    print (f"passed over, refused: {' '.join (complaint.case for complaint in complaints if complaint.refused)}")
  return len (failures)


def main ():
  parser = argparse.ArgumentParser ()
  parser.add_argument ("--only", action="append", default=[])
  parser.add_argument ("--options", help="only this set of options")
  parser.add_argument ("--allow-refusals", action="store_true")
  parser.add_argument ("files", nargs="+", type=Path)
  arguments = parser.parse_args ()

  def work (bench, pool):
    for options in [arguments.options] if arguments.options else SETS:
      build_runtime (bench, options.split ())
    tasks = []
    for path in arguments.files:
      for options in [arguments.options] if arguments.options else SETS:
        everything = [*shlex.split (options), *own_options (path)]
        tasks.append ((path, options, pool.submit (check, bench, path.resolve (), everything, arguments.only)))
    failures = cases = 0
    for path, options, task in tasks:
      complaints, n = task.result ()
      failures += report (complaints, arguments.allow_refusals,
                          lambda case: f"oracle.py --only={case} --options='{options}' {path}")
      cases += n
    print (f"{cases} cases of {len (tasks)} programs, {failures} failures")
    return 1 if failures else 0

  try:
    return in_bench (work)
  except Failure as failure:
    print (f"FAILED: {failure}")
    return 1


if __name__ == "__main__":
  sys.exit (main ())
