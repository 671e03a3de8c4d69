/* target.h: what libFuzzer and replay.c call.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Has the call meet what the N bytes INPUT make. Returns 0, or does not return. */
int LLVMFuzzerTestOneInput (const uint8_t *input, size_t n);

#endif
