# mutations.py: the mutants of a kernel: one small edit each, such as a slip of the hand would make.
# SPDX-License-Identifier: BSD-2-Clause
#
# mutants (TEXT) lists them all, in an order that depends on TEXT alone. Edits are made blindly: many do not compile, many change
# nothing. What is edited: operators of two operands and of one, assignments, constants (value, type), indices and bounds of loops,
# types, casts, names against others of the same type, fields, arguments of calls, functions of the mathematical library, parentheses
# (dropped and added), conditions, statements (dropped, swapped), jumps, labels, initialisers.
import re
import struct
from collections import namedtuple
from c_source import OPENING, TAGGED, Source

# EDITS: (start, end, text) that replace parts of the source, from left to right; CONTRACT: the header of a marked function changes.
Mutant = namedtuple ("Mutant", "kind line edits contract")

BINARY = [["+", "-", "*", "/", "%"], ["<", "<=", ">", ">=", "==", "!="], ["&&", "||"], ["&", "|", "^"], ["<<", ">>"]]
FURTHER = {"&": ["&&", "+"], "|": ["||", "+"], "^": ["-"], "&&": ["&", ","], "||": ["|"], "<<": ["*"], ">>": ["/"], "*": ["<<"], "%": ["&"]}
ASSIGNING = ["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="]
NUMBER_TYPES = ["double", "float", "int", "unsigned", "long", "short", "char", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t",
                "uint16_t", "uint32_t", "uint64_t", "size_t", "bool"]
CASTS = ["(float) ", "(int) ", "(unsigned) ", "(short) "]
MATHEMATICS = ["sin", "cos", "exp", "log", "sqrt", "fabs", "floor", "ceil"]
MATHEMATICS_OF_TWO = ["pow", "atan2", "fmod", "fmax"]
MOST_NAMES = 3  # other names tried in the place of one


