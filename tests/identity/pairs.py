# pairs.py: how a row of the table of identity is written: two programs, and whether they share their entries.
# SPDX-License-Identifier: BSD-2-Clause
#
#   BASE = program ("""... C with main () ...""")
#   same ("name", BASE, BASE.edit ("old", "new"), "why an edit from old to new cannot change a result")
#   different ("name", BASE, BASE.edit ("old", "new"), "why it may")
#
# A row is a real edit of a real program: `edit' fails unless "old" is there exactly once. Both programs of a row run. Programs
# that are `same' print the same; those that are `different' print different things, which shows that the key had to change,
# unless the row says why that cannot be seen (`unseen').
#
# `text' makes a row of which only the canonical texts are compared, since its programs cannot be linked or run here; it says why.
from collections import namedtuple
from dataclasses import dataclass, field, replace

Row = namedtuple ("Row", "name kind why base variant unseen text")
ROWS = []


@dataclass (frozen=True)
class Program:
  """FILES: (name, text) pairs, names relative to the directory where it is built."""
  files: tuple
  common: str = "-O1"  # options for all units, and for linking
  own: tuple = ()  # (file, options) pairs: more options for one of them
  shared: tuple = ()  # files that go to a shared object each
  loaded: bool = False  # such a shared object is not linked with, only built beside the program, as FILE.so
  launcher: str = ""  # before the compiler, such as ccache
  formatted: str = ""  # a style of clang-format that all files are put in first
  directory: str = "."  # below which it is built
  other_compiler: bool = False  # that of TEST_OTHER_CC
  archived: tuple = ()  # files that are linked from a static library
  needs: tuple = field (default=())  # commands, or "cpu:FLAG", without which a row is skipped

  def edit (self, *pairs, file=None):
    """This program with each "old", "new" of PAIRS replaced, in all files or in FILE."""
    texts = dict (self.files)
    for old, new in zip (pairs[::2], pairs[1::2]):
      places = [name for name in texts if file in (None, name) and old in texts[name]]
      if len (places) != 1 or texts[places[0]].count (old) != 1 or old == new:
        raise ValueError (f"no or several places to edit: {old!r}")
      texts[places[0]] = texts[places[0]].replace (old, new)
    return replace (self, files=tuple (texts.items ()))

  def everywhere (self, old, new):
    """This program with OLD, which is there, replaced wherever it stands."""
    if not any (old in text for _, text in self.files):
      raise ValueError (f"nowhere: {old!r}")
    return replace (self, files=tuple ((name, text.replace (old, new)) for name, text in self.files))

  def top (self, text, file=None):
    """This program with TEXT at the head of its first file, or of FILE."""
    file = file or self.files[0][0]
    return replace (self, files=tuple ((name, text + "\n" + old if name == file else old) for name, old in self.files))

  def add (self, name, text):
    return replace (self, files=self.files + ((name, text),))

  def rename (self, old, new):
    return replace (self, files=tuple ((new if name == old else name, text) for name, text in self.files))

  def options (self, text):
    return replace (self, common=text)

  def built (self, **how):
    """This program, built otherwise: see the fields above."""
    return replace (self, **how)


def program (text, common="-O1", **how):
  """A program of one file main.c, or of those whose names stand in lines "//// NAME"."""
  name, files = "main.c", {}
  for line in text.strip ("\n").splitlines ():
    if line.startswith ("//// "):
      name = line[5:].strip ()
    else:
      files[name] = files.get (name, "") + line + "\n"
  return Program (tuple (files.items ()), common, **how)


def same (name, base, variant, why, text=""):
  ROWS.append (Row (name, "same", why, base, variant, "", text))


def different (name, base, variant, why, unseen="", text=""):
  ROWS.append (Row (name, "different", why, base, variant, unseen, text))
