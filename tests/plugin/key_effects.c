/* key_effects.c: promise: the key changes with assembly, with what is volatile, and with attributes that can change a value.
   same: -DALLOW
   same: -DPLAIN_ATTRIBUTE
   same: -DOPERAND_NAMES
   different: -DASM_TEXT
   different: -DASM_CONSTRAINT
   different: -DASM_CLOBBER
   different: -DASM_INPUT
   different: -DASM_REORDERED
   different: -DVOLATILE_LOCAL
   different: -DNO_VOLATILE
   different: -DVOLATILE_ORDER
   different: -DFAST_ATTRIBUTE
   different: -O2 -DFMA_ATTRIBUTE
   different: -DWRAPPING
   different: -DBUILTIN
   different: -fopenmp
   apart: -fopenmp | -fopenmp -DANY_THREADS
   apart: -DVOLATILE_LOCAL | -DVOLATILE_ORDER
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <math.h>
#include <stdio.h>

#ifdef ALLOW
#define MARK HASHCACHE HASHCACHE_ALLOW ("rand, MPI_*")
#elif defined ANY_THREADS
#define MARK HASHCACHE HASHCACHE_ANY_THREADS
#elif defined PLAIN_ATTRIBUTE
#define MARK HASHCACHE __attribute__ ((optimize ("O3"), noinline))
#elif defined FAST_ATTRIBUTE
#define MARK HASHCACHE __attribute__ ((optimize ("fast-math")))
#elif defined FMA_ATTRIBUTE
#define MARK HASHCACHE __attribute__ ((target ("fma")))
#elif defined WRAPPING
#define MARK HASHCACHE __attribute__ ((optimize ("wrapv")))
#else
#define MARK HASHCACHE
#endif
#ifdef NO_VOLATILE
#define VOLATILE
#else
#define VOLATILE volatile
#endif

MARK double
compute (int n, double x)
{
  int k = n, j = 2;
  VOLATILE double t = x + n, u = x;
#ifdef VOLATILE_LOCAL
  volatile double a = x;
#else
  double a = x;
#endif
#if defined __x86_64__
#ifdef ASM_TEXT
  __asm__ ("subl %1, %0" : "+r"(k) : "r"(j) : "cc");
#elif defined ASM_CONSTRAINT
  __asm__ ("addl %1, %0" : "+a"(k) : "r"(j) : "cc");
#elif defined ASM_CLOBBER
  __asm__ ("addl %1, %0" : "+r"(k) : "r"(j) : "cc", "ecx");
#elif defined ASM_INPUT
  __asm__ ("addl %1, %0" : "+r"(k) : "r"(3) : "cc");
#elif defined ASM_REORDERED
  __asm__ ("addl %1, %0" : "+r"(j) : "r"(k) : "cc");
#elif defined OPERAND_NAMES
  __asm__ ("addl %[b], %[a]" : [a] "+r"(k) : [b] "r"(j) : "cc");
#else
  __asm__ ("addl %1, %0" : "+r"(k) : "r"(j) : "cc");
#endif
#endif
#ifdef VOLATILE_ORDER
  u = x * 2, t = t * 3;
#else
  t = t * 3, u = x * 2;
#endif
#ifdef BUILTIN
  a += __builtin_popcount (n);
#else
  a += __builtin_clz (n);
#endif
  double s = 0;
#pragma omp parallel for reduction (+ : s)
  for (int i = 0; i < 10; i++)
    s += 1 / (x + i);
  return (s + a * x + t * u) * 100 + k * 10 + j;
}

int
main (void)
{
  printf ("%.17g\n", compute (3, 0.7));
  return 0;
}
