/* roles_written_only.c: promise: written-only is what the call never reads, whatever way the pointer takes, and writes in whole numbers.
   SPDX-License-Identifier: BSD-2-Clause
   options: -fopenmp */
#include <complex.h>
#include <hashcache.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pair { double x, y; };
struct mixed { double x; float y, z; };
struct counted { double x; int n; };
struct padded { double x; double y __attribute__ ((aligned (32))); };
struct bits { unsigned long a : 40, b : 24; };
struct view { double *p; int n; };
union either { double d; long l; };
double *kept;
double table[8];

static void put (double *p, int i, double v) { p[i] = v; }
static double get (const double *p, int i) { return p[i]; }
static void put_deep (double *p, int n) { if (n > 0) { put (p, n, 1); put_deep (p + 1, n - 1); } }
static void add_deep (double *p, int n) { if (n > 0) add_deep (p + 1, n - 1); else *p += 1; }
static double *offset (double *p, int n) { return p + n; }
static void fill_view (struct view v) { for (int i = 0; i < v.n; i++) v.p[i] = i; }
static double sum_view (struct view v) { double s = 0; for (int i = 0; i < v.n; i++) s += v.p[i]; return s; }
static void fill_behind (struct view *v) { for (int i = 0; i < v->n; i++) v->p[i] = i; }
static double *taken (struct view *v) { return v->p; }
static void keep_behind (struct view *v) { kept = v->p; }
static void bytes (char *p, int n) { for (int i = 0; i < n; i++) p[i] = 0; }
extern void elsewhere (double *p);

static struct view seen (double *p, int n) { struct view v = { p, n }; return v; }
static void advance (double **p) { *p = *p + 1; }
static void copy (double *to, double *from, int n) { for (int i = 0; i < n; i++) to[i] = from[i]; }
static void set_behind (double **p, int i) { (*p)[i] = i; }
static double get_behind (double **p, int i) { return (*p)[i]; }

