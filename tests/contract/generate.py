#!/usr/bin/env python3
# generate.py: promise: whatever the signature of a function, a cached call cannot be told from the call it replaces.
# SPDX-License-Identifier: BSD-2-Clause
#
#   generate.py [--seed N] [--count N] [--only FUNCTION]... [--options OPTIONS]... [--allow-refusals] [--print]
#
# makes N functions with random parameters (types, extents, roles, structs in structs, levels of pointers, memory that they
# allocate, variables, fields left out) whose bodies mix all that they may read into what they write, wholly or in part, and runs
# each under the oracle: see oracle.py. Function I of a seed is the same whatever the count. Programs hold FUNCTIONS functions
# each and take turns with the sets of options. --print only prints the program.
import argparse
import random
import shlex
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent))
import random_types as types  # noqa: E402
from oracle import SANITIZE, Failure, build_runtime, check, in_bench, report  # noqa: E402

FUNCTIONS = 50


class Extent:
  """TEXT: of an expression over the function's names; PLACE: the same in the case that calls it."""

  def __init__ (self, text, place):
    self.text, self.place = text, place


class Function:
  """One function and its case. PARAMETERS and ARGUMENTS go together; READS come before WRITES in the body; SETUP before and AFTER
  after the call."""

  def __init__ (self, seed, number):
    self.random = random.Random (f"{seed}/{number}")
    self.name = f"function_{number}"
    self.outside, self.parameters, self.arguments = [], [], []
    self.reads, self.writes, self.setup, self.after = [], [], [], []
    self.annotations, self.result, self.received, self.returns = "", "void", "", []
    self.n_names = 0
    self.add_counts ()
    for _ in range (self.random.randint (1, 5)):
      self.random.choice (PARTS) (self)
    self.random.choice (RESULTS) (self)
    if self.random.random () < 0.5:
      self.shuffle_parameters ()

  def fresh_name (self, letter="p"):
    self.n_names += 1
    return f"{letter}{self.n_names}"

  def tag (self):
    return f"{self.name}_{self.fresh_name ('s')}"

  def chance (self, probability):
    return self.random.random () < probability

  def salt (self):
    return str (self.random.randint (0, 99))

  # Counts

  def add_counts (self):
    self.counts = [self.fresh_name ("n") for _ in range (self.random.randint (1, 2))]
    for name in self.counts:
      type_ = self.random.choice (["int", "int", "long", "unsigned", "short", "unsigned char", "size_t"])
      self.setup.append (f"const {type_} {name} = ({type_}) (1 + SMALL (call + {self.salt ()}) % 4);")
      self.parameters.append (f"{type_} {name}")
      self.arguments.append (name)
      self.reads.append (f"MIX ({name});")
    if self.chance (0.2):
      name = f"{self.name}_n"
      self.outside.append (f"static int {name} = 2;\n")
      self.setup.append (f"{name} = (int) (2 + call);")
      self.counts.append (name)

  def extent (self):
    n, m = self.random.choice (self.counts), self.random.choice (self.counts)
    text = self.random.choice ([n] * 6 + [f"{n} + 1", f"2 * {n}", f"{n} * {m}", "3", f"{n} << 1", f"{n} > 2 ? {n} : 2",
                                          f"({n} + {m}) / 2", f"{n} % 3 + 1", f"{n} + ({m} >= 2)", f"{n} | 1",
                                          f"sizeof (int) * {n}"])
    return Extent (text, f"(size_t) ({text})")

  # Types

  def scalar_or_struct (self, wide=False):
    if self.chance (0.3):
      made = types.struct (self.random, self.tag (), wide)
      self.outside += [one.definition () for one in made]
      return made[-1]
    return types.scalar (self.random, wide)

  def layout (self, type_, place):
    """Tells the oracle what elements at PLACE consist of."""
    scalars = type_.scalars (type_.name, "") if isinstance (type_, types.Struct) else []
    if type_.name == "long double":
      return [f"ORACLE_LAYOUT ({place}, oracle_long_doubles);"]
    if not scalars:
      return []
    name = self.tag ()
    self.outside.append (f"static const struct oracle_scalar {name}[] = {{ {', '.join (scalars)} }};\n")
    return [f"ORACLE_LAYOUT ({place}, {name});"]

  # Memory

  def make_block (self, name, type_, count, filled, hidden=False, extra=None):
    """A block NAME of COUNT elements and some more; the first COUNT are FILLED. Extra ones are garbage."""
    extra = self.random.choice ([0, 0, 1, 2]) if extra is None else extra
    make = "oracle_scratch" if hidden else "oracle_unset"
    lines = [f'{type_.name} *{name} = {make} ("{name}", {count} + {extra}, sizeof *{name});', *self.layout (type_, name)]
    if filled:
      lines += [f"for (size_t i = 0; i < {count}; i++) {{", *type_.fill (f"{name}[i]", f"call * 64 + i + {self.salt ()}"), "}"]
    return lines

  def show_all (self, type_, place, count):
    shown = type_.show (f"{place}[i]")
    return [f"for (size_t i = 0; i < {count}; i++) {{", *shown, "}"] if shown else []

  def loop (self, count, lines):
    return [f"for (size_t i = 0; i < (size_t) ({count}); i++) {{", *lines, "}"]

  def read_all (self, type_, place, count):
    return self.loop (count, type_.read (f"{place}[i]"))

  def write_all (self, type_, place, count):
    return self.loop (count, type_.write (f"{place}[i]", f"i + {self.salt ()}"))

  def write_some (self, type_, place, count):
    """Some elements; of a struct perhaps some fields."""
    condition = self.random.choice (["i % 2 == 0", "h >> (i & 31) & 1", f"i < (size_t) ({count}) / 2", "i > 0"])
    lines = type_.write (f"{place}[i]", f"i + {self.salt ()}")
    if isinstance (type_, types.Struct) and self.chance (0.5):
      lines = self.random.sample (lines, self.random.randint (1, len (lines)))
    return self.loop (count, [f"if ({condition}) {{", *lines, "}"])

  def declare (self, type_, name, extent, role="", const=""):
    """A pointer parameter, in one of the ways to say how far it reaches."""
    if self.chance (0.4):
      bound = self.random.choice (["", "", "static ", "restrict "]) + f"({extent.text})"
      return f"{role}{const}{type_.name} {name}[{bound}]"
    if self.chance (0.2):
      return f"{const}{type_.name} *{name} {role}HASHCACHE_COUNT ({extent.text})"
    return f"{role}{const}{type_.name} *{name} HASHCACHE_COUNT ({extent.text})"

  def add_pointer (self, type_, filled, role="", const="", hidden=False):
    name, extent = self.fresh_name (), self.extent ()
    self.setup += self.make_block (name, type_, extent.place, filled, hidden)
    self.parameters.append (self.declare (type_, name, extent, role, const))
    self.arguments.append (name)
    if not hidden:
      self.after += self.show_all (type_, name, extent.place)
    return name, extent

  # Parts: parameters and variables

  def in_scalar (self):
    type_, name = self.scalar_or_struct (), self.fresh_name ()
    place = self.fresh_name ("v")
    self.setup += self.make_block (place, type_, 1, True, extra=0)
    self.parameters.append (f"{type_.name} {name}")
    self.arguments.append (f"*{place}")
    self.reads += type_.read (name)

  def ignored_scalar (self):
    name = self.fresh_name ()
    type_ = self.random.choice (types.PLAIN)
    self.parameters.append (f"HASHCACHE_IGNORE {type_.name} {name}")
    self.arguments.append (f"({type_.name}) (oracle.garbage & 0x3f)")
    self.writes.append (f"(void) {name};")

  def in_array (self):
    type_ = self.scalar_or_struct ()
    name, extent = self.add_pointer (type_, True, self.random.choice (["", "", "HASHCACHE_IN "]), "const ")
    self.reads += self.read_all (type_, name, extent.text)

  def in_matrix (self):
    type_, name, n, m = types.scalar (self.random), self.fresh_name (), self.extent (), self.extent ()
    count = f"{n.place} * ({m.place})"
    const, role = self.random.choice ([("const ", ""), ("", ""), ("", "HASHCACHE_INOUT ")])
    self.setup += self.make_block (name, type_, count, True)
    self.parameters.append (f"{role}{const}{type_.name} {name}[{n.text}][{m.text}]")
    self.arguments.append (f"(void *) {name}")
    element = f"{name}[i][k]"
    inner = f"for (size_t k = 0; k < (size_t) ({m.text}); k++) {{"
    self.reads += self.loop (n.text, [inner, *type_.read (element), "}"])
    if not const:
      self.writes += self.loop (n.text, [inner, "if (k <= i) {", *type_.write (element, "i + k"), "}", "}"])

  def out_array (self):
    type_ = self.scalar_or_struct ()
    name, extent = self.add_pointer (type_, False, "HASHCACHE_OUT ")
    self.writes += self.write_all (type_, name, extent.text)

  def inout_array (self):
    type_ = self.scalar_or_struct ()
    name, extent = self.add_pointer (type_, True, self.random.choice (["", "", "HASHCACHE_INOUT "]))
    self.reads += self.read_all (type_, name, extent.text)
    self.writes += self.write_some (type_, name, extent.text)

  def narrow_output (self):
    """Written in part only, but narrow: the value before is in the key."""
    type_ = self.random.choice (types.NARROW)
    name, extent = self.add_pointer (type_, True)
    self.writes += self.write_some (type_, name, extent.text)

  def written_only (self):
    type_ = self.scalar_or_struct (wide=True)
    name, extent = self.add_pointer (type_, False)
    self.writes += self.write_some (type_, name, extent.text)

  def written_triangle (self):
    type_, name, n = types.scalar (self.random, wide=True), self.fresh_name (), self.extent ()
    self.setup += self.make_block (name, type_, f"{n.place} * ({n.place})", False)
    self.parameters.append (f"{type_.name} {name}[{n.text}][{n.text}]")
    self.arguments.append (f"(void *) {name}")
    self.writes += self.loop (n.text, ["for (size_t k = 0; k <= i; k++) {", *type_.write (f"{name}[i][k]", "i + 5 * k"), "}"])

  def scratch (self):
    type_ = types.scalar (self.random)
    name, extent = self.add_pointer (type_, False, "HASHCACHE_IGNORE ", hidden=True)
    self.writes += self.write_all (type_, name, extent.text) + self.read_all (type_, name, extent.text)

  def one_object (self):
    """A pointer to a single struct."""
    made = types.struct (self.random, self.tag ())
    type_, name = made[-1], self.fresh_name ()
    self.outside += [one.definition () for one in made]
    self.setup += self.make_block (name, type_, 1, True, extra=0)
    const = self.random.choice (["const ", ""])
    count = self.random.choice (["HASHCACHE_COUNT (1)", "HASHCACHE_COUNT (2 / 2)"])
    self.parameters.append (f"{const}{type_.name} *{name} {count}")
    self.arguments.append (name)
    self.reads += type_.read (f"(*{name})")
    if not const:
      self.writes += type_.write (f"(*{name})", self.salt ())
      self.after += type_.show (f"(*{name})")

  def linked_struct (self):
    """A struct with pointers in it, each with a count among its fields."""
    tag, name, extra = self.tag (), self.fresh_name (), self.chance (0.4)
    const = self.random.choice (["const ", ""])
    fields, scalars = [], [f"ORACLE_FIELD (struct {tag}, n)"]
    self.setup += [f'struct {tag} *{name} = oracle_unset ("{name}", 1, sizeof *{name});',
                   f"{name}->n = (int) (1 + SMALL (call + {self.salt ()}) % 3);"]
    self.reads.append (f"MIX ({name}->n);")
    for i in range (self.random.randint (1, 3)):
      type_ = types.scalar (self.random)
      count = self.random.choice (["n", "n + 1", "2 * n", "n * n"])
      outside, role = count.replace ("n", f"{name}->n"), ""
      out = not const and self.chance (0.3)
      null = not out and self.chance (0.2)
      if out:
        role = "HASHCACHE_OUT "
      fields.append (f"  {type_.name} *f{i} {role}HASHCACHE_COUNT ({count});\n")
      scalars.append (f"ORACLE_LINK (struct {tag}, f{i})")
      if null:
        self.setup.append (f"{name}->f{i} = NULL;")
        self.reads.append (f"MIX ({name}->f{i} == NULL);")
        continue
      self.setup += self.make_block (f"{name}_{i}", type_, f"(size_t) ({outside})", not out) + [f"{name}->f{i} = {name}_{i};"]
      if not out:
        self.reads += self.read_all (type_, f"{name}->f{i}", outside)
      if out:
        self.writes += self.write_all (type_, f"{name}->f{i}", outside)
      elif not const:
        self.writes += self.write_some (type_, f"{name}->f{i}", outside)
    if extra:
      fields.append ("  void *handle HASHCACHE_IGNORE;\n")
    self.outside.append (f"struct {tag} {{\n  int n;\n{''.join (fields)}}};\n")
    self.outside.append (f"static const struct oracle_scalar {tag}_layout[] = {{ {', '.join (scalars)} }};\n")
    self.setup.append (f"ORACLE_LAYOUT ({name}, {tag}_layout);")
    by_value = const and self.chance (0.4)
    if by_value:
      self.reads = [line.replace (f"{name}->", f"{name}.") for line in self.reads]
      self.parameters.append (f"struct {tag} {name}")
    else:
      self.parameters.append (f"{const}struct {tag} *{name} HASHCACHE_COUNT (1)")
    self.arguments.append (f"*{name}" if by_value else name)

  def levels (self):
    """Pointers to pointers: rows of their own, or all in one slab."""
    type_, name, n, m = types.scalar (self.random), self.fresh_name (), self.extent (), self.extent ()
    const, slab, rows = self.random.choice (["const ", ""]), self.chance (0.5), self.fresh_name ("rows")
    self.setup += [f'{type_.name} **{name} = oracle_unset ("{name}", {n.place}, sizeof *{name});']
    if slab:
      self.setup += self.make_block (rows, type_, f"{n.place} * ({m.place})", True)
      self.setup += self.loop (n.place, [f"{name}[i] = {rows} + i * ({m.place});"])
    else:
      self.setup += [f"for (size_t r = 0; r < {n.place}; r++) {{", *self.make_block (rows, type_, m.place, True),
                     f"{name}[r] = {rows};", "}"]
    self.setup.append (f"ORACLE_LAYOUT ({name}, oracle_links);")
    declarator = self.random.choice ([f"*const *{name}" if const else f"**{name}", f"*{name}[{n.text}]"])
    counts = m.text if "[" in declarator else f"{n.text}, {m.text}"
    self.parameters.append (f"{const}{type_.name} {declarator} HASHCACHE_COUNT ({counts})")
    self.arguments.append (f"({const}{type_.name} *const *) {name}" if const and "[" not in declarator else f"(void *) {name}")
    inner = f"for (size_t k = 0; k < (size_t) ({m.text}); k++) {{"
    self.reads += self.loop (n.text, [inner, *type_.read (f"{name}[i][k]"), "}"])
    if not const:
      self.writes += self.loop (n.text, [inner, "if ((i + k) % 2 == 0) {", *type_.write (f"{name}[i][k]", "i + k"), "}", "}"])

  def allocated (self):
    """Memory that the call allocates and leaves at *p; its size may be known after the call only; sometimes NULL."""
    type_, name, extent = self.scalar_or_struct (), self.fresh_name (), self.extent ()
    count, place = extent.text, extent.place
    if self.chance (0.5):
      counter = self.fresh_name ("count")
      self.setup.append (f'int *{counter} = oracle_unset ("{counter}", 1, sizeof *{counter});')
      self.parameters.append (f"HASHCACHE_OUT int *{counter} HASHCACHE_COUNT (1)")
      self.arguments.append (counter)
      self.writes.append (f"*{counter} = (int) (1 + h % 4);")
      count, place = f"*{counter}", f"(size_t) *{counter}"
    role = self.random.choice (["HASHCACHE_OUT ", ""])
    self.setup += [f'{type_.name} **{name} = oracle_unset ("{name}", 1, sizeof *{name});',
                   f"ORACLE_LAYOUT ({name}, oracle_links);",
                   *([] if role else [f"*{name} = NULL;"])]
    self.parameters.append (f"{role}{type_.name} **{name} HASHCACHE_COUNT (1, {count})")
    self.arguments.append (name)
    self.writes += self.allocation (f"*{name}", type_, count)
    self.after += self.register (f"*{name}", type_, place)

  def allocation (self, place, type_, count):
    maybe = self.chance (0.3)
    return [f"if (h & 4) {{ {place} = NULL; }} else {{" if maybe else "{",
            f"{place} = malloc ((size_t) ({count}) * sizeof *({place}));",
            *self.write_all (type_, f"({place})", count), "}"]

  def register (self, place, type_, count):
    lines = [f'oracle_fresh ("{place}", {place}, {count}, sizeof *({place}));', *self.layout (type_, place)]
    shown = self.show_all (type_, f"({place})", count)
    return lines + ([f"if ({place}) {{", *shown, "}"] if shown else [])

  def global_read (self):
    type_, name = self.scalar_or_struct (), f"{self.name}_{self.fresh_name ('g')}"
    self.outside.append (f"{self.random.choice (['static ', ''])}{type_.name} {name}[3];\n")
    self.setup += [f'oracle_watch ("{name}", {name}, 3, sizeof *{name});', *self.layout (type_, name),
                   *self.loop ("3", type_.fill (f"{name}[i]", f"call + i + {self.salt ()}"))]
    self.reads += self.read_all (type_, name, "3")
    if self.chance (0.5):
      self.writes += self.write_some (type_, name, "3")
      self.after += self.show_all (type_, name, "3")

  def global_pointer (self):
    """A variable that leads to an array, which the call reads and writes; or that the call sets."""
    type_, name = types.scalar (self.random), f"{self.name}_{self.fresh_name ('g')}"
    extent = self.random.choice (["2", f"{name}_n"])
    self.outside.append (f"static int {name}_n;\nstatic {type_.name} *{name} HASHCACHE_COUNT ({extent});\n")
    self.setup += [f"{name}_n = (int) (1 + call % 3);"]
    if self.chance (0.5):
      self.setup += self.make_block (f"{name}_block", type_, f"(size_t) {extent}", True) + [f"{name} = {name}_block;"]
      self.reads += self.read_all (type_, name, extent)
      self.writes += self.write_some (type_, name, extent)
    else:
      self.setup.append (f"{name} = NULL;")
      self.writes += [f"{name} = malloc ((size_t) {extent} * sizeof *{name});", *self.write_all (type_, name, extent)]
      self.after += self.register (name, type_, f"(size_t) {extent}")
    self.after.append (f'oracle_pointer ("{name}", {name});')

  def string (self):
    name = self.fresh_name ()
    self.setup += [f'char *{name} = oracle_unset ("{name}", 12, 1);', f'strcpy ({name}, call ? "some" : "others");']
    self.parameters.append (f"const char *{name} HASHCACHE_COUNT ({self.random.choice (['string', f'strlen ({name}) + 1'])})")
    self.arguments.append (name)
    self.reads.append (f"for (size_t i = 0; {name}[i]; i++) MIX ({name}[i]);")

  def flexible (self):
    tag, name, type_ = self.tag (), self.fresh_name (), types.scalar (self.random)
    const = self.random.choice (["const ", ""])
    self.outside.append (f"struct {tag} {{\n  short n;\n  {type_.name} v[] HASHCACHE_COUNT (n);\n}};\n")
    layout = ", ".join ([f"ORACLE_FIELD (struct {tag}, n)", *types.Array (type_, 3).scalars (f"struct {tag}", "v")])
    self.outside.append (f"static const struct oracle_scalar {tag}_layout[] = {{ {layout} }};\n")
    self.setup += [f'struct {tag} *{name} = oracle_unset ("{name}", 1, sizeof *{name} + 3 * sizeof ({type_.name}));',
                   f"ORACLE_LAYOUT ({name}, {tag}_layout);", f"{name}->n = (short) (3 - call);",
                   *self.loop (f"{name}->n", type_.fill (f"{name}->v[i]", f"call + i + {self.salt ()}"))]
    self.parameters.append (f"{const}struct {tag} *{name} HASHCACHE_COUNT (1)")
    self.arguments.append (name)
    self.reads += ["MIX (" + name + "->n);", *self.read_all (type_, f"{name}->v", f"{name}->n")]
    if not const:
      self.writes += self.write_some (type_, f"{name}->v", f"{name}->n")

  def union (self):
    tag, name, type_ = self.tag (), self.fresh_name (), types.scalar (self.random)
    self.outside.append (f"union {tag} {{\n  {type_.name} force;\n  char other[40];\n}};\n")
    self.setup += [f'union {tag} *{name} = oracle_unset ("{name}", 1, sizeof *{name});',
                   "oracle.blocks[oracle.n_blocks - 1].hidden = 1;",
                   *type_.fill (f"{name}->force", f"call + {self.salt ()}")]
    by_value = self.chance (0.5)
    self.parameters.append (f"union {tag} {name} HASHCACHE_MEMBER (force)" if by_value else
                            f"const union {tag} *{name} HASHCACHE_MEMBER (force) HASHCACHE_COUNT (1)")
    self.arguments.append (f"*{name}" if by_value else name)
    self.reads += type_.read (f"{name}.force" if by_value else f"{name}->force")

  def any_way (self):
    """An array that is read and written in ways that are not plain to see, or not at all: whatever its role is taken for, its
    content is the same in all runs, so the call must hit, and be right."""
    type_ = types.scalar (self.random, wide=True)
    name, extent = self.add_pointer (type_, True)
    alias, t, box = self.fresh_name ("alias"), type_.name, self.fresh_name ("box")
    helper = self.tag ()
    self.outside.append (f"static {t}\n{helper}_load (const {t} *q, size_t i)\n{{\n  return q[i];\n}}\n"
                         f"static void\n{helper}_store ({t} *q, size_t i, {t} value)\n{{\n  q[i] = value;\n}}\n")
    self.reads += [f"{t} *{alias} = {name};", f"struct {{ {t} *in[2]; }} {box} = {{ {{ {name}, {alias} }} }};",
                   f"(void) {alias}; (void) {box};"]
    value, salt = type_.value ("PART (i + 1)"), self.salt ()
    loads = [None, f"{t} was = {name}[i];", f"{t} was = *({name} + i);", f"{t} was = {alias}[i];", f"{t} was = {box}.in[1][i];",
             f"{t} was; memcpy (&was, &{name}[i], sizeof was);", f"{t} was = {helper}_load ({name}, i);",
             f"{t} was = {helper}_load ({alias} + i, 0);", f"{t} was = (h & 1 ? {name} : {alias})[i];",
             f"{t} was = (({t} *) (const char *) {name})[i];"]
    stores = [None, f"{name}[i] = {value};", f"{alias}[i] = {value};", f"{box}.in[0][i] = {value};", f"{name}[i] += {value};",
              f"{{ const {t} now = {value}; memcpy (&{alias}[i], &now, sizeof now); }}", f"{helper}_store ({name}, i, {value});",
              f"memset (&{name}[i], 0, sizeof *{name});",
              f"{{ const {t} kept = {name}[0]; {name}[0] = {name}[i]; {name}[i] = kept; }}",
              f"if (i > 0) {name}[i] = {name}[i - 1];", f"memmove ({name}, {name} + i, sizeof *{name});"]
    load, store = self.random.choice (loads), self.random.choice (stores)
    if load:
      self.reads += self.loop (extent.text, [load, *type_.read ("was")])
    if store:
      self.writes += self.loop (extent.text, [f"if ((h >> (i + {salt}) % 32) & 1) {{", store, "}"])
      if self.chance (0.3):
        self.writes += self.read_all (type_, name, extent.text)
        self.reads.append (f"MIX ({name} == {alias});")

  def twins (self):
    """Two inputs that are, in one of the calls, the same memory, or overlap."""
    type_, name, other, extent = types.scalar (self.random), self.fresh_name (), self.fresh_name (), self.extent ()
    self.setup += self.make_block (name, type_, f"2 * {extent.place}", True) + self.make_block (other, type_, extent.place, True)
    for it in name, other:
      self.parameters.append (f"const {type_.name} *{it} HASHCACHE_COUNT ({extent.text})")
    when, offset = self.random.choice (["call", "!call"]), self.random.choice (["0", "1", extent.place])
    self.arguments += [name, f"{when} ? {name} + {offset} : {other}"]
    self.reads += [f"MIX ({name} == {other});", *self.read_all (type_, name, extent.text),
                   *self.read_all (type_, other, extent.text)]

  def list (self):
    """A list of the caller's; perhaps a circle, perhaps with links that share what they lead to."""
    tag, name, type_ = self.tag (), self.fresh_name (), types.scalar (self.random)
    const, circle, shared = self.random.choice (["const ", ""]), self.chance (0.3), self.chance (0.5)
    self.outside.append (f"struct {tag} {{\n  {type_.name} value;\n"
                         f"  struct {tag} *next HASHCACHE_COUNT (1), *other HASHCACHE_COUNT (1);\n}};\n")
    layout = ", ".join ([*type_.scalars (f"struct {tag}", "value"), f"ORACLE_LINK (struct {tag}, next)",
                        f"ORACLE_LINK (struct {tag}, other)"])
    self.outside.append (f"static const struct oracle_scalar {tag}_layout[] = {{ {layout} }};\n")
    self.setup += [f'struct {tag} *{name} = oracle_unset ("{name}", 4, sizeof *{name});',
                   f"ORACLE_LAYOUT ({name}, {tag}_layout);",
                   *self.loop ("4", [*type_.fill (f"{name}[i].value", f"call + i + {self.salt ()}"),
                                     f"{name}[i].next = i < 3 ? &{name}[i + 1] : {f'&{name}[call + 1]' if circle else 'NULL'};",
                                     f"{name}[i].other = {f'i % 2 ? &{name}[3] : NULL' if shared else 'NULL'};"])]
    self.parameters.append (f"{const}struct {tag} *{name} HASHCACHE_COUNT (1)")
    self.arguments.append (name)
    it = self.fresh_name ("it")
    body = [*type_.read (f"{it}->value"), f"MIX ({it}->other == {it});"]
    walk = f"for (int i = 0; {it} && i < 6; {it} = {it}->next, i++) {{"
    self.reads += [f"const struct {tag} *{it} = {name};", walk, *body, "}"]
    if not const:
      changed = self.fresh_name ("it")
      self.writes += [f"struct {tag} *{changed} = {name};", walk.replace (it, changed),
                      *type_.write (f"{changed}->value", "i"), "}"]

  def allocated_rows (self):
    """Rows that the call allocates, each on its own or all in one slab."""
    type_, name, n, m, slab = types.scalar (self.random), self.fresh_name (), self.extent (), self.extent (), self.chance (0.5)
    t = type_.name
    self.setup += [f'{t} ***{name} = oracle_unset ("{name}", 1, sizeof *{name});', f"ORACLE_LAYOUT ({name}, oracle_links);"]
    self.parameters.append (f"HASHCACHE_OUT {t} ***{name} HASHCACHE_COUNT (1, {n.text}, {m.text})")
    self.arguments.append (name)
    size = f"(size_t) ({m.text}) * sizeof ({t})"
    row = f"i ? (*{name})[0] + i * (size_t) ({m.text}) : malloc ((size_t) ({n.text}) * {size})" if slab else f"malloc ({size})"
    self.writes += [f"*{name} = malloc ((size_t) ({n.text}) * sizeof **{name});",
                    *self.loop (n.text, [f"(*{name})[i] = {row};", f"for (size_t k = 0; k < (size_t) ({m.text}); k++) {{",
                                         *type_.write (f"(*{name})[i][k]", "3 * i + k"), "}"])]
    length = f"{n.place} * ({m.place})" if slab else m.place
    if slab:
      self.setup.append ('oracle_expect_hit_or ("is not ");')
    self.after += [f'oracle_fresh ("rows", *{name}, {n.place}, sizeof **{name});', f"ORACLE_LAYOUT (*{name}, oracle_links);",
                   *self.loop (n.place, [f'oracle_fresh ("row", (*{name})[i], {length}, sizeof ({t}));',
                                         *self.layout (type_, f"(*{name})[i]")])]

  # Results

  def no_result (self):
    pass

  def plain_result (self):
    type_ = self.scalar_or_struct ()
    self.result = type_.name
    self.returns = [f"{type_.name} result;", *type_.write ("result", self.salt ()), "return result;"]
    self.receive ([f'{type_.name} *result = oracle_unset ("result", 1, sizeof *result);', *self.layout (type_, "result")],
                  "*result")
    self.after += type_.show ("(*result)")

  def receive (self, setup, place):
    self.setup += setup
    self.received = f"{place} = "

  def pointer_result (self):
    type_, extent = self.scalar_or_struct (), self.extent ()
    self.result = f"{type_.name} *"
    self.annotations += f"HASHCACHE_RETURNS ({extent.text}) "
    self.returns = [f"{type_.name} *result;", *self.allocation ("result", type_, extent.text), "return result;"]
    self.receive ([f"{type_.name} *result;"], "result")
    self.after += self.register ("result", type_, extent.place) + ['oracle_pointer ("result", result);']

  def linked_result (self):
    """A struct by value, or a pointer to one, with memory in its fields."""
    tag, pointer = self.tag (), self.chance (0.4)
    made = [types.scalar (self.random) for _ in range (self.random.randint (1, 3))]
    fields = "".join (f"  {type_.name} *f{i} HASHCACHE_COUNT (n + {i});\n" for i, type_ in enumerate (made))
    links = "".join (f", ORACLE_LINK (struct {tag}, f{i})" for i in range (len (made)))
    self.outside.append (f"struct {tag} {{\n  char n;\n{fields}  double unset HASHCACHE_IGNORE;\n}};\n")
    self.outside.append (f"static const struct oracle_scalar {tag}_layout[] = {{ ORACLE_FIELD (struct {tag}, n){links} }};\n")
    dot = "->" if pointer else "."
    lines = [f"struct {tag} {'*' if pointer else ''}result{' = malloc (sizeof *result)' if pointer else ''};",
             f"result{dot}n = (char) (1 + h % 3);"]
    for i, type_ in enumerate (made):
      lines += self.allocation (f"result{dot}f{i}", type_, f"result{dot}n + {i}")
    self.returns = [*lines, "return result;"]
    self.result = f"struct {tag} {'*' if pointer else ''}"
    if pointer:
      self.annotations += "HASHCACHE_RETURNS (1) "
      self.receive ([f"struct {tag} *result;"], "result")
      self.after += ['oracle_fresh ("result", result, 1, sizeof *result);']
    else:
      self.receive ([f'struct {tag} *result = oracle_unset ("result", 1, sizeof *result);'], "*result")
    self.after.append (f"ORACLE_LAYOUT (result, {tag}_layout);")
    for i, type_ in enumerate (made):
      self.after += self.register (f"result->f{i}", type_, f"(size_t) (result->n + {i})")

  # The text

  def shuffle_parameters (self):
    order = list (zip (self.parameters, self.arguments))
    counts, others = order[:1], order[1:]  # bounds of array parameters must be declared before
    declared = [pair for pair in others if pair[1] in self.counts]
    free = [pair for pair in others if pair[1] not in self.counts and "count" not in pair[1]]
    late = [pair for pair in others if pair not in declared and pair not in free]
    self.random.shuffle (free)
    self.parameters, self.arguments = map (list, zip (*(counts + declared + late + free)))

  def text (self):
    helped = self.chance (0.3)
    helper = f"static uint64_t\n{self.name}_help (uint64_t h)\n{{\n  return h * 3 + (h >> 7);\n}}\n" if helped else ""
    body = [f"uint64_t h = {self.salt ()};", *self.reads, *([f"h = {self.name}_help (h);"] if helped else []), "(void) h;",
            *self.writes, *self.returns]
    case = ["for (uint64_t call = 0; call < 2; call++) {", *self.setup, 'oracle_show ("before");',
            f"{self.received}{self.name} ({', '.join (self.arguments)});", *self.after, 'oracle_show ("after");',
            "oracle_release ();", "}"]
    static = self.random.choice (["static ", ""])
    return (f"{''.join (self.outside)}{helper}HASHCACHE {self.annotations}{static}{self.result}\n{self.name} "
            f"({', '.join (self.parameters)})\n{{\n" + "".join (f"  {line}\n" for line in body)
            + f"}}\n\nORACLE_CASE ({self.name})\n{{\n" + "".join (f"  {line}\n" for line in case) + "}\n\n")


