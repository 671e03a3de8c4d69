# c_source.py: as much of C's grammar as mutations.py needs: tokens, statements, names and their types.
# SPDX-License-Identifier: BSD-2-Clause
#
# It reads the marked parts of a kernel, which keep to a plain style: no statement comes out of a macro, every declared name has its
# type in front of it. What it takes for something else only costs a mutant that does not compile.
import re
from collections import namedtuple

Token = namedtuple ("Token", "kind text start end")
# KIND of a statement: "declaration", "simple" (an expression, a jump), "compound" (if, loops, switch), "block", "label".
Statement = namedtuple ("Statement", "kind first last")  # ordinals of tokens, the last one included

# SCOPE: the ordinal of the function's "{", "file", or "field". END: of the token behind the initialiser.
Declaration = namedtuple ("Declaration", "scope name type end")

TOKEN = re.compile (r"""
    (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:\\\n|[^\n])* )
  | (?P<number> (?:0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)? | (?:\d+\.?\d*|\.\d+(?=\D))(?:[eE][+-]?\d+)?) [uUlLfF]* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<string> "(?:\\.|[^"\\])*" )
  | (?P<character> '(?:\\.|[^'\\])*' )
  | (?P<sign> \.\.\. | <<= | >>= | -> | \+\+ | -- | << | >> | <= | >= | == | != | && | \|\| | [-+*/%&|^]= | [^\w\s] )
""", re.X | re.S | re.M)

TYPES = {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "bool", "complex", "size_t",
         "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t"}
