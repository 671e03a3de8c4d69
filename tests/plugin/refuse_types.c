/* refuse_types.c: promise: what several levels of pointers, unions, varying arrays, handles and results mean is said, or the function is
   refused with what to write.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

typedef int MPI_Comm;
typedef MPI_Comm communicator;
typedef void (*callback) (int);
typedef double vec3[3];
union either { int a; float b; struct { int c; }; };
struct nameless { int k; union { int a; double b; }; };
struct holds_lock { pthread_mutex_t lock; double x; };
struct flexible { int n; double v[] HASHCACHE_COUNT (n); };
struct contains { struct flexible f; };
struct broken { int n; double v[] HASHCACHE_COUNT (m); };
struct rows { int n; double **a HASHCACHE_COUNT (n); };
struct row_array { int n; double *a[3] HASHCACHE_COUNT (n, n); };
struct bad_member { union either u HASHCACHE_MEMBER (z); };
struct counted_scalar { int n HASHCACHE_COUNT (1); };
struct counted_bits { int n : 3 HASHCACHE_COUNT (1); };
struct hidden { int n; struct node *next HASHCACHE_COUNT (1); };
struct node { struct node *next HASHCACHE_COUNT (1); struct hidden *h HASHCACHE_COUNT (1); void *other; };
struct tail { int n; double x[1]; };
struct wide_bits { __int128 b : 70; };
struct with_callback { callback f; };
struct left_out { int n; union { int a; void *b; } HASHCACHE_IGNORE; struct { void *c; } HASHCACHE_IGNORE; };
int result;
double numbers[4];
double *unbounded_rows[4];
struct flexible no_more = { 1 };

HASHCACHE int communicates (MPI_Comm c) { return c; } /* error: 'communicates' cannot be cached: parameter c: MPI_Comm is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int communicates_again (communicator *c HASHCACHE_COUNT (2)) { return c[1]; } /* error: 'communicates_again' cannot be cached: parameter c: MPI_Comm is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int locked (struct holds_lock *l HASHCACHE_COUNT (1)) { return l->x > 0; } /* error: 'locked' cannot be cached: parameter l: the field lock of struct holds_lock: pthread_mutex_t is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int listed (va_list l) { return l != 0; } /* error: 'listed' cannot be cached: parameter l: __va_list_tag is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int one_level (int n, double **a HASHCACHE_COUNT (n)) { return a[n] != 0; } /* error: 'one_level' cannot be cached: parameter a: 2 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n) has 1: write HASHCACHE_COUNT (expression, expression) */
HASHCACHE int three_levels (int n, double ***a HASHCACHE_COUNT (n, n)) { return a[n] != 0; } /* error: 'three_levels' cannot be cached: parameter a: 3 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n, n) has 2: write HASHCACHE_COUNT (expression, expression, expression) */
HASHCACHE int bound_only (int n, double *a[n]) { return a[n] != 0; } /* error: 'bound_only' cannot be cached: parameter a: it leads through 2 levels of pointers, and how many elements each of them has is not known: write HASHCACHE_COUNT (expression, expression) after it (1 for a single one), without the first one if the array has a bound, or HASHCACHE_IGNORE */
HASHCACHE int bound_and_more (int n, double *a[n] HASHCACHE_COUNT (n, n, n)) { return a[n] != 0; } /* error: 'bound_and_more' cannot be cached: parameter a: 2 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n, n, n) has 3: write HASHCACHE_COUNT (expression, expression) */
HASHCACHE int level_in_field (const struct rows *r HASHCACHE_COUNT (1)) { return r->n; } /* error: 'level_in_field' cannot be cached: parameter r: the field a of struct rows: 2 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n) has 1: write HASHCACHE_COUNT (expression, expression) */
HASHCACHE int levels_in_array (const struct row_array *r HASHCACHE_COUNT (1)) { return r->n; } /* error: 'levels_in_array' cannot be cached: parameter r: the field a of struct row_array: 1 count is needed, one for each level of pointers, but HASHCACHE_COUNT (n, n) has 2: write HASHCACHE_COUNT (expression) */
HASHCACHE int names (int n, const char **s) { return s[n] != 0; } /* error: 'names' cannot be cached: parameter s: it leads through 2 levels of pointers, and how many elements each of them has is not known: write HASHCACHE_COUNT (expression, expression), with the word string as the last one for strings, after it (1 for a single one) or HASHCACHE_IGNORE */
HASHCACHE int no_string (double *s HASHCACHE_COUNT (string)) { return s[1] != 0; } /* error: 'no_string' cannot be cached: parameter s: the word string is for pointers to char */
HASHCACHE int choice (union either u) { return u.a; } /* error: 'choice' cannot be cached: parameter u: union either is a union, and which member is in force is not known: write HASHCACHE_MEMBER (name of a member) after it, or HASHCACHE_IGNORE if it does not matter */
HASHCACHE int no_such_member (union either *u HASHCACHE_COUNT (1) HASHCACHE_MEMBER (d)) { return u->a; } /* error: 'no_such_member' cannot be cached: parameter u: union either has no member d, which HASHCACHE_MEMBER names */
HASHCACHE int no_such_field (struct bad_member *u HASHCACHE_COUNT (1)) { return u->u.a; } /* error: 'no_such_field' cannot be cached: parameter u: the field u of struct bad_member: union either has no member z, which HASHCACHE_MEMBER names */
HASHCACHE int no_union (int n HASHCACHE_MEMBER (a)) { return n; } /* error: 'no_union' cannot be cached: parameter n: int is no union: HASHCACHE_MEMBER cannot stand on it */
HASHCACHE int nameless_union (struct nameless n) { return n.a; } /* error: 'nameless_union' cannot be cached: parameter n: the nameless union in struct nameless: which member is in force is not known: write HASHCACHE_MEMBER (name of a member) or HASHCACHE_IGNORE after its closing brace */
HASHCACHE int by_value (struct flexible f) { return f.n; } /* error: 'by_value' cannot be cached: parameter f: struct flexible ends in v, an array of varying extent, so it must stand alone behind a pointer: write HASHCACHE_IGNORE after v if that does not matter */ /* note: the ABI of passing struct with a flexible array member has changed in GCC 4.4 */
HASHCACHE int bound_and_one (int n, double **a[n] HASHCACHE_COUNT (n)) { return a[n] != 0; } /* error: 'bound_and_one' cannot be cached: parameter a: 3 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n) has 1: write HASHCACHE_COUNT (expression, expression), since the array bound is the first one */
HASHCACHE int several (int n, struct flexible *f HASHCACHE_COUNT (n)) { return f[n].n; } /* error: 'several' cannot be cached: parameter f: struct flexible ends in an array of varying extent, so a pointer can lead to one of them only: write 1 as its count */
HASHCACHE int inside (struct contains *f HASHCACHE_COUNT (1)) { return f->f.n; } /* error: 'inside' cannot be cached: parameter f: the field f of struct contains: struct flexible ends in v, an array of varying extent, so it must stand alone behind a pointer: write HASHCACHE_IGNORE after v if that does not matter */
HASHCACHE int unknown_length (struct broken *f HASHCACHE_COUNT (1)) { return f->n; } /* error: 'unknown_length' cannot be cached: parameter f: the field v of struct broken: cannot understand `m', which is no parameter, field of the same struct, global variable or enumerator in HASHCACHE_COUNT (m) */
HASHCACHE int global_flexible (int n) { return no_more.v[n] > 0; } /* error: 'global_flexible' cannot be cached: it uses the variable no_more: struct flexible ends in v, an array of varying extent, so it must stand alone behind a pointer: write HASHCACHE_IGNORE after v if that does not matter */
HASHCACHE int global_rows (int n) { return unbounded_rows[n] != 0; } /* error: 'global_rows' cannot be cached: it uses the variable unbounded_rows: how many elements it points to is not known: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after its declaration */
HASHCACHE int scalar_count (struct counted_scalar s) { return s.n; } /* error: 'scalar_count' cannot be cached: parameter s: the field n of struct counted_scalar is no pointer: HASHCACHE_COUNT cannot stand on it */
HASHCACHE int bit_count (struct counted_bits s) { return s.n; } /* error: 'bit_count' cannot be cached: parameter s: the field n of struct counted_bits is no pointer: HASHCACHE_COUNT cannot stand on it */
HASHCACHE int mutual (struct node *n HASHCACHE_COUNT (1)) { return n != 0; } /* error: 'mutual' cannot be cached: parameter n: the field other of struct node: a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else a pointer to something, such as unsigned char for bytes */
HASHCACHE int mutual_again (struct hidden *n HASHCACHE_COUNT (1)) { return n != 0; } /* error: 'mutual_again' cannot be cached: parameter n: the field other of struct node: a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else a pointer to something, such as unsigned char for bytes */
HASHCACHE int tailed (struct tail t) { return t.n; } /* error: 'tailed' cannot be cached: parameter t: the array of one element at the end of struct tail may stand for more of them: write HASHCACHE_COUNT (expression) after it, HASHCACHE_COUNT (1) if it does not */
HASHCACHE int wide (struct wide_bits t) { return t.b > 0; } /* error: 'wide' cannot be cached: parameter t: the field b of struct wide_bits is a bit-field of more than 64 bits: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE int complex_integer (_Complex int z) { return __real__ z; } /* error: 'complex_integer' cannot be cached: parameter z: complex integers are not supported: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE double *no_count (int n) { return numbers + n; } /* error: 'no_count' cannot be cached: it returns a pointer, and how many elements that leads to is not known: write HASHCACHE_RETURNS (expression) before the function (1 for a single one) */
HASHCACHE char **no_counts (int n) { (void) n; return 0; } /* error: 'no_counts' cannot be cached: it returns a pointer, and how many elements that leads to is not known: write HASHCACHE_RETURNS (expression, expression), with the word string as the last one for strings, before the function (1 for a single one) */
HASHCACHE HASHCACHE_RETURNS (n) double **too_few (int n) { (void) n; return 0; } /* error: 'too_few' cannot be cached: return value: 2 counts are needed, one for each level of pointers, but HASHCACHE_RETURNS (n) has 1: write HASHCACHE_RETURNS (expression, expression) */
HASHCACHE HASHCACHE_RETURNS (m) double *bad_return (int n) { return numbers + n; } /* error: 'bad_return' cannot be cached: return value: cannot understand `m', which is no parameter, field of the same struct, global variable or enumerator in HASHCACHE_RETURNS (m) */
HASHCACHE HASHCACHE_RETURNS (1) int no_pointer (int n) { return n; } /* error: 'no_pointer' cannot be cached: HASHCACHE_RETURNS is for functions that return pointers */
HASHCACHE callback returns_function (int n) { (void) n; return 0; } /* error: 'returns_function' cannot be cached: it returns a pointer to a function, which cannot be kept */
HASHCACHE struct with_callback holds_function (int n) { struct with_callback c = { 0 }; (void) n; return c; } /* error: 'holds_function' cannot be cached: it returns a pointer to a function, which cannot be kept */
HASHCACHE HASHCACHE_IF (result >= 0) int ambiguous (int n) { return n; } /* error: 'ambiguous' cannot be cached: cannot understand `result', which may be the variable or what the function returns in HASHCACHE_IF (result >= 0) */
HASHCACHE HASHCACHE_IF (n > 0.5) int half (int n) { return n; } /* error: 'half' cannot be cached: cannot understand a number that is no integer in HASHCACHE_IF (n > 0.5) */
HASHCACHE HASHCACHE_IF (n = 1) int assigned (int n) { return n; } /* error: 'assigned' cannot be cached: cannot understand `= 1' in HASHCACHE_IF (n = 1) */
HASHCACHE HASHCACHE_IF (x > 0) int floating (double x) { return x > 0; } /* error: 'floating' cannot be cached: cannot understand a floating-point number in HASHCACHE_IF (x > 0) */
HASHCACHE HASHCACHE_IF (abs (n)) int called (int n) { return n; } /* error: 'called' cannot be cached: cannot understand a call of a function in HASHCACHE_IF (abs (n)) */
HASHCACHE HASHCACHE_IF (n++ > 0) int counted_up (int n) { return n; } /* error: 'counted_up' cannot be cached: cannot understand `++ > 0' in HASHCACHE_IF (n++ > 0) */
HASHCACHE HASHCACHE_IF (n ? 1) int half_choice (int n) { return n; } /* error: 'half_choice' cannot be cached: cannot understand a ? without a : in HASHCACHE_IF (n ? 1) */
HASHCACHE HASHCACHE_IF (p > n) int unlike (int n, int *p HASHCACHE_COUNT (1)) { return n + *p; } /* error: 'unlike' cannot be cached: cannot understand a comparison of a pointer with a number in HASHCACHE_IF (p > n) */
HASHCACHE int sized (int n, double *x HASHCACHE_COUNT (n + sizeof (struct unseen))) { return x[n] > 0; } /* error: 'sized' cannot be cached: parameter x: cannot understand the size of something that has no fixed size in HASHCACHE_COUNT (n + sizeof (struct unseen)) */
HASHCACHE int narrowed (long n, double *x HASHCACHE_COUNT ((int) n)) { return x[n] > 0; } /* error: 'narrowed' cannot be cached: parameter x: cannot understand a conversion to a narrower type in HASHCACHE_COUNT ((int) n) */
HASHCACHE int array_type (const vec3 a) { return a[2] > 0; }
HASHCACHE int two_reasons (void *p, FILE *f) { return p != 0 || f != 0; } /* error: 'two_reasons' cannot be cached: parameter f: FILE is a handle of something that is not in memory: write HASHCACHE_IGNORE if it does not matter */ /* error: 'two_reasons' cannot be cached: parameter p: a void pointer says nothing of what it points to: write HASHCACHE_IGNORE if that cannot change a result, else a pointer to something, such as unsigned char for bytes */
double *swapped (int n, int m) HASHCACHE_RETURNS (n);
HASHCACHE double *swapped (int m, int n) { return numbers + n + m; } /* error: 'swapped' cannot be cached: return value: HASHCACHE_RETURNS means one thing in one declaration and another in the next: name the parameters alike */
HASHCACHE int old_style (n, p) int n; double **p HASHCACHE_COUNT (n); { return p[n] != 0; } /* error: 'old_style' cannot be cached: parameter p: 2 counts are needed, one for each level of pointers, but HASHCACHE_COUNT (n) has 1: write HASHCACHE_COUNT (expression, expression) */
HASHCACHE int inner_unknown (double (**a)[] HASHCACHE_COUNT (2, 2)) { return a != 0; } /* error: 'inner_unknown' cannot be cached: parameter a: an inner dimension of unknown extent */
HASHCACHE void *anything (int n) { return numbers + n; } /* error: 'anything' cannot be cached: return value: a void pointer says nothing of what it points to */
HASHCACHE int left_out (struct left_out s) { return s.n; }
HASHCACHE int *fine (int *n HASHCACHE_COUNT (1)) HASHCACHE_RETURNS (1);
int *fine (int *n) { return n; }
