# pending.py: rows of the table that do not hold yet, with what they wait for; table.py runs them and reports.
# SPDX-License-Identifier: BSD-2-Clause
FOLDED = "the front end puts in values of constants only when it optimises, and only those of its own unit"

PENDING = {
  "two files become one": FOLDED,
  "constants by name, -O0": FOLDED,
}
