# compiling.py: compiles and runs C for the tests of this directory, with the plugin and without.
# SPDX-License-Identifier: BSD-2-Clause
#
# What to compile with, the environment says: that of tests/plugin/run.sh, see tests/CMakeLists.txt. A `Bench' is a temporary
# directory with hashcache's runtime in it, compiled once. Everything that is run has a time limit.
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PATIENCE = 60  # seconds for one run of the compiler
SKIPPED = 77  # exit status of a test that could not be made here

Run = namedtuple ("Run", "output status messages statistics")
# STATISTICS: what the program wrote to HASHCACHE_STATS, {} if nothing.

HEAD = re.compile (r"^(\S+): ([0-9a-f]{32})\n", re.M)


class Failure (Exception):
  """What cannot be built."""


def run_command (command, seconds=PATIENCE, **how):
  """The completed process; stops it, and what it started, after SECONDS."""
  with subprocess.Popen (command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
      errors="replace",
                         start_new_session=True, **how) as process:
    try:
      output, messages = process.communicate (timeout=seconds)
    except BaseException:
      os.killpg (process.pid, signal.SIGKILL)
      raise
  return subprocess.CompletedProcess (command, process.returncode, output, messages)


class Bench:
  """Compiles with the compiler and the plugin of the environment; all files go to the directory WORK."""

  def __init__ (self, work):
    self.work = Path (work)
    self.compiler = os.environ["TEST_CC"].split ()
    self.plugin = "-fplugin=" + os.environ["TEST_PLUGIN"]
    self.include = "-I" + os.environ["TEST_INCLUDE"]
    self.environment = {k: v for k, v in os.environ.items () if not k.startswith ("HASHCACHE_")}
    self.environment.update (LC_ALL="C", CCACHE_DIR=str (self.work / "ccache"))
    self.runtime = None

  def compile (self, arguments, cwd=None, plugin=None, compiler=None, warnings=False):
    """The completed compilation: PLUGIN may be "" for none, and nobody reads WARNINGS unless asked for."""
    plugin = self.plugin if plugin is None else plugin
    command = [*(compiler or self.compiler), *([plugin] if plugin else []), *([] if warnings else ["-w"]), self.include,
        *map (str, arguments)]
    return run_command (command, cwd=cwd or self.work, env=self.environment)

  def must_compile (self, arguments, **how):
    built = self.compile (arguments, **how)
    if built.returncode:
      said = re.search (r"^.*(?:error|undefined)[\s\S]*", built.stderr, re.M)
      raise Failure (f"{' '.join (map (str, arguments))}: {said.group () if said else built.stderr}")
    return built

  def build_runtime (self):
    """What to link a program with: the runtime is in the program, as it is in users' programs."""
    source, runtime = self.work / "runtime.c", self.work / "runtime.o"
    if not self.runtime:
      if os.environ.get ("TEST_RUNTIME"):
        runtime = os.environ["TEST_RUNTIME"]
      else:
        source.write_text ("#define HASHCACHE_IMPLEMENTATION\n#include <hashcache.h>\n")
        self.must_compile (["-O1", "-fPIC", *os.environ["TEST_STORAGE_CFLAGS"].split (), "-c", source, "-o", runtime])
      self.runtime = [runtime, *os.environ["TEST_STORAGE_LIBS"].split (), "-lm"]
    return self.runtime

  def run (self, program, cache, seconds=20, mode="on"):
    """What PROGRAM does with HASHCACHE_MODE=MODE; None if it takes more than SECONDS."""
    with tempfile.TemporaryDirectory (dir=self.work) as place:
      statistics = Path (place, "statistics")
      environment = dict (self.environment, HASHCACHE_DIR=str (cache), HASHCACHE_STATS=str (statistics), HASHCACHE_VERBOSE="1",
                          HASHCACHE_MODE=mode)
      try:
        done = run_command ([program], seconds, cwd=place, env=environment)
      except subprocess.TimeoutExpired:
        return None
      numbers = json.loads (statistics.read_text ()) if statistics.exists () else {}
    return Run (done.stdout, done.returncode, done.stderr, numbers)

  def dump (self, arguments, **how):
    """Canonical texts of the functions of the unit compiled with ARGUMENTS: a list of (name, digest, text)."""
    built = self.must_compile (["-S", "-o", os.devnull, "-fplugin-arg-hashcache-dump", *arguments], **how)
    parts = HEAD.split (built.stderr)
    return list (zip (parts[1::3], parts[2::3], parts[3::3]))


def entries (cache):
  return {entry.stem for entry in Path (cache).glob ("objects/*/*.h5")}


def in_bench (work):
  """Calls WORK with a Bench, a pool as wide as the machine, and clean up whatever happens; its result is the exit status."""
  signal.signal (signal.SIGTERM, lambda *_: sys.exit (1))  # by way of `finally'
  directory = tempfile.mkdtemp (prefix="hashcache test.")
  pool = ThreadPoolExecutor (os.cpu_count ())
  try:
    return work (Bench (directory), pool)
  finally:
    pool.shutdown (cancel_futures=True)
    shutil.rmtree (directory, ignore_errors=True)
