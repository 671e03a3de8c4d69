/* options.h: the command line of eos.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef EMT_OPTIONS_H
#define EMT_OPTIONS_H

#include "emt.h"
#include <stdbool.h>

struct options {
  int n_metals;
  int metals[EMT_METALS]; /* lines of emt_table */
  int cells;
  double margin; /* angstrom */
  bool in_order; /* each rank takes its points in their order, even if it has to wait */
  bool help;
};

extern const char options_usage[];

/* Reads the command line into OPTIONS. False if it is wrong; MESSAGE then says why, in one line without newline. Prints
   nothing itself: of many ranks only one should. */
bool options_parse (int argc, char *argv[], struct options *options, char message[200]);

#endif
