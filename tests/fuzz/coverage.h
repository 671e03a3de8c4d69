/* coverage.h: which branches an input has taken that none before it took.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef COVERAGE_H
#define COVERAGE_H

void coverage_begin (void);

/* How many branches have been taken since coverage_begin for the first time of all. */
int coverage_end (void);

#endif