QUALIFIERS = {"const", "static", "inline", "register", "volatile", "restrict"}
TAGGED = {"struct", "enum", "union"}
CONTROL = {"if", "for", "while", "switch"}
KEYWORDS = CONTROL | {"do", "else", "return", "break", "continue", "goto", "case", "default", "sizeof"}
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class Source:
  """The text of a kernel, its tokens and what belongs together."""

  def __init__ (self, text):
    self.text = text
    self.tokens = [Token (m.lastgroup, m.group (), m.start (), m.end ()) for m in TOKEN.finditer (text) if m.lastgroup != "skip"]
    self.partner = self.match_brackets ()
    self.mutable = self.find_marked ()
    self.contract = set ()  # ordinals of tokens in the header of a function that is marked HASHCACHE
    self.functions = []  # (header's first, body's "{")
    self.blocks = []  # lists of the statements of one block each
    self.statements = []
    self.types = {}  # ordinal of a declared name -> Declaration
    self.declare_fields ()
    self.find_functions ()

  def word (self, i):
    return self.tokens[i].text if 0 <= i < len (self.tokens) else ""

  def find_marked (self):
    """Whether each token lies between the marks, and in no annotation."""
    marks = [(m.start (), m.group (1) == "on") for m in re.finditer (r"/\* mutate: (on|off) \*/", self.text)]
    marked = [max ([m for m in marks if m[0] < t.start], default=(0, False))[1] for t in self.tokens]
    for i, t in enumerate (self.tokens):
      if t.text.startswith ("HASHCACHE"):
        for k in range (i, self.partner[i + 1] + 1 if self.word (i + 1) == "(" else i + 1):
          marked[k] = False
    return marked

  def match_brackets (self):
    partner, open_ones = {}, []
    for i, t in enumerate (self.tokens):
      if t.text in OPENING:
        open_ones.append (i)
      elif t.text in CLOSING:
        partner[i] = open_ones.pop ()
        partner[partner[i]] = i
    return partner

  # Declarations ---------------------------------------------------------------------------------------------------------

  def type_at (self, i):
    """The ordinal behind the type that begins at I and its text; (I, "") if none does."""
    words = []
    first = i
    while True:
      word = self.word (i)
      if word.startswith ("HASHCACHE"):
        i = self.partner[i + 1] + 1 if self.word (i + 1) == "(" else i + 1
      elif word in QUALIFIERS:
        i += 1
      elif word in TYPES:
        words.append (word)
        i += 1
      elif word in TAGGED and self.tokens[i + 1].kind == "name" and self.word (i + 2) != "{":
        words.append (word + " " + self.word (i + 1))
        i += 2
      else:
        return (i, " ".join (words)) if words else (first, "")

  def declare (self, i, end, scope):
    """Notes what the declaration in the tokens from I to before END declares."""
    i, base = self.type_at (i)
    if not base:
      return
    while i < end:
      stars = dimensions = 0
      while self.word (i) in ("*", "(") or self.word (i) in QUALIFIERS:
        stars += self.word (i) == "*"
        i += 1
      name = i
      i += 1
      while self.word (i) == "[":
        dimensions += 1
        i = self.partner[i] + 1
      while i < end and self.word (i) != ",":
        i = self.partner[i] + 1 if self.word (i) in OPENING else i + 1
      if self.tokens[name].kind == "name":
        self.types[name] = Declaration (scope, self.word (name), base + " " + "*" * (stars + dimensions), i)
      i += 1

  def declare_fields (self):
    for i in range (len (self.tokens) - 2):
      if self.word (i) == "struct" and self.word (i + 2) == "{":
        k = i + 3
        while k < self.partner[i + 2]:
          end = k
          while self.word (end) != ";":
            end = self.partner[end] + 1 if self.word (end) in OPENING else end + 1
          self.declare (k, end, "field")
          k = end + 1

  # Functions and statements ---------------------------------------------------------------------------------------------

  def find_functions (self):
    i = first = 0
    while i < len (self.tokens):
      if self.word (i) == "{" and self.word (i - 1) == ")":
        self.function (first, i)
        i = first = self.partner[i] + 1
      elif self.word (i) == ";":
        self.declare (first, i, "file")
        i = first = i + 1
      else:
        i = self.partner[i] + 1 if self.word (i) in OPENING else i + 1

  def function (self, first, body):
    self.functions.append ((first, body))
    if any (self.word (i) == "HASHCACHE" for i in range (first, body)):
      self.contract.update (range (first, body))
    k = self.partner[body - 1] + 1
    while k < body:
      end = k
      while end < body - 1 and self.word (end) != ",":
        end = self.partner[end] + 1 if self.word (end) in OPENING else end + 1
      self.declare (k, end, body)
      k = end + 1
    self.block (body, body)

  def block (self, i, scope):
    """Reads the block whose "{" is I."""
    end, children = self.partner[i], []
    i += 1
    while i < end:
      statement = self.statement (i, scope)
      children.append (statement)
      i = statement.last + 1
    self.blocks.append (children)

  def statement (self, i, scope):
    statement = self.read_statement (i, scope)
    self.statements.append (statement)
    return statement

  def read_statement (self, i, scope):
    word, first = self.word (i), i
    if word == "{":
      self.block (i, scope)
      return Statement ("block", i, self.partner[i])
    if word in CONTROL:
      if word == "for":
        self.declare (i + 2, self.end_of_simple (i + 2), scope)
      last = self.statement (self.partner[i + 1] + 1, scope).last
      if word == "if" and self.word (last + 1) == "else":
        last = self.statement (last + 2, scope).last
      return Statement ("compound", first, last)
    if word == "do":
      last = self.statement (i + 1, scope).last
      return Statement ("compound", first, self.end_of_simple (last + 1))
    if word in ("case", "default") or self.tokens[i].kind == "name" and self.word (i + 1) == ":":
      while self.word (i) != ":":
        i += 1
      return Statement ("label", first, i)
    last = self.end_of_simple (i)
    if not self.type_at (i)[1]:
      return Statement ("simple", first, last)
    self.declare (i, last, scope)
    return Statement ("declaration", first, last)

  def end_of_simple (self, i):
    while self.word (i) != ";":
      i = self.partner[i] + 1 if self.word (i) in OPENING else i + 1
    return i

  # Expressions ----------------------------------------------------------------------------------------------------------

  def cast_p (self, i):
    """True if the parenthesis that closes at I holds a type."""
    if self.word (i) != ")":
      return False
    k, base = self.type_at (self.partner[i] + 1)
    while self.word (k) == "*" or self.word (k) in QUALIFIERS:
      k += 1
    return base != "" and k == i

  def operand_ends_p (self, i):
    """True if the token I ends an operand, so that an operator behind it has two."""
    if i < 0:
      return False
    t = self.tokens[i]
    if t.text == ")":
      return not self.cast_p (i) and self.word (self.partner[i] - 1) not in CONTROL
    if t.kind == "name":
      return t.text not in KEYWORDS and t.text not in TYPES and t.text not in QUALIFIERS and self.word (i - 1) not in TAGGED
    return t.text in ("]", "}") or t.kind in ("number", "string", "character") \
      or t.text in ("++", "--") and self.operand_ends_p (i - 1)

  def operand_behind (self, i):
    """The last token of the operand (without operators of two operands) that begins at I, or None."""
    while self.word (i) in ("-", "+", "!", "~", "*", "&", "++", "--") or self.word (i) == "(" and self.cast_p (self.partner[i]):
      i = self.partner[i] + 1 if self.word (i) == "(" else i + 1
    if self.word (i) == "(":
      i = self.partner[i]
    elif not self.operand_ends_p (i):
      return None
    while True:
      if self.word (i + 1) in ("(", "["):
        i = self.partner[i + 1]
      elif self.word (i + 1) in (".", "->"):
        i += 2
      elif self.word (i + 1) in ("++", "--"):
        i += 1
      else:
        return i

  def operand_before (self, i):
    """The first token of the operand that ends at I, or None."""
    while True:
      if self.word (i) in ("++", "--"):
        i -= 1
        continue
      if not self.operand_ends_p (i):
        return None
      if self.word (i) in (")", "]"):
        i = self.partner[i]
        if self.operand_ends_p (i - 1):
          i -= 1
          continue
      elif self.word (i - 1) in (".", "->"):
        i -= 2
        continue
      break
    while self.word (i - 1) in ("-", "+", "!", "~", "*", "&", "++", "--") and not self.operand_ends_p (i - 2) \
      or self.cast_p (i - 1):
      i = self.partner[i - 1] if self.word (i - 1) == ")" else i - 1
    return i
