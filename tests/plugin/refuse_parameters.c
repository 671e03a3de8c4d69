/* refuse_parameters.c: promise: what an argument means is known, or the function is refused at the argument with what to write.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

union either { int a; float b; };
struct with_union { union either u; };
struct with_bits { int a : 3; };
struct with_void { void *p; };
struct uncounted { double *p; };
struct list { struct list *next HASHCACHE_COUNT (1); };
struct miscounted { double *p HASHCACHE_COUNT (m + 1); int n; };
struct with_role { HASHCACHE_OUT double x; };
struct with_pointers { char *names[3]; };
struct flexible { int n; double x[]; };
struct foreign { int x; } __attribute__ ((scalar_storage_order ("big-endian")));
struct unknown;
typedef int vector __attribute__ ((vector_size (16)));
double elsewhere (const double *);
static double third (const double *p) { return p[2]; }

HASHCACHE double no_extent (double *x) { return x[3]; } /* error: 'no_extent' cannot be cached: parameter x: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double passed_on (const double *x) { return third (x); } /* error: 'passed_on' cannot be cached: parameter x: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double passed_out (const double *x) { return elsewhere (x); } /* error: 'passed_out' cannot be cached: parameter x: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double escaping (const struct miscounted *x) { const struct miscounted *y = x + 1; return y->n; } /* error: 'escaping' cannot be cached: parameter x: the field p of struct miscounted: cannot understand `m', which is no parameter, field of the same struct, global variable or enumerator in HASHCACHE_COUNT (m + 1) */
HASHCACHE double inner_address (const struct with_bits *x) { const int *y = (const int *) x; return y[1]; } /* error: 'inner_address' cannot be cached: parameter x: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double void_pointer (void *x) { return *(double *) x; } /* error: 'void_pointer' cannot be cached: parameter x: a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else a pointer to something, such as unsigned char for bytes */
HASHCACHE double union_by_value (struct with_union x) { return x.u.a; } /* error: 'union_by_value' cannot be cached: parameter x: the field u of struct with_union: union either is a union, and which member is in force is not known: write HASHCACHE_MEMBER (name of a member) after it, or HASHCACHE_IGNORE if it does not matter */
HASHCACHE double bit_field (struct with_bits x) { return x.a; }
HASHCACHE double void_field (const struct with_void *x) { return x->p != 0; } /* error: 'void_field' cannot be cached: parameter x: the field p of struct with_void: a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else a pointer to something, such as unsigned char for bytes */
HASHCACHE double uncounted_field (const struct uncounted *x) { return x->p[0]; } /* error: 'uncounted_field' cannot be cached: parameter x: how many elements the field p of struct uncounted points to is not known: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after it */
HASHCACHE double linked (const struct list *x) { return x->next != 0; }
HASHCACHE double bad_name (const struct miscounted *x) { return x->p[0]; } /* error: 'bad_name' cannot be cached: parameter x: the field p of struct miscounted: cannot understand `m', which is no parameter, field of the same struct, global variable or enumerator in HASHCACHE_COUNT (m + 1) */
HASHCACHE double role_on_scalar (struct with_role x) { return x.x; } /* error: 'role_on_scalar' cannot be cached: parameter x: the field x of struct with_role is no pointer: only HASHCACHE_IGNORE can stand on it */
HASHCACHE double pointer_array (const struct with_pointers *x) { return x->names[0][0]; } /* error: 'pointer_array' cannot be cached: parameter x: how many elements the field names of struct with_pointers points to is not known: write HASHCACHE_COUNT (expression), HASHCACHE_COUNT (string) for a string, or HASHCACHE_IGNORE after it */
HASHCACHE double flexible_member (const struct flexible *x) { return x->x[0]; } /* error: 'flexible_member' cannot be cached: parameter x: the field x of struct flexible is an array of varying extent: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after it */
HASHCACHE double byte_order (struct foreign x) { return x.x; } /* error: 'byte_order' cannot be cached: it accesses a struct in the other byte order */ /* error: 'byte_order' cannot be cached: parameter x: struct foreign is kept in the other byte order, which is not supported: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE double incomplete (const struct unknown *x) { return x != 0; } /* error: 'incomplete' cannot be cached: parameter x: what is in struct unknown is not known here: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE double unbounded (const double a[], int n) { return a[n]; } /* error: 'unbounded' cannot be cached: parameter a: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double two_levels (double **a, int n) { return a[n][n]; } /* error: 'two_levels' cannot be cached: parameter a: it leads through 2 levels of pointers, and how many elements each of them has is not known: write HASHCACHE_COUNT (expression, expression) after it (1 for a single one) or HASHCACHE_IGNORE */
HASHCACHE double two_counts (double *a HASHCACHE_COUNT (n, m), int n, int m) { return a[n] + m; } /* error: 'two_counts' cannot be cached: parameter a: 1 count is needed, one for each level of pointers, but HASHCACHE_COUNT (n, m) has 2: write HASHCACHE_COUNT (expression) */
HASHCACHE double half_count (const double *a HASHCACHE_COUNT (n +), int n) { return a[n]; } /* error: 'half_count' cannot be cached: parameter a: cannot understand an expression that ends early in HASHCACHE_COUNT (n +) */
HASHCACHE double float_count (const double *a HASHCACHE_COUNT (x), double x) { return a[(int) x]; } /* error: 'float_count' cannot be cached: parameter a: cannot understand a floating-point number in HASHCACHE_COUNT (x) */
HASHCACHE double call_in_bound (int n, const double a[third (0) > n ? 3 : 4]) { return a[n]; } /* error: 'call_in_bound' cannot be cached: parameter a: cannot understand a call of a function in its array bound */
HASHCACHE double narrowed_bound (long n, const double a[(signed char) n]) { return a[n]; } /* error: 'narrowed_bound' cannot be cached: parameter a: cannot understand a conversion to a narrower type in its array bound */
HASHCACHE double stream (FILE *f) { return f != 0; } /* error: 'stream' cannot be cached: parameter f: FILE is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE double out_by_value (HASHCACHE_OUT double x) { return x; } /* error: 'out_by_value' cannot be cached: parameter x: only a pointer can be an output */
HASHCACHE double count_by_value (double x HASHCACHE_COUNT (2)) { return x; } /* error: 'count_by_value' cannot be cached: parameter x: HASHCACHE_COUNT is for pointers */
HASHCACHE double out_const (HASHCACHE_OUT const double *x HASHCACHE_COUNT (3)) { return x[0]; } /* error: 'out_const' cannot be cached: parameter x: what it points to is const and cannot be an output */
HASHCACHE int wide (__int128 x) { return x != 0; }
HASHCACHE int quadruple (_Float128 x) { return x != 0; }
HASHCACHE int decimal (_Decimal64 x) { return x != 0; } /* error: 'decimal' cannot be cached: parameter x: the floating-point type _Decimal64 is not supported: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int simd (vector x) { return x[0]; }
HASHCACHE int to_volatile (const volatile int *x HASHCACHE_COUNT (2)) { return x != 0; } /* error: 'to_volatile' cannot be cached: parameter x: it points to volatile memory: write HASHCACHE_IGNORE if that does not matter */
HASHCACHE int atomic (_Atomic int *x HASHCACHE_COUNT (2)) { return x != 0; } /* error: 'atomic' cannot be cached: parameter x: atomic types are not supported: write HASHCACHE_IGNORE if it does not matter */
