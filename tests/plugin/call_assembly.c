/* call_assembly.c: promise: what inline assembly computes is cached with the rest, and what it leaves in memory is seen.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

#if defined __x86_64__
#define ADD(x, y) __asm__ ("addl %1, %0" : "+r"(x) : "r"(y) : "cc")
#define ADD_MEMORY(x, y) __asm__ ("addl %1, %0" : "+m"(x) : "r"(y) : "cc")
#define TWO(x, y, z) __asm__ ("movl %2, %0; leal 1(%2), %1" : "=&r"(x), "=r"(y) : "r"(z))
#else
#define ADD(x, y) __asm__ ("" : "+r"(x)); x += y
#define ADD_MEMORY(x, y) x += y
#define TWO(x, y, z) __asm__ ("" : "+r"(z)); x = z; y = z + 1
#endif

static int total;
static int add (int x, int y) { ADD (x, y); return x; }
HASHCACHE int once (int n) { return add (n, 4); }
HASHCACHE int in_loop (int n) { int s = 0; for (int i = 0; i < n; i++) { int k = i; ADD (k, s); s = k; } return s; }
HASHCACHE int carried (int n) { int s = 1, before = 0; for (int i = 0; i < n; i++) { before = s; ADD (s, before); } return s - before; }
HASHCACHE int memory (int n) { int m = n, a = m; ADD_MEMORY (m, 5); a += m; ADD_MEMORY (m, a); return a * 100 + m; }
HASHCACHE int array (int n) { int a[4] = { 1, 2, 3, 4 }; for (int i = 0; i < n; i++) ADD_MEMORY (a[i & 3], i); return a[0] + 10 * a[1] + 100 * a[2] + 1000 * a[3]; }
HASHCACHE int two (int n) { int x, y; TWO (x, y, n); return 10 * x + y; }
HASHCACHE void to_argument (int n, int *out HASHCACHE_COUNT (2)) { ADD (out[1], n); out[0] = out[1]; }
HASHCACHE int to_global (int n) { ADD (total, n); return total; }
HASHCACHE double barrier (int n) { double s = 0; for (int i = 1; i <= n; i++) { s += 1.0 / i; __asm__ volatile ("" : : : "memory"); __asm__ ("" : "+m"(s)); } return s; }

int
main (void)
{
  int out[2] = { 3, 4 };
  for (int n = 1; n < 6; n++)
    {
      to_argument (n, out);
      printf ("%d %d %d %d %d %d %d %d %d %.17g\n", once (n), in_loop (n), carried (n), memory (n), array (n), two (n), out[0], out[1],
	      to_global (n), barrier (n));
    }
  return 0;
}
