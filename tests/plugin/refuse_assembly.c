/* refuse_assembly.c: promise: inline assembly that may be more than a function of its operands is refused; the rest is not.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>

int outside;
#if defined __x86_64__
HASHCACHE int is_volatile (int n) { __asm__ volatile ("incl %0" : "+r"(n)); return n; } /* error: 'is_volatile' cannot be cached: it contains inline assembly that is volatile {asm} */
HASHCACHE int basic (int n) { __asm__ ("nop"); return n; } /* error: 'basic' cannot be cached: it contains inline assembly that is volatile {asm} */
HASHCACHE int clobbering (int n) { __asm__ ("incl %0" : "+r"(n) : : "memory"); return n; } /* error: 'clobbering' cannot be cached: it contains inline assembly that clobbers memory {asm} */
HASHCACHE int in_memory (const int n[1]) { int x; __asm__ ("movl %1, %0" : "=r"(x) : "m"(n[0])); return x; } /* error: 'in_memory' cannot be cached: it contains inline assembly that has an operand in memory that is not the function's own {asm} */
HASHCACHE int global_memory (int n) { __asm__ ("addl %1, %0" : "+m"(outside) : "r"(n)); return n; } /* error: 'global_memory' cannot be cached: it contains inline assembly that has an operand in memory that is not the function's own {asm} */
HASHCACHE int address (const int n[1]) { int x; __asm__ ("movl %k1, %0" : "=r"(x) : "r"(n)); return x; } /* error: 'address' cannot be cached: it contains inline assembly that has an address as operand {asm} */
HASHCACHE int laundered (const int n[1]) { long x; __asm__ ("" : "=r"(x) : "0"(n)); return (int) x; } /* error: 'laundered' cannot be cached: it contains inline assembly that turns an address into a number, or a number into an address {asm} */
HASHCACHE int left_alone (int n) { int x; __asm__ ("" : "=r"(x)); return x + n; } /* error: 'left_alone' cannot be cached: it contains inline assembly that leaves an output as it happens to be {asm} */
HASHCACHE long counter (int n) { unsigned low; __asm__ ("rdtsc" : "=a"(low) : : "edx"); return low + n; } /* error: 'counter' cannot be cached: it contains inline assembly that contains rdtsc {asm} */
HASHCACHE long later (int n) { unsigned x; __asm__ ("movl $1, %0\n\tRDRAND %0" : "=r"(x)); return x + n; } /* error: 'later' cannot be cached: it contains inline assembly that contains rdrand {asm} */
HASHCACHE int prefixed (int n) { __asm__ ("lock; 1: cpuid" : "+a"(n) : : "ebx", "ecx", "edx"); return n; } /* error: 'prefixed' cannot be cached: it contains inline assembly that contains cpuid {asm} */
HASHCACHE int bytes (int n) { __asm__ (".byte 0x0f, 0x31" : "+a"(n) : : "edx"); return n; } /* error: 'bytes' cannot be cached: it contains inline assembly that contains .byte {asm} */
HASHCACHE int symbol (int n) { __asm__ ("addl outside(%%rip), %0" : "+r"(n)); return n; } /* error: 'symbol' cannot be cached: it contains inline assembly that names outside {asm} */
HASHCACHE long stack (int n) { long x; __asm__ ("mov %%rsp, %0" : "=r"(x)); return x + n; } /* error: 'stack' cannot be cached: it contains inline assembly that uses the register rsp {asm} */
HASHCACHE int calling (int n) { __asm__ ("call *%1" : "+a"(n) : "r"(1L)); return n; } /* error: 'calling' cannot be cached: it contains inline assembly that contains call {asm} */
HASHCACHE int going (int n) { __asm__ goto ("testl %0, %0; jne %l1" : : "r"(n) : : far); return 1; far: return 2; } /* error: 'going' cannot be cached: it contains inline assembly that is volatile {asm} */ /* error: 'going' cannot be cached: it contains asm goto */
HASHCACHE HASHCACHE_ALLOW ("asm") int allowed (int n) { __asm__ volatile ("incl %0" : "+r"(n) : : "memory"); return n; }
HASHCACHE int fine (int n)
{
  int x, m = n;
  __asm__ ("leal 3(%1,%1,2), %0" : "=r"(x) : "r"(n) : "cc");
  __asm__ ("1: subl $2, %0; jns 1b" : "+r"(n) : : "cc");
  __asm__ ("addl %1, %0" : "+m"(m) : "r"(n));
  __asm__ ("" : "+r"(x));
  __asm__ volatile ("" : : : "memory");
  return x + n + m;
}
#else
HASHCACHE int basic (int n) { __asm__ ("nop"); return n; }
#endif
