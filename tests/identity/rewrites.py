# rewrites.py: rewrites of C programs that mean the same after as before, for metamorphic.py.
# SPDX-License-Identifier: BSD-2-Clause
#
# Each takes the text of a program, a random number generator, and a set of names that are not the program's own, and returns the
# rewritten text: the same text where it finds nothing to rewrite. What it cannot be certain of it leaves alone. It reads C with
# tests/plugin/mutate/c_source.py, which knows the plain style of the kernels; csmith's programs are plain enough for it, too.
import re
import sys
from pathlib import Path

sys.path.insert (0, str (Path (__file__).resolve ().parent.parent / "plugin" / "mutate"))
from c_source import KEYWORDS, QUALIFIERS, TAGGED, TOKEN, TYPES, Source  # noqa: E402

RESERVED = KEYWORDS | TYPES | QUALIFIERS | TAGGED | {"main", "typedef", "extern", "_Complex", "I", "__attribute__", "defined",
    "strlen"}
WORD = re.compile (r"[A-Za-z_]\w*")
COMPOUND = ("+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=")


class Edits:
  """Replacements of ranges of TEXT, which do not overlap."""

  def __init__ (self, text):
    self.text, self.edits = text, []

  def replace (self, start, end, new):
    self.edits.append ((start, end, new))

  def insert (self, place, new):
    self.replace (place, place, new)

  def apply (self):
    text = self.text
    for start, end, new in sorted (self.edits, key=lambda e: e[:2], reverse=True):
      text = text[:start] + new + text[end:]
    return text


def text_of (source, first, last):
  return source.text[source.tokens[first].start:source.tokens[last].end]


# Rewrites of tokens -------------------------------------------------------------------------------------------------------


def pieces (text):
  """(kind, text) of everything in TEXT; kind None between tokens."""
  for m in TOKEN.finditer (text):
    yield None if m.lastgroup == "skip" else m.lastgroup, m.group ()


def own_names (text, foreign):
  return {word for kind, word in pieces (text) if kind == "name"} - RESERVED - foreign


def rename (text, random, foreign):
  """Other names for all that the program itself names."""
  names = sorted (n for n in own_names (text, foreign) if not n.startswith (("HASHCACHE", "__", "mutate")))
  places = list (range (len (names)))
  random.shuffle (places)
  new = {name: f"{'zqjk'[place % 4]}{place}_{'renamed' * (place % 2)}" for name, place in zip (names, places)}

  def renamed (part):
    kind, word = part
    if kind == "name":
      return new.get (word, word)
    directive = kind is None and word.lstrip ().startswith ("#") and not re.match (r"\s*#\s*include", word)
    return WORD.sub (lambda m: new.get (m.group (), m.group ()), word) if directive else word

  return "".join (map (renamed, pieces (text)))


def reformat (text, random, _foreign):
  """Other white space between all tokens."""
  gaps = (" ", "\n", "  ", "\t", "\n\n   ")

  def spaced (part):
    kind, word = part
    if kind is None:
      return "\n" + word.strip () + "\n" if word.lstrip ().startswith ("#") else random.choice (gaps)
    return word + random.choice (gaps)

  return "".join (map (spaced, pieces (text)))


def comment (text, random, _foreign):
  """Comments behind one token of three."""
  return "".join (word + (random.choice ((" /* a * comment */ ",
      " // to the end of the line\n")) if kind and random.random () < 0.3 else "")
                  for kind, word in pieces (text))


def number_in_hex (word):
  if re.fullmatch (r"[1-9]\d*[uUlL]*", word):
    digits = re.match (r"\d+", word).group ()
    return hex (int (digits)) + word[len (digits):] if int (digits) < 2 ** 31 else word
  return float (word).hex () if re.fullmatch (r"\d*\.\d+([eE][+-]?\d+)?|\d+\.\d*([eE][+-]?\d+)?|\d+[eE][+-]?\d+", word) else word


def numbers_in_hex (text, _random, _foreign):
  """Integer and double literals in hexadecimal."""
  return "".join (number_in_hex (word) if kind == "number" else word for kind, word in pieces (text))


def parenthesised_numbers (text, random, _foreign):
  """Parentheses around numbers, but for arguments, which a macro may take apart."""
  result, before = "", ""
  for kind, word in pieces (text):
    result += f"({word})" if kind == "number" and before not in ("(", ",") and random.random () < 0.7 else word
    before = word if kind else before
  return result


# Rewrites of statements ---------------------------------------------------------------------------------------------------


def parentheses (text, _random, _foreign):
  """Around conditions, returned values and the right sides of assignments."""
  source, edits = Source (text), Edits (text)
  for s in source.statements:
    word, i = source.word (s.first), s.first
    if word in ("if", "while", "switch"):
      edits.insert (source.tokens[i + 1].start, "(")
      edits.insert (source.tokens[source.partner[i + 1]].end, ")")
    elif s.kind == "simple" and word == "return" and s.last > i + 1:
      edits.insert (source.tokens[i + 1].start, "(")
      edits.insert (source.tokens[s.last].start, ")")
    elif s.kind == "simple" and source.tokens[i].kind == "name" and source.word (i + 1) == "=" and not commas (source, i, s.last):
      edits.insert (source.tokens[i + 2].start, "(")
      edits.insert (source.tokens[s.last].start, ")")
  return edits.apply ()


def commas (source, first, last):
  """Whether there is a comma between FIRST and LAST outside brackets."""
  i = first
  while i < last:
    if source.word (i) == ",":
      return True
    i = source.partner[i] + 1 if source.word (i) in ("(", "[", "{") else i + 1
  return False


