# pending.py: rows of the table that do not hold yet, with what they wait for; table.py runs them and reports.
# SPDX-License-Identifier: BSD-2-Clause
VOLATILE = "volatile objects are refused"
POINTERS = "calls through pointers are refused"
ASSEMBLY = "inline assembly is refused"
FOLDED = "the front end puts in values of constants only when it optimises, and only those of its own unit"

PENDING = {
  "volatile local": VOLATILE,
  "volatile in a callee": VOLATILE,
  "global pointer to a function": POINTERS,
  "table of functions": POINTERS,
  "field that points to a function": POINTERS,
  "local pointer to a function": POINTERS,
  "argument that points to a function": POINTERS,
  "body of a function behind a pointer": POINTERS,
  "body of a function that is an argument": POINTERS,
  "function of a shared object that dlopen loads": POINTERS,
  "template of inline assembly": ASSEMBLY,
  "constant in inline assembly": ASSEMBLY,
  "operand of inline assembly": ASSEMBLY,
  "inline assembly in a callee": ASSEMBLY,
  "constraint of inline assembly": ASSEMBLY,
  "two files become one": FOLDED,
  "constants by name, -O0": FOLDED,
}
