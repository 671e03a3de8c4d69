# pending.py: rows of the table that do not hold yet, with what they wait for; table.py runs them and reports.
# SPDX-License-Identifier: BSD-2-Clause
VOLATILE = "volatile objects are refused"
ASSEMBLY = "inline assembly is refused"
FOLDED = "the front end puts in values of constants only when it optimises, and only those of its own unit"

PENDING = {
  "volatile local": VOLATILE,
  "volatile in a callee": VOLATILE,
  "template of inline assembly": ASSEMBLY,
  "constant in inline assembly": ASSEMBLY,
  "operand of inline assembly": ASSEMBLY,
  "inline assembly in a callee": ASSEMBLY,
  "constraint of inline assembly": ASSEMBLY,
  "two files become one": FOLDED,
  "constants by name, -O0": FOLDED,
}
