/* options.c: reads the command line of eos.
   SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE /* getopt_long */
#include "options.h"
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CELLS = 15, MAX_CELLS = 40, MESSAGE = 200 };
static const double max_margin = 10; /* angstrom */

const char options_usage[] = "usage: eos [options]\n"
                             "Equations of state and strain scans of metals, by effective-medium theory.\n"
                             "  --metals LIST   of Al,Cu,Ag,Au,Ni,Pd,Pt; default: all of them\n"
                             "  --cells N       N x N x N cubes of four atoms a crystal, 1 to 40; default: 15\n"
                             "  --margin X      cutoff margin in angstrom, 0 to 10; default: 0.5\n"
                             "  --in-order      wait for a point that another rank computes; default: take others first\n"
                             "  --help          this text\n";

static int
find_symbol (const char *symbol)
{
  for (int i = 0; i < EMT_METALS; i++)
    if (strcmp (emt_table[i].symbol, symbol) == 0)
      return i;
  return -1;
}

static bool
add_metal (struct options *options, const char *symbol, char message[MESSAGE])
{
  int metal = find_symbol (symbol);
  if (metal < 0) {
    snprintf (message, MESSAGE, "--metals: no metal '%.40s' in the table", symbol);
    return false;
  }
  for (int i = 0; i < options->n_metals; i++)
    if (options->metals[i] == metal) {
      snprintf (message, MESSAGE, "--metals: '%.40s' is there twice", symbol);
      return false;
    }
  options->metals[options->n_metals++] = metal;
  return true;
}

static bool
parse_metals (struct options *options, const char *list, char message[MESSAGE])
{
  options->n_metals = 0;
  for (;;) {
    char symbol[41];
    size_t length = strcspn (list, ",");
    snprintf (symbol, sizeof symbol, "%.*s", length < 40 ? (int) length : 40, list);
    if (!add_metal (options, symbol, message))
      return false;
    if (list[length] == '\0')
      return true;
    list += length + 1;
  }
}

static bool
parse_cells (struct options *options, const char *text, char message[MESSAGE])
{
  char *end;
  errno = 0;
  long cells = strtol (text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || cells < 1 || cells > MAX_CELLS) {
    snprintf (message, MESSAGE, "--cells: '%.40s' is not a number from 1 to %d", text, MAX_CELLS);
    return false;
  }
  options->cells = (int) cells;
  return true;
}

static bool
parse_margin (struct options *options, const char *text, char message[MESSAGE])
{
  char *end;
  double margin = strtod (text, &end);
  if (end == text || *end != '\0' || !(margin >= 0 && margin <= max_margin)) {
    snprintf (message, MESSAGE, "--margin: '%.40s' is not a length from 0 to %g angstrom", text, max_margin);
    return false;
  }
  options->margin = margin;
  return true;
}

bool
options_parse (int argc, char *argv[], struct options *options, char message[MESSAGE])
{
  static const struct option known[] = { { "metals", required_argument, NULL, 'm' }, { "cells", required_argument, NULL, 'c' },
                                         { "margin", required_argument, NULL, 'x' }, { "in-order", no_argument, NULL, 'o' },
                                         { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 } };
  *options = (struct options){ .n_metals = EMT_METALS, .cells = DEFAULT_CELLS, .margin = emt_cutoff_margin };
  for (int i = 0; i < EMT_METALS; i++)
    options->metals[i] = i;

  opterr = 0;
  for (int option; (option = getopt_long (argc, argv, ":", known, NULL)) != -1;) {
    bool good = false;
    if (option == 'm')
      good = parse_metals (options, optarg, message);
    else if (option == 'c')
      good = parse_cells (options, optarg, message);
    else if (option == 'x')
      good = parse_margin (options, optarg, message);
    else if (option == 'o')
      good = options->in_order = true;
    else if (option == 'h')
      good = options->help = true;
    else
      snprintf (message, MESSAGE, option == ':' ? "%.60s: what follows it is missing" : "%.60s: no such option",
                argv[optind - 1]);
    if (!good)
      return false;
  }
  if (optind < argc) {
    snprintf (message, MESSAGE, "'%.60s': eos takes options only", argv[optind]);
    return false;
  }
  return true;
}