def blocks (text, _random, _foreign):
  """A block around each simple statement."""
  source, edits = Source (text), Edits (text)
  for s in source.statements:
    if s.kind == "simple" and source.word (s.first) not in TAGGED | {"typedef"}:
      edits.insert (source.tokens[s.first].start, "{ ")
      edits.insert (source.tokens[s.last].end, " }")
  return edits.apply ()


def split_declarations (text, _random, _foreign):
  """`int n = 3;' to `int n; n = 3;'."""
  source, edits = Source (text), Edits (text)
  for s in source.statements:
    name, base = source.type_at (s.first)
    while source.word (name) == "*":
      name += 1
    words = [source.word (i) for i in range (s.first, name)]
    if s.kind == "declaration" and source.word (name + 1) == "=" and source.word (name + 2) != "{" and not commas (source, name,
        s.last) \
       and not {"static", "const", "struct", "union"} & set (words):
      edits.replace (source.tokens[name + 1].start, source.tokens[name + 1].end, f"; {source.word (name)} =")
  return edits.apply ()


def spelled_out_assignments (text, _random, _foreign):
  """`a += b;' to `a = a + (b);' for plain variables. Where integers of several widths meet GCC's front end computes in the
     narrower one if the assignment is spelled out, and in the wider if not: those are left alone."""
  source, edits = Source (text), Edits (text)
  types = {d.name: d.type.strip () for d in source.types.values ()}

  def narrow_p (first, last, type):
    tokens = source.tokens[first:last]
    return all (t.kind == "sign" or t.kind == "number" and t.text.isdigit () or types.get (t.text) == type for t in tokens)

  for s in source.statements:
    sign, type = source.tokens[s.first + 1], types.get (source.word (s.first), "")
    if s.kind == "simple" and source.tokens[s.first].kind == "name" and sign.text in COMPOUND and not commas (source, s.first,
        s.last) \
       and (type in ("double", "float") or narrow_p (s.first + 2, s.last, type)):
      edits.replace (sign.start, sign.end, f"= {source.word (s.first)} {sign.text[:-1]} (")
      edits.insert (source.tokens[s.last].start, ")")
  return edits.apply ()


def first_of (text, rewrite):
  """Applies REWRITE to what it can rewrite, the last in the source first, until there is nothing left."""
  while True:
    new = rewrite (Source (text))
    if new is None:
      return text
    text = new


def invert_conditions (text, _random, _foreign):
  """`if (c) A else B' to `if (!(c)) B else A'."""

  def rewrite (source):
    for s in sorted (source.statements, key=lambda s: -s.first):
      if source.word (s.first) != "if" or source.word (s.first + 2) == "!" and source.word (s.first + 3) == "(" \
         and source.partner[s.first + 3] + 1 == source.partner[s.first + 1]:
        continue
      close = source.partner[s.first + 1]
      inner = [t for t in source.statements if t.first == close + 1]
      yes = max (inner, key=lambda t: t.last if t.last < s.last else -1)
      if source.word (yes.last + 1) != "else" or yes.last + 1 >= s.last:
        continue
      parts = text_of (source, s.first + 1, close), text_of (source, yes.last + 2, s.last), text_of (source, yes.first, yes.last)
      choice = "if (!%s) { %s } else { %s }" % parts
      return source.text[:source.tokens[s.first].start] + choice + source.text[source.tokens[s.last].end:]
    return None

  return first_of (text, rewrite)


def while_for_for (text, _random, _foreign):
  """`for (a; b; c) S' to `{ a; while (b) { S c; } }' where S does not continue."""

  def rewrite (source):
    for s in sorted (source.statements, key=lambda s: -s.first):
      if source.word (s.first) != "for" or "continue" in [source.word (i) for i in range (s.first, s.last)]:
        continue
      close = source.partner[s.first + 1]
      one = source.end_of_simple (s.first + 2)
      two = source.end_of_simple (one + 1)
      step = text_of (source, two + 1, close - 1) if two + 1 < close else ""
      condition = text_of (source, one + 1, two - 1) if one + 1 < two else "1"
      loop = "{ %s while (%s) { %s %s; } }" % (text_of (source, s.first + 2, one), condition, text_of (source, close + 1,
      s.last), step)
      return source.text[:source.tokens[s.first].start] + loop + source.text[source.tokens[s.last].end:]
    return None

  return first_of (text, rewrite)


def dead_declarations (text, _random, _foreign):
  """Variables that nobody uses, in all blocks of functions and outside."""
  source, edits = Source (text), Edits (text)
  for number, (first, body) in enumerate (source.functions):
    edits.insert (source.tokens[first].start,
        f"struct dead_{number} {{ int n; }}; static double dead_table_{number}[3] = {{ 1 }};\n")
    edits.insert (source.tokens[body].end,
        f" int dead_{number} = {number} * 3; (void) dead_{number}; enum {{ DEAD_{number} = 5 }};")
  return edits.apply ()


def reorder_functions (text, _random, _foreign):
  """Prototypes of all functions, then their definitions from the last to the first."""
  source = Source (text)
  if not source.functions:
    return text
  spans = [(source.tokens[first].start, source.tokens[source.partner[body]].end, source.tokens[body].start) for first,
      body in source.functions]
  rest = re.sub (r"\binline\b", "", "".join (text[start:body] + "\n;\n" for start, _, body in spans))
  head = text[:spans[0][0]]
  for (_, end, _), (start, _, _) in zip (spans, spans[1:]):
    rest += text[end:start]
  place = spans[-1][1]
  return head + rest + "\n" + "\n\n".join (text[start:end] for start, end, _ in reversed (spans)) + text[place:]


REWRITES = (rename, reformat, comment, numbers_in_hex, parenthesised_numbers, parentheses, blocks, split_declarations,
    spelled_out_assignments,
            invert_conditions, while_for_for, dead_declarations, reorder_functions)
