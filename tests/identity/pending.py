# pending.py: rows of the table that do not hold yet, with what they wait for; table.py runs them and reports.
# SPDX-License-Identifier: BSD-2-Clause
PENDING = {
  "two files become one": "a constant element of a constant table is its value where the unit has the table, a read of it where "
      "not",
  "constants by name, -O0": "the front end follows a constant pointer to a constant only when it optimises",
}
