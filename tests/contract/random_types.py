# random_types.py: C types for random functions: how to declare, fill, read, write and show a value of each.
# SPDX-License-Identifier: BSD-2-Clause
#
# A type answers statements of C for an lvalue:
#
#   fill (place, seed)    gives it a value that depends on the expression SEED
#   read (place)          mixes all of its value into the variable h
#   write (place, salt)   gives it a value that depends on h and the expression SALT
#
# and, for the oracle, `scalars (struct, path)': what a layout of oracle.h says of it at PATH in STRUCT. `wide': a written-only
# array of it can be told from one that is also read, see HASHCACHE__WRITTEN_ONLY. All values are small, garbage (oracle_spoil) is
# not.

PROLOGUE = """\
#include "oracle.h"

enum colour { RED, GREEN, BLUE = 63, FAR = 1000 };
#ifdef __FLT16_MANT_DIG__
typedef _Float16 half;
#else
typedef float half;
#endif

#define MIX(value) (h = (h ^ (uint64_t) (value)) * 0x9e3779b97f4a7c15u + (h >> 29))
#define SMALL(seed) (oracle_mix (seed, 5) & 0x3f)
#define PART(salt) ((h >> ((salt) & 31)) & 0x3f)
"""


class Scalar:
  """KIND: "int", "bool", "float" or "complex"; BYTES: of value, as an expression, "" for all."""

  def __init__ (self, name, kind, wide=False, bytes_=""):
    self.name, self.kind, self.wide, self.bytes = name, kind, wide, bytes_

  def value (self, small):
    return {"int": f"({self.name}) ({small})", "bool": f"({small}) % 3 != 0", "float": f"({self.name}) ({small}) / 4",
            "complex": f"({self.name}) ({small}) + ({self.name}) ({small}) / 2 * 1.0fi"}[self.kind]

  def fill (self, place, seed):
    return [f"{place} = {self.value (f'SMALL ({seed})')};"]

  def write (self, place, salt):
    return [f"{place} = {self.value (f'PART ({salt})')};"]

  def read (self, place):
    if self.kind == "complex":
      return [f"MIX ((int64_t) (__real__ {place} * 8));", f"MIX ((int64_t) (__imag__ {place} * 8));"]
    return [f"MIX ((int64_t) ({place} * 8));" if self.kind == "float" else f"MIX ({place});"]

  def scalars (self, struct, path):
    return [f"{{ offsetof ({struct}, {path}), {self.bytes or f'sizeof ((({struct} *) 0)->{path})'}, 0 }}"]

  def show (self, place):
    return []


class Bits:
  """A bit-field: only in structs, and shown by its value."""
  wide = False

  def __init__ (self, base, width):
    self.base, self.width = base, width

  def fill (self, place, seed):
    return [f"{place} = ({self.base}) (SMALL ({seed}) & {(1 << self.width - 1) - 1 or 1});"]

  def write (self, place, salt):
    return [f"{place} = ({self.base}) (PART ({salt}) & {(1 << self.width - 1) - 1 or 1});"]

  def read (self, place):
    return [f"MIX ({place});"]

  def scalars (self, struct, path):
    return []

  def show (self, place):
    return [f"ORACLE_VALUE ((long) {place});"]


class Array:
  def __init__ (self, element, length):
    self.element, self.length, self.wide = element, length, element.wide

  def each (self, what, place, *seed):
    return [line for i in range (self.length)
            for line in getattr (self.element, what) (f"{place}[{i}]", *(f"({s}) + {i}" for s in seed))]

  def fill (self, place, seed):
    return self.each ("fill", place, seed)

  def write (self, place, salt):
    return self.each ("write", place, salt)

  def read (self, place):
    return self.each ("read", place)

  def show (self, place):
    return self.each ("show", place)

  def scalars (self, struct, path):
    return [scalar for i in range (self.length) for scalar in self.element.scalars (struct, f"{path}[{i}]")]


class Struct:
  """FIELDS: (name, type, ignored)."""

  def __init__ (self, tag, fields, attribute=""):
    self.name, self.fields, self.attribute = f"struct {tag}", fields, attribute
    self.wide = all (type_.wide and not ignored for _, type_, ignored in fields)

  def definition (self):
    lines = []
    for name, type_, ignored in self.fields:
      inner, bound = type_, ""
      while isinstance (inner, Array):
        bound, inner = bound + f"[{inner.length}]", inner.element
      base = f"{inner.base} {name} : {inner.width}" if isinstance (inner, Bits) else f"{inner.name} {name}{bound}"
      lines.append (f"  {base}{' HASHCACHE_IGNORE' if ignored else ''};\n")
    return f"{self.name} {{\n{''.join (lines)}}}{self.attribute};\n"

  def each (self, what, place, *seed):
    return [line for i, (name, type_, ignored) in enumerate (self.fields) if not ignored
            for line in getattr (type_, what) (f"{place}.{name}", *(f"({s}) + {7 * i}" for s in seed))]

  def fill (self, place, seed):
    return self.each ("fill", place, seed)

  def write (self, place, salt):
    return self.each ("write", place, salt)

  def read (self, place):
    return self.each ("read", place)

  def show (self, place):
    return self.each ("show", place)

  def scalars (self, struct, path):
    return [scalar for name, type_, ignored in self.fields if not ignored
            for scalar in type_.scalars (struct, f"{path}.{name}" if path else name)]


NARROW = [Scalar (name, "int") for name in ("char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned",
                                            "enum colour", "uint32_t")] + [Scalar ("_Bool", "bool"), Scalar ("half", "float")]
WIDE = [Scalar (name, "int", True) for name in ("long", "unsigned long", "int64_t", "size_t", "__int128",
                                                  "unsigned __int128")] + [
    Scalar ("float", "float", True), Scalar ("double", "float", True), Scalar ("__float128", "float", True),
    Scalar ("long double", "float", True, "oracle_long_doubles[0].size"), Scalar ("double _Complex", "complex", True),
    Scalar ("float _Complex", "complex", True)]
COMMON = [Scalar ("double", "float", True)] * 6 + [Scalar ("int", "int")] * 3 + [Scalar ("float", "float", True)] * 2
PLAIN = [Scalar (name, "int") for name in ("int", "long", "unsigned", "short", "unsigned char", "size_t")]


def scalar (random, wide=False):
  if random.random () < 0.5:
    return random.choice ([one for one in COMMON if one.wide or not wide])
  return random.choice (WIDE if wide else NARROW + WIDE)


def struct (random, tag, wide=False, depth=0):
  """A random struct and, before it, those that it consists of: a list whose last one it is."""
  fields, inner = [], []
  for i in range (random.randint (1, 4)):
    chance = random.random ()
    if chance < 0.15 and depth < 2:
      inner += struct (random, f"{tag}_{i}", wide, depth + 1)
      type_ = inner[-1]
    elif chance < 0.25 and not wide and i > 0:
      type_ = Bits (random.choice (["int", "unsigned", "long"]), random.randint (2, 11))
    else:
      type_ = scalar (random, wide)
    if random.random () < 0.2 and not isinstance (type_, Bits):
      type_ = Array (type_, random.randint (2, 3))  # one at the end may stand for more
    fields.append ((f"f{i}", type_, not wide and i > 0 and random.random () < 0.1))
  packed = not inner and not wide and random.random () < 0.15
  return [*inner, Struct (tag, fields, " __attribute__ ((packed))" if packed else "")]