/* Never read. */
HASHCACHE void behind_pointer (int n, double a[n]) { double *q = a; set_behind (&q, n - 1); } /* role: written-only a */
HASHCACHE void in_volatile (int n, double a[n]) { double *volatile q = a; q[0] = n; } /* role: written-only a */
HASHCACHE void plain (int n, double a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: written-only a */
HASHCACHE void single (double *r) { *r = 1; } /* role: written-only r */
HASHCACHE void upper (int n, double a[n][n]) { for (int i = 0; i < n; i++) for (int j = i; j < n; j++) a[i][j] = i; } /* role: written-only a */
HASHCACHE void cube (int n, int m, double a[n][m][3]) { for (int i = 0; i < n; i++) a[i][i % m][2] = i; } /* role: written-only a */
HASHCACHE void cube_of (int n, int m, double a[n][m][n]) { for (int i = 0; i < n; i++) a[i][i % m][n - 1] = i; } /* role: written-only a */
HASHCACHE void rows (int n, double (*a)[4] HASHCACHE_COUNT (n)) { for (int i = 0; i < n; i++) a[i][i % 4] = 1; } /* role: written-only a */
HASHCACHE void computed_floats (int n, float a[n], const float b[n]) { for (int i = 0; i < n; i++) { float x = 2 * b[i] + 1; a[i] = -x; } } /* role: written-only a */
HASHCACHE void rounded_floats (int n, float a[n], const double b[n]) { for (int i = 0; i < n; i++) a[i] = (float) b[i]; } /* role: written-only a */
HASHCACHE void floats (int n, float a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: written-only a */
HASHCACHE void longs (int n, long a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: written-only a */
HASHCACHE void extended (int n, long double a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: written-only a */
HASHCACHE void complexes (int n, double _Complex a[n]) { for (int i = 0; i < n; i++) a[i] = i * I; } /* role: written-only a */
HASHCACHE void half (int n, double _Complex a[n]) { for (int i = 0; i < n; i++) __imag__ a[i] = i; } /* role: written-only a */
HASHCACHE void pairs (int n, struct pair a[n]) { for (int i = 0; i < n; i++) a[i].y = i; } /* role: written-only a */
HASHCACHE void assigned (int n, struct pair a[n]) { for (int i = 0; i < n; i++) a[i] = (struct pair) { i, n }; } /* role: written-only a */
HASHCACHE void pointing (int n, double a[n]) { for (double *p = a; p < a + n; p++) *p = 1; } /* role: written-only a */
HASHCACHE void choosing (int n, double a[n]) { double *p = n > 2 ? a + 1 : a; *p = 1; } /* role: written-only a */
HASHCACHE void called (int n, double a[n]) { for (int i = 0; i < n; i++) put (a, i, 1); } /* role: written-only a */
HASHCACHE void recursive (int n, double a[n]) { put_deep (a, n); } /* role: written-only a */
HASHCACHE void with_offset (int n, double a[n]) { put (a + n / 2, 0, 1); } /* role: written-only a */
HASHCACHE void cleared (int n, double a[n]) { memset (a, 0, n * sizeof (double)); a[0] = 1; } /* role: written-only a */
HASHCACHE void cleared_one (double a[1]) { memset (a, 0, 8); } /* role: written-only a */
HASHCACHE void copied (int n, double a[n], const double b[n]) { memcpy (a, b, n * sizeof *a); } /* role: written-only a */
HASHCACHE void copied_one (double a[1], const double b[1]) { memcpy (a, b, sizeof *a); } /* role: written-only a */
HASHCACHE void sine (double x, double *s, double *c) { sincos (x, s, c); } /* role: written-only s */ /* role: written-only c */
HASHCACHE void by_view (int n, double a[n]) { struct view v = { a, n }; fill_view (v); } /* role: written-only a */
HASHCACHE void behind_view (int n, double a[n]) { struct view v = { a, n }; fill_behind (&v); } /* role: written-only a */
HASHCACHE void in_parallel (int n, double a[n], const double b[n]) { /* role: written-only a */
#pragma omp parallel for
  for (int i = 0; i < n; i++) a[i] = 2 * b[i];
}
HASHCACHE void dynamically (int n, double a[n]) { /* role: written-only a */
#pragma omp parallel for schedule(dynamic)
  for (int i = 0; i < n; i++) put (a, i, i);
}
HASHCACHE void in_regions (int n, double a[n]) { /* role: written-only a */
#pragma omp parallel
  {
#pragma omp single
#pragma omp task
    a[0] = 1;
#pragma omp for simd
    for (int i = 1; i < n; i++) a[i] = i;
  }
}
HASHCACHE double reduced (int n, double a[n]) { /* role: written-only a */
  double s = 0;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) { a[i] = i; s += i; }
  return s;
}

HASHCACHE double assigned_once (double *r, double *t) { double s = *r = 1; return s += *t = 2; } /* role: written-only r */ /* role: written-only t */

/* Read, in some way. */
HASHCACHE double assigned_before (int n, double a[n]) { a[0] = 1; n += a[n - 1]; return n; } /* role: inout a */
HASHCACHE double assigned_elsewhere (int n, double a[n]) { a[n - 1] = 1; return a[0]; } /* role: inout a */
HASHCACHE void added (int n, double a[n]) { for (int i = 0; i < n; i++) a[i] += i; } /* role: inout a */
HASHCACHE void by_copy (int n, double a[n]) { double *p = a; a[0] = 1; a[0] = p[n - 1]; } /* role: inout a */
HASHCACHE double in_callee (int n, double a[n]) { a[0] = 1; return get (a, n - 1); } /* role: inout a */
HASHCACHE void in_depth (int n, double a[n]) { add_deep (a, n - 1); } /* role: inout a */
HASHCACHE struct pair whole_struct (struct pair *a) { a->x = 1; struct pair b = *a; return b; } /* role: inout a */
HASHCACHE double view_summed (int n, double a[n]) { struct view v = { a, n }; a[0] = 1; return sum_view (v); } /* role: inout a */
HASHCACHE double view_copied (int n, double a[n]) { struct view v = { a, n }, w = v; a[0] = 1; return w.p[n - 1]; } /* role: inout a */
HASHCACHE double view_taken (int n, double a[n]) { struct view v = { a, n }; a[0] = 1; return taken (&v)[n - 1]; } /* role: inout a */
HASHCACHE double offset_read (int n, double a[n]) { a[0] = 1; return *offset (a, n - 1); } /* role: inout a */
HASHCACHE double chosen (int n, double a[n]) { a[0] = 1; return *(n ? a + n - 1 : table); } /* role: inout a */
HASHCACHE int compared (int n, double a[n], const double b[n]) { a[0] = 1; return memcmp (a, b, n * sizeof *a); } /* role: inout a */
HASHCACHE void moved (int n, double a[n]) { memmove (a, a + 1, (n - 1) * sizeof *a); } /* role: inout a */
HASHCACHE double by_memset (int n, double a[n]) { return *(double *) memset (a, 0, 8 * (n / 2)); } /* role: inout a */
HASHCACHE double in_region (int n, double a[n]) { /* role: inout a */
  double s = 0;
  a[0] = 1;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) s += a[i];
  return s;
}
HASHCACHE double in_task (int n, double a[n]) { /* role: inout a */
  double s = 0;
  a[0] = 1;
#pragma omp task shared(s)
  s = a[n - 1];
#pragma omp taskwait
  return s;
}
HASHCACHE void atomically (int n, double a[n]) { /* role: inout a */
#pragma omp parallel for
  for (int i = 0; i < n; i++)
#pragma omp atomic
    a[i / 2] += i;
}
HASHCACHE double by_address (int n, double a[n]) { double **p = &a; a[0] = 1; return (*p)[n - 1]; } /* role: inout a */
HASHCACHE double by_address_of_copy (int n, double a[n]) { double *b = a, **p = &b; a[0] = 1; return (*p)[n - 1]; } /* role: inout a */
HASHCACHE void shared_and_moved (int n, double a[n]) { /* role: inout a */
#pragma omp parallel shared(a)
#pragma omp single
  { a++; a[0] = a[-1]; }
}

HASHCACHE double view_as_bytes (int n, double a[n]) { struct view v = { a, n }, w; memcpy (&w, &v, sizeof w); a[0] = 1; return w.p[n - 1]; } /* role: inout a */
HASHCACHE double view_returned (int n, double a[n]) { struct view v = seen (a, n); a[0] = 1; return v.p[n - 1]; } /* role: inout a */
HASHCACHE double views (int n, double a[n]) { struct view v[3]; v[n % 3] = seen (a, n); a[0] = 1; return v[n & 1].p[n - 1]; } /* role: inout a */
HASHCACHE HASHCACHE_ALLOW ("address") double by_union (int n, double a[n]) { union { double *p; struct view v; } u = { a }; a[0] = 1; return u.v.p[n - 1]; } /* role: inout a */
HASHCACHE double advanced (int n, double a[n]) { double *q = a; advance (&q); a[0] = 1; return *q; } /* role: inout a */
HASHCACHE double behind_pointer_read (int n, double a[n]) { double *q = a; a[0] = 1; return get_behind (&q, n - 1); } /* role: inout a */
HASHCACHE void within (int n, double a[n]) { copy (a, a + 1, n - 1); } /* role: inout a */
HASHCACHE void increased (int n, double a[n]) { a[n - 1]++; } /* role: inout a */
HASHCACHE void conjugated (int n, double _Complex a[n]) { a[0] = conj (a[n - 1]); } /* role: inout a */
HASHCACHE void real_part_read (int n, double _Complex a[n]) { __imag__ a[0] = __real__ a[n - 1]; } /* role: inout a */
HASHCACHE int looked_at (int n, double a[n]) { a[0] = 1; switch ((int) a[n - 1]) { case 1: return 2; } return 3; } /* role: inout a */
HASHCACHE double swapped (int n, double a[n], double b[n]) { double *t = a, *u = b; if (n > 2) { double *w = t; t = u; u = w; } t[0] = 1; return u[0]; } /* role: inout a */ /* role: inout b */
HASHCACHE double by_nested_region (int n, double a[n]) { /* role: inout a */
  double s = 0;
  a[0] = 1;
#pragma omp parallel
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) s += get (a, i);
  return s;
}
HASHCACHE double in_first_private (int n, double a[n]) { /* role: inout a */
  double s = 0;
  a[0] = 1;
#pragma omp parallel firstprivate(a) reduction(+ : s)
  s += *a++;
  return s;
}

/* Written in parts of a number, or in a way that cannot be told. */
HASHCACHE void by_bytes (int n, double a[n]) { bytes ((char *) a, n); } /* role: inout a */
HASHCACHE void half_a_number (int n, double a[n]) { ((int *) a)[0] = n; } /* role: inout a */
HASHCACHE void half_a_number_as_float (int n, double a[n]) { ((float *) a)[0] = n; } /* role: inout a */
HASHCACHE void other_kind (int n, float a[n]) { ((int *) a)[0] = n; } /* role: inout a */
HASHCACHE void shifted (int n, double a[n]) { *(double *) ((char *) a + n) = 1; } /* role: inout a */
HASHCACHE void shifted_before (long n, double a[2]) { *(double *) ((char *) a + n) = 1; n = n * 8; a[0] = n; } /* role: inout a */
HASHCACHE void shifted_by_four (double a[2]) { *(double *) ((char *) a + 4) = 1; } /* role: inout a */
HASHCACHE void shifted_steps (int n, double a[n]) { put ((double *) ((char *) a + n), 1, 1); } /* role: inout a */
HASHCACHE void n_bytes (int n, double a[n]) { memset (a, 0, n); } /* role: inout a */
HASHCACHE void twelve_bytes (double a[2], const double b[2]) { memcpy (a, b, 12); } /* role: inout a */
HASHCACHE void four_bytes (double a[2], const double b[2]) { memcpy (a, b, 4); } /* role: inout a */
HASHCACHE void copied_floats (int n, float a[n], const float b[n]) { memcpy (a, b, n * sizeof *a); } /* role: inout a */
HASHCACHE void copied_one_by_one (int n, float a[n], const float b[n]) { for (int i = 0; i < n; i++) a[i] = b[i]; } /* role: inout a */
HASHCACHE void handed_float (int n, float a[n], float x) { a[0] = x; } /* role: inout a */
HASHCACHE void turned_round (int n, float a[n], float x) { float y = -x; a[0] = n > 2 ? y : 1; } /* role: inout a */
HASHCACHE void extended_by_bytes (int n, long double a[n]) { *(__int128 *) a = n; } /* role: inout a */
HASHCACHE void fraction (double x, double a[1]) { int *p = (int *) a; frexp (x, p); } /* role: inout a */
HASHCACHE void padded_parts (int n, struct counted *a) { *(struct pair *) a = (struct pair) { n, n }; } /* role: inout a */

/* Of elements that no pattern can tell. */
HASHCACHE void ints (int n, int a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: inout a */
HASHCACHE void chars (int n, char a[n]) { for (int i = 0; i < n; i++) a[i] = i; } /* role: inout a */
HASHCACHE void several_sizes (int n, struct mixed a[n]) { for (int i = 0; i < n; i++) a[i].x = i; } /* role: written-only a */
HASHCACHE void half_of_several (int n, struct mixed a[n]) { for (int i = 0; i < n; i++) *(float *) &a[i].x = i; } /* role: inout a */
HASHCACHE void across_several (int n, struct mixed a[n]) { for (int i = 0; i < n; i++) *(double *) &a[i].y = i; } /* role: inout a */
HASHCACHE void shifted_several (int n, struct mixed a[n]) { ((struct mixed *) ((char *) a + 8))->x = n; } /* role: inout a */
HASHCACHE void read_several (int n, struct mixed a[n]) { for (int i = 0; i < n; i++) a[i].x += a[i].y; } /* role: inout a */
HASHCACHE void with_int (int n, struct counted a[n]) { for (int i = 0; i < n; i++) a[i].x = i; } /* role: inout a */
HASHCACHE void truths (int n, _Bool a[n]) { for (int i = 0; i < n; i++) a[i] = 1; } /* role: inout a */

/* Gone where nobody follows. */
HASHCACHE void strange (int n, double a[n]) { elsewhere (a); } /* role: inout a */
HASHCACHE void by_pointer (int n, double a[n]) { void (*volatile f) (double *, int, double) = put; f (a, 0, n); } /* role: inout a */
HASHCACHE void kept_in_memory (int n, double a[n]) { double **m = malloc (8 * n); m[0] = a; m[0][1] = m[0][0]; free (m); } /* role: inout a */
HASHCACHE double kept_in_array (int n, double a[n]) { double *m[2] = { a, table }; a[0] = 1; return m[n % 2][0]; } /* role: inout a */
HASHCACHE void assembled (double a[1]) { __asm__ ("" : "=m"(*a)); } /* role: inout a */
