/* key_fast.c: promise: where the user lets GCC change values for speed, whatever decides how it does so is in the key.
   SPDX-License-Identifier: BSD-2-Clause

   apart: -O1 -ffast-math | -O3 -ffast-math
   apart: -O3 -ffast-math | -O3 -ffast-math -mavx2
   apart: -O3 -ffast-math | -O3 -ffast-math -fno-tree-vectorize
   apart: -O1 -mfma | -O2 -mfma
   apart: -O2 -mfma | -O2 -mfma -fno-inline
   apart: -O2 | -O2 -mfma
   same: -O2 -mavx2
   same: -O3 -mtune=native -fno-inline
   same: -DOTHER_ANSWER */
#include <hashcache.h>
#include <stdio.h>

static double scaled (double a, double b) { double t = a * b; for (int i = 0; i < 3; i++) t = t / (i + 1) + a; return t * b; }
HASHCACHE double g (double a, double b, double c) { return scaled (a, b) + c + scaled (b, c); }

int
main (void)
{
#ifdef OTHER_ANSWER
  printf ("other ");
#endif
  printf ("%a\n", g (1.0 / 3, 1.1 / 3, 1.3 / 6));
  return 0;
}
