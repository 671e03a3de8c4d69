/* pass_register.c: promise: a global register variable passes through.
   SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

register long kept __asm__ ("r15");

int
main (void)
{
  puts ("fine");
  return 0;
}
