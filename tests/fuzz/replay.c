/* replay.c: inputs that are kept: those that did harm once, and those that take ways of their own through the runtime.
   SPDX-License-Identifier: BSD-2-Clause

     replay FILE...     has target.c read each; says which one it is at if that does not return */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1:max_allocation_size_mb=2048:detect_leaks=0";
}

int
main (int argc, char **argv)
{
  static unsigned char input[1 << 16];

  setvbuf (stdout, NULL, _IONBF, 0);
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen (argv[i], "rb");
    size_t n;

    if (!file)
      return 2;
    n = fread (input, 1, sizeof input, file);
    fclose (file);
    printf ("%s\n", argv[i]);
    LLVMFuzzerTestOneInput (input, n);
  }
  printf ("%d inputs, no harm done\n", argc - 1);
  return argc > 1 ? 0 : 2;
}