PARTS = [Function.in_scalar, Function.ignored_scalar, Function.in_array, Function.in_array, Function.in_matrix,
         Function.out_array, Function.inout_array, Function.narrow_output, Function.written_only, Function.written_only,
         Function.written_triangle, Function.scratch, Function.one_object, Function.linked_struct, Function.linked_struct,
         Function.levels, Function.allocated, Function.allocated, Function.global_read, Function.global_pointer,
         Function.string, Function.flexible, Function.union, Function.any_way, Function.any_way, Function.any_way,
         Function.twins, Function.list, Function.allocated_rows]
RESULTS = [Function.no_result, Function.plain_result, Function.plain_result, Function.pointer_result, Function.linked_result]


def program (seed, numbers):
  return types.PROLOGUE + "\n" + "".join (Function (seed, number).text () for number in numbers)


def parts_of (numbers):
  return [numbers[i:i + FUNCTIONS] for i in range (0, len (numbers), FUNCTIONS)]


def main ():
  parser = argparse.ArgumentParser ()
  parser.add_argument ("--seed", type=int, default=1)
  parser.add_argument ("--count", type=int, default=500)
  parser.add_argument ("--only", type=int, action="append", help="the function of this number")
  parser.add_argument ("--options", action="append", help="a set of options; -O0 and -O2 if not given")
  parser.add_argument ("--sanitize", action="store_true", help="one set of options: that of the sanitizers")
  parser.add_argument ("--allow-refusals", action="store_true")
  parser.add_argument ("--print", action="store_true")
  arguments = parser.parse_args ()
  numbers = arguments.only or list (range (arguments.count))
  sets = [SANITIZE] if arguments.sanitize else arguments.options or ["-O0", "-O2"]
  if arguments.print:
    print (program (arguments.seed, numbers), end="")
    return 0

  def work (bench, pool):
    tasks = []
    for options in sets:
      build_runtime (bench, shlex.split (options))
    for i, part in enumerate (parts_of (numbers)):
      source, options = bench.work / f"functions{i}.c", sets[i % len (sets)]
      source.write_text (program (arguments.seed, part))
      tasks.append ((options, pool.submit (check, bench, source, shlex.split (options), seconds=120)))
    failures = cases = 0
    for options, task in tasks:
      complaints, n = task.result ()
      failures += report (complaints, arguments.allow_refusals,
                          lambda case: f"generate.py --seed={arguments.seed} --only={case.rpartition ('_')[2]} "
                                       f"--options='{options}'")
      cases += n
    print (f"{cases} functions, {failures} failures")
    return 1 if failures or cases < len (numbers) else 0

  try:
    return in_bench (work)
  except Failure as failure:
    print (f"FAILED: {failure}")
    return 1


if __name__ == "__main__":
  sys.exit (main ())