class Mutator:
  def __init__ (self, text):
    self.source = Source (text)
    self.found = []
    self.edited = set ()

  def add (self, kind, i, *edits):
    """A mutant of KIND at the token I."""
    edits = tuple (sorted (edits))
    if edits in self.edited or any (self.source.text[start:end] == new for start, end, new in edits):
      return
    self.edited.add (edits)
    line = self.source.text.count ("\n", 0, self.source.tokens[i].start) + 1
    self.found.append (Mutant (kind, line, edits, i in self.source.contract))

  def replace (self, kind, i, text):
    t = self.source.tokens[i]
    self.add (kind, i, (t.start, t.end, text))

  def around (self, kind, first, last, before, after):
    """Puts BEFORE and AFTER around the tokens from FIRST to LAST."""
    start, end = self.source.tokens[first].start, self.source.tokens[last].end
    self.add (kind, first, (start, start, before), (end, end, after))

  def swap (self, kind, first, second):
    """Swaps two spans of tokens, each (first, last)."""
    tokens, text = self.source.tokens, self.source.text
    (a, b), (c, d) = [(tokens[s].start, tokens[e].end) for s, e in (first, second)]
    self.add (kind, first[0], (a, b, text[c:d]), (c, d, text[a:b]))

  def all (self):
    for i, t in enumerate (self.source.tokens):
      if not self.source.mutable[i]:
        continue
      if t.kind == "sign":
        self.sign (i)
      elif t.kind == "number":
        self.number (i)
      elif t.kind == "name":
        self.word (i)
    self.names ()
    self.structure ()
    return self.found

  # Operators ------------------------------------------------------------------------------------------------------------

  def sign (self, i):
    word, s = self.source.word (i), self.source
    two = s.operand_ends_p (i - 1)
    if two:
      for others in BINARY:
        if word in others:
          for other in others + FURTHER.get (word, []):
            self.replace ("operator", i, other)
          self.group (i)
    if word in ASSIGNING or word == "=":
      for other in ["="] + ASSIGNING if word != "=" else [] if self.initialiser_p (i) else ["+=", "-=", "*="]:
        self.replace ("assignment", i, other)
    elif word in ("++", "--"):
      self.replace ("increment", i, "--" if word == "++" else "++")
      self.move_increment (i)
    elif word in ("-", "!", "~") and not two:
      for other in ["", "-", "~", "!"]:
        self.replace ("unary operator", i, other)
    elif word == "(":
      self.parenthesis (i)
    elif word == "[":
      self.index (i)
    elif word == "?":
      self.condition (i)

  def initialiser_p (self, i):
    """True if the = at I belongs to a declaration."""
    i -= 1
    while self.source.word (i) == "]":
      i = self.source.partner[i] - 1
    return i in self.source.types

  def group (self, i):
    """a op b OP c becomes a op (b OP c), a op b OP c op d becomes a op b OP (c op d)."""
    s = self.source
    first, last = s.operand_before (i - 1), s.operand_behind (i + 1)
    if first is None or last is None:
      return
    neighbours = [s.word (first - 1) if s.operand_ends_p (first - 2) else "", s.word (last + 1)]
    if any (word in others for word in neighbours for others in BINARY):
      self.around ("grouping", first, last, "(", ")")
    self.swap ("operands", (first, i - 1), (i + 1, last))

  def move_increment (self, i):
    """i++ becomes ++i and the reverse."""
    s = self.source
    if s.operand_ends_p (i - 1):
      first = s.operand_before (i - 1)
      if first is not None:
        self.add ("increment", i, (s.tokens[first].start,) * 2 + (s.word (i),), (s.tokens[i].start, s.tokens[i].end, ""))
      return
    last = s.operand_behind (i + 1)
    if last is not None:
      self.add ("increment", i, (s.tokens[i].start, s.tokens[i].end, ""), (s.tokens[last].end,) * 2 + (s.word (i),))

  def parenthesis (self, i):
    s, end = self.source, self.source.partner[i]
    before = s.word (i - 1)
    if s.cast_p (end):
      if before != "sizeof" and not s.operand_ends_p (i - 1):
        self.add ("cast", i, (s.tokens[i].start, s.tokens[end].end, ""))
    elif before in ("if", "while"):
      self.around ("condition", i + 1, end - 1, "!(", ")")
    elif before == "for":
      self.bounds (i)
    elif s.operand_ends_p (i - 1):
      self.arguments (i)
    else:
      self.add ("parentheses", i, (s.tokens[i].start, s.tokens[i].end, " "), (s.tokens[end].start, s.tokens[end].end, " "))

  def bounds (self, i):
    """The operands of comparisons in the head of a loop."""
    s = self.source
    for k in range (i, s.partner[i]):
      last = s.operand_behind (k + 1) if s.word (k) in BINARY[1] else None
      if last is not None:
        self.around ("bound", k + 1, last, "(", " + 1)")
        self.around ("bound", k + 1, last, "(", " - 1)")

  def index (self, i):
    s, end = self.source, self.source.partner[i]
    if not s.operand_ends_p (i - 1) or end == i + 1:
      return
    self.around ("index", i + 1, end - 1, "(", ") + 1")
    self.around ("index", i + 1, end - 1, "(", ") - 1")
    self.add ("index", i, (s.tokens[i + 1].start, s.tokens[end - 1].end, "0"))

  def condition (self, i):
    """c ? a : b becomes c ? b : a."""
    s, k, depth = self.source, i + 1, 0
    while depth or s.word (k) != ":":
      depth += (s.word (k) == "?") - (s.word (k) == ":")
      k = s.partner[k] + 1 if s.word (k) in OPENING else k + 1
    end = k + 1
    while s.word (end) not in (";", ",", ")", "]", ":"):
      end = s.partner[end] + 1 if s.word (end) in OPENING else end + 1
    self.swap ("condition", (i + 1, k - 1), (k + 1, end - 1))

  def arguments (self, i):
    s, spans, first, k = self.source, [], i + 1, i + 1
    while k <= s.partner[i]:
      if k == s.partner[i] or s.word (k) == ",":
        if k > first:
          spans.append ((first, k - 1))
        first = k + 1
      k = s.partner[k] + 1 if s.word (k) in OPENING else k + 1
    for a in range (len (spans)):
      for b in range (a + 1, len (spans)):
        self.swap ("arguments", spans[a], spans[b])

  # Constants and types --------------------------------------------------------------------------------------------------

  def number (self, i):
    text = self.source.word (i)
    m = re.fullmatch (r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", text)
    if m:
      value = int (m.group (1), 0)
      for other in (value + 1, value - 1, 0, value * 2):
        if other >= 0:
          self.replace ("constant", i, (hex (other) if text[:2] in ("0x", "0X") else str (other)) + m.group (2))
      self.replace ("type of a constant", i, m.group (1) + ("u" if not m.group (2) else ""))
      self.replace ("type of a constant", i, m.group (1) + (".0" if text[1:2] not in "xX" or len (text) == 1 else "LL"))
      return
    digits, suffix = re.fullmatch (r"(.*?)([fFlL]?)", text).groups ()
    value = float (digits)
    for other in (neighbour (value, suffix, 1), neighbour (value, suffix, -1), 0.0, -value):
      self.replace ("constant", i, repr (other) + suffix)
    for other in ("", "f", "L"):
      self.replace ("type of a constant", i, digits + other)

  def word (self, i):
    s, word = self.source, self.source.word (i)
    if word in NUMBER_TYPES:
      for other in NUMBER_TYPES[:7] + (["int8_t", "uint16_t", "int64_t"] if word not in NUMBER_TYPES[:6] else []):
        self.replace ("type", i, other)
      if s.word (i - 1) in ("long", "unsigned"):
        self.replace ("type", i, "")
    elif word in ("break", "continue"):
      self.replace ("jump", i, "continue" if word == "break" else "break")
    elif word == "return" and s.word (i + 1) != ";":
      s_end = s.end_of_simple (i)
      self.around ("returned", i + 1, s_end - 1, "-(", ")")
      self.add ("returned", i, (s.tokens[i + 1].start, s.tokens[s_end - 1].end, "0"))
    for group in (MATHEMATICS, MATHEMATICS_OF_TWO):
      if word in group and s.word (i + 1) == "(":
        for other in group:
          self.replace ("function", i, other)
        self.replace ("function", i, word + "f")
    if word == "static" and any (body < i < s.partner[body] for _, body in s.functions):
      self.replace ("static", i, "")

  # Names ----------------------------------------------------------------------------------------------------------------

  def uses (self):
    """(ordinal, type, other names of the same type) of each name used in an expression."""
    s = self.source
    for _, body in s.functions:
      declared = [d for d in s.types.values () if d.scope in (body, "file")]
      fields = {d.name: d.type for d in s.types.values () if d.scope == "field"}
      for i in range (body, s.partner[body]):
        if s.tokens[i].kind != "name" or i in s.types or s.word (i - 1) in TAGGED or not s.mutable[i]:
          continue
        member = s.word (i - 1) in (".", "->")
        names = fields if member else {d.name: d.type for d in declared if d.end <= i}
        kind = names.get (s.word (i))
        if kind:
          yield i, kind + (" field" if member else ""), [n for n in names if names[n] == kind and n != s.word (i)]

  def names (self):
    s = self.source
    uses = list (self.uses ())
    for ordinal, (i, kind, others) in enumerate (uses):
      for k in range (min (MOST_NAMES, len (others))):
        self.replace ("name", i, others[(ordinal + k) % len (others)])
      if not kind.endswith ("field") and "*" not in kind:
        last = s.operand_behind (i)
        if s.word (last + 1) not in ("++", "--") and s.word (last + 1) != "=" and s.word (last + 1) not in ASSIGNING:
          for cast in (CASTS[ordinal % len (CASTS)], CASTS[(ordinal + 1) % len (CASTS)]):
            self.add ("cast", i, (s.tokens[i].start,) * 2 + (cast,))
          self.add ("unary operator", i, (s.tokens[i].start,) * 2 + ("-!~"[ordinal % 3],))
    for statement in s.statements:
      if statement.kind not in ("simple", "declaration"):
        continue
      inside = [u for u in uses if statement.first <= u[0] <= statement.last]
      for n, (i, kind, others) in enumerate (inside):
        for k, other, _ in inside[n + 1:]:
          if kind == other and s.word (k) in others:
            self.swap ("names", (i, i), (k, k))

  # Statements -----------------------------------------------------------------------------------------------------------

  def structure (self):
    s = self.source
    for statement in s.statements:
      if not s.mutable[statement.first]:
        continue
      start, end = s.tokens[statement.first].start, s.tokens[statement.last].end
      if statement.kind == "declaration":
        self.initialisers (statement)
      else:
        self.add ("no statement", statement.first, (start, end, "" if statement.kind == "label" else ";"))
      if s.word (statement.first) == "if":
        self.branches (statement)
      elif s.word (statement.first) == "while":
        self.replace ("loop", statement.first, "if")
    for block in s.blocks:
      for one, other in zip (block, block[1:]):
        if s.mutable[one.first]:
          self.swap ("order of statements", (one.first, one.last), (other.first, other.last))

  def initialisers (self, statement):
    s, k = self.source, statement.first
    while k < statement.last:
      if s.word (k) == "=":
        end = k + 1
        while s.word (end) not in (",", ";"):
          end = s.partner[end] + 1 if s.word (end) in OPENING else end + 1
        self.add ("no initialiser", k, (s.tokens[k].start, s.tokens[end - 1].end, ""))
        k = end
      k = s.partner[k] + 1 if s.word (k) in OPENING else k + 1

  def branches (self, statement):
    """if (c) a [else b] becomes a, or c; and else goes."""
    s = self.source
    condition = (statement.first + 1, s.partner[statement.first + 1])
    self.add ("no condition", statement.first, (s.tokens[statement.first].start, s.tokens[condition[1]].end, "if (1)"))
    self.replace ("loop", statement.first, "while")
    for k in range (condition[1], statement.last):
      if s.word (k) == "else":
        self.replace ("no else", k, "")


def neighbour (value, suffix, direction):
  """The floating-point number beside VALUE, of the type that SUFFIX gives a constant."""
  code, bits = ("<f", "<i") if suffix in ("f", "F") else ("<d", "<q")
  if value == 0:
    return 5e-324 if code == "<d" else 1.401298464324817e-45
  (number,) = struct.unpack (bits, struct.pack (code, value))
  (result,) = struct.unpack (code, struct.pack (bits, number + direction))
  return result


def mutants (text):
  """The mutants of the kernel TEXT."""
  return Mutator (text).all ()


def apply (text, mutant):
  """TEXT with MUTANT's edits."""
  for start, end, new in reversed (mutant.edits):
    text = text[:start] + new + text[end:]
  return text
