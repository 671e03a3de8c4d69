/* refuse_uses.c: promise: one object, or a string, is proven by all uses or must be declared.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct { double x, y, z; } vec3;
struct base { int kind; };
struct derived { struct base base; double w; };
struct hack { int n; double x[1]; };
struct none { int n; double x[0]; };
struct label { const char *text; };
union both { double *p; uintptr_t u; };
double ghost[0];
const char *title;

static double norm2 (const vec3 *v) { return v->x * v->x + v->y * v->y + v->z * v->z; }
static void twice (vec3 *v) { v->x *= 2; }
static double row (const double (*a)[3]) { return a[0][2]; }
static double weight (const struct derived *d) { return d->w; }
static double scan (const char *s) { return s[0] + strlen (s); }

HASHCACHE double as_struct (const double *r) { return norm2 ((const vec3 *) r); } /* error: 'as_struct' cannot be cached: parameter r: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE void scaled (double *r) { twice ((vec3 *) r); } /* error: 'scaled' cannot be cached: parameter r: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double as_row (const double *p) { return row ((const double (*)[3]) p); } /* error: 'as_row' cannot be cached: parameter p: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double as_derived (const struct base *b) { return weight ((const struct derived *) b); } /* error: 'as_derived' cannot be cached: parameter b: how many elements it points to is not known: write HASHCACHE_COUNT (expression) after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double hacked (const struct hack *v) { return v->x[v->n]; } /* error: 'hacked' cannot be cached: parameter v: the array of one element at the end of struct hack may stand for more of them: write HASHCACHE_COUNT (expression) after it, HASHCACHE_COUNT (1) if it does not */
HASHCACHE double hacked_one (const struct none *v HASHCACHE_COUNT (1)) { return v->x[v->n]; } /* error: 'hacked_one' cannot be cached: parameter v: the field x of struct none is an array of varying extent: write HASHCACHE_COUNT (expression) or HASHCACHE_IGNORE after it */
HASHCACHE double ghosts (int n) { return n + ghost[n]; } /* error: 'ghosts' cannot be cached: it uses the variable ghost: an array of no elements may stand for more of them: write HASHCACHE_IGNORE if it does not matter */
HASHCACHE double bytes (const char *buf, int n) { double s = 0; for (int i = 0; i < n; i++) s += buf[i]; return s; } /* error: 'bytes' cannot be cached: parameter buf: how many elements it points to is not known: write HASHCACHE_COUNT (expression), HASHCACHE_COUNT (strlen (buf) + 1) for a string, after it (HASHCACHE_COUNT (1) for a single one), an array bound, or HASHCACHE_IGNORE */
HASHCACHE double labelled (const struct label *l) { return strlen (l->text); } /* error: 'labelled' cannot be cached: parameter l: how many elements the field text of struct label points to is not known: write HASHCACHE_COUNT (expression), HASHCACHE_COUNT (strlen (text) + 1) for a string, or HASHCACHE_IGNORE after it */
HASHCACHE double titled (int n) { return n + strlen (title); } /* error: 'titled' cannot be cached: it uses the variable title: how many elements it points to is not known: write HASHCACHE_COUNT (expression), HASHCACHE_COUNT (strlen (title) + 1) for a string, or HASHCACHE_IGNORE after its declaration */
HASHCACHE double by_union (double a[3]) { union both b = { a }; return a[0] + (b.u & 1); } /* error: 'by_union' cannot be cached: it uses a union of pointers and numbers, and addresses change from run to run {address} */
HASHCACHE double by_copy (double a[3]) { uintptr_t u; memcpy (&u, &a, sizeof u); return a[0] + (u & 1); } /* error: 'by_copy' cannot be cached: it looks at the bytes of a pointer, and addresses change from run to run {address} */
HASHCACHE int freed (int n, int *a HASHCACHE_COUNT (n)) { n = a[0]; free (a); return n; } /* error: 'freed' cannot be cached: it frees memory that belongs to its caller */

HASHCACHE double same_struct (const vec3 *v) { return norm2 (v) + norm2 (v); }
HASHCACHE double strings (const char *s, const char *t) { return t ? strcmp (s, t) + scan (t) : (double) strlen (s); }
HASHCACHE double first_char (const char *s) { return *s; }
