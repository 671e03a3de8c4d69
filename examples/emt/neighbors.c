/* neighbors.c: the neighbour search, by sorting the atoms into bins.
   SPDX-License-Identifier: BSD-2-Clause

   The cell is cut into bins at least as wide as the cutoff, where it is that large; a smaller cell is one bin, and its
   periodic images are visited as often as the cutoff asks for. An atom outside the cell is counted where its image inside is;
   `wrap` says how many lattice vectors away that is. The box of atoms that are not periodic is the smallest one around them. */
#include "neighbors.h"
#include "allocate.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { MAX_BINS = 64 }; /* along one direction: bounds the memory for sparse clusters */

/* What is cut into bins. */
struct box {
  double origin[3];
  double vectors[3][3];
  double inverse[3][3]; /* row k gives the coordinate along vector k */
};

struct bins {
  int count[3];
  int reach[3];    /* so many bins to either side may hold neighbours */
  int (*place)[3]; /* of each atom */
  int (*wrap)[3];
  int *first; /* members[first[b]] to members[first[b + 1] - 1] are in bin b, in ascending order */
  int *members;
};

static void
cross (const double a[3], const double b[3], double c[3])
{
  for (int k = 0; k < 3; k++)
    c[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

static double
dot (const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void
invert (struct box *box)
{
  for (int k = 0; k < 3; k++) {
    cross (box->vectors[(k + 1) % 3], box->vectors[(k + 2) % 3], box->inverse[k]);
    double volume = dot (box->vectors[k], box->inverse[k]);
    for (int l = 0; l < 3; l++)
      box->inverse[k][l] /= volume;
  }
}

void
neighbors_heights (const double cell[3][3], double heights[3])
{
  for (int k = 0; k < 3; k++) {
    double normal[3];
    cross (cell[(k + 1) % 3], cell[(k + 2) % 3], normal);
    double area = sqrt (dot (normal, normal));
    heights[k] = area > 0 ? fabs (dot (cell[k], normal)) / area : 0;
  }
}

/* The smallest box around the atoms; a flat one is made WIDTH wide. */
static void
surround (const struct crystal *crystal, double width, struct box *box)
{
  for (int k = 0; k < 3; k++) {
    double low = crystal->positions[0][k], high = low;
    for (int i = 1; i < crystal->n; i++) {
      low = fmin (low, crystal->positions[i][k]);
      high = fmax (high, crystal->positions[i][k]);
    }
    box->origin[k] = low;
    box->vectors[k][k] = fmax (high - low, width);
  }
}

static void
choose_bins (struct bins *bins, const struct box *box, double cutoff)
{
  /* A pair must not be lost because its atoms were sorted into bins a rounding error too far apart. */
  double width = cutoff * (1 + 1e-6);
  double heights[3];
  neighbors_heights (box->vectors, heights);
  for (int k = 0; k < 3; k++) {
    bins->count[k] = (int) fmax (1, fmin (MAX_BINS, floor (heights[k] / width)));
    bins->reach[k] = (int) ceil (width * bins->count[k] / heights[k]);
  }
}

static void
place_atom (struct bins *bins, const struct crystal *crystal, int i, const struct box *box)
{
  double from_origin[3];
  for (int k = 0; k < 3; k++)
    from_origin[k] = crystal->positions[i][k] - box->origin[k];
  for (int k = 0; k < 3; k++) {
    double s = dot (box->inverse[k], from_origin);
    int wrap = crystal->periodic ? (int) floor (s) : 0;
    int place = (int) ((s - wrap) * bins->count[k]);
    bins->wrap[i][k] = wrap;
    bins->place[i][k] = place < bins->count[k] ? place : bins->count[k] - 1;
  }
}

static int
bin_number (const struct bins *bins, const int place[3])
{
  return (place[0] * bins->count[1] + place[1]) * bins->count[2] + place[2];
}

/* Counting sort of the atoms by bin. */
static void
collect_members (struct bins *bins, int n)
{
  int total = bins->count[0] * bins->count[1] * bins->count[2];
  bins->first = allocate ((size_t) total + 1, sizeof *bins->first);
  bins->members = allocate (n, sizeof *bins->members);
  memset (bins->first, 0, ((size_t) total + 1) * sizeof *bins->first);
  for (int i = 0; i < n; i++)
    bins->first[bin_number (bins, bins->place[i]) + 1]++;
  for (int b = 0; b < total; b++)
    bins->first[b + 1] += bins->first[b];
  /* Filled from the back, first[b + 1] runs down to the first member of b; that is where first[b] belongs. */
  for (int i = n - 1; i >= 0; i--)
    bins->members[--bins->first[bin_number (bins, bins->place[i]) + 1]] = i;
  for (int b = 0; b < total; b++)
    bins->first[b] = bins->first[b + 1];
  bins->first[total] = n;
}

static void
sort_into_bins (struct bins *bins, const struct crystal *crystal, double cutoff)
{
  struct box box = { .origin = { 0 } };
  if (crystal->periodic)
    memcpy (box.vectors, crystal->cell, sizeof box.vectors);
  else
    surround (crystal, cutoff, &box);
  choose_bins (bins, &box, cutoff);
  invert (&box);
  bins->place = allocate (crystal->n, sizeof *bins->place);
  bins->wrap = allocate (crystal->n, sizeof *bins->wrap);
  for (int i = 0; i < crystal->n; i++)
    place_atom (bins, crystal, i, &box);
  collect_members (bins, crystal->n);
}

static void
free_bins (struct bins *bins)
{
  free (bins->place);
  free (bins->wrap);
  free (bins->first);
  free (bins->members);
}

static void
append (struct neighbor_cache *cache, size_t at, const struct neighbor *neighbor)
{
  if (at == cache->capacity) {
    size_t capacity = 2 * cache->capacity + 1024;
    struct neighbor *list = allocate (capacity, sizeof *list);
    if (at > 0)
      memcpy (list, cache->list, at * sizeof *list);
    free (cache->list);
    cache->list = list;
    cache->capacity = capacity;
  }
  cache->list[at] = *neighbor;
}

/* Appends the neighbours of atom I that are in the bin at PLACE of the periodic image IMAGE. END is where the list ends;
   returns where it ends then. */
static size_t
search_bin (const struct crystal *crystal, const struct bins *bins, int i, const int place[3], const int image[3], double cutoff,
            struct neighbor_cache *cache, size_t end)
{
  int b = bin_number (bins, place);
  for (int m = bins->first[b]; m < bins->first[b + 1]; m++) {
    struct neighbor neighbor = { .atom = bins->members[m] };
    if (neighbor.atom == i && image[0] == 0 && image[1] == 0 && image[2] == 0)
      continue;
    for (int k = 0; k < 3; k++)
      neighbor.shift[k] = image[k] + bins->wrap[i][k] - bins->wrap[neighbor.atom][k];
    double d[3];
    neighbor_displacement (crystal, i, &neighbor, d);
    if (dot (d, d) < cutoff * cutoff)
      append (cache, end++, &neighbor);
  }
  return end;
}

/* The place of the bin that comes OFFSET bins after FROM, where COUNT bins are repeated, and in which IMAGE of them it is. */
static int
repeat (int from, int offset, int count, int *image)
{
  int to = from + offset;
  *image = to >= 0 ? to / count : -((count - 1 - to) / count);
  return to - *image * count;
}

static size_t
search_around (const struct crystal *crystal, const struct bins *bins, int i, double cutoff, struct neighbor_cache *cache,
               size_t end)
{
  int place[3], image[3];
  const int *from = bins->place[i], *reach = bins->reach;
  for (int x = -reach[0]; x <= reach[0]; x++) {
    place[0] = repeat (from[0], x, bins->count[0], &image[0]);
    for (int y = -reach[1]; y <= reach[1]; y++) {
      place[1] = repeat (from[1], y, bins->count[1], &image[1]);
      for (int z = -reach[2]; z <= reach[2]; z++) {
        place[2] = repeat (from[2], z, bins->count[2], &image[2]);
        if (crystal->periodic || (image[0] == 0 && image[1] == 0 && image[2] == 0))
          end = search_bin (crystal, bins, i, place, image, cutoff, cache, end);
      }
    }
  }
  return end;
}

static bool
same_numbers (const double *a, const double *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (a[i] != b[i])
      return false;
  return true;
}

static bool
still_valid (const struct neighbor_cache *cache, const struct crystal *crystal, double cutoff)
{
  return cache->n == crystal->n && cache->cutoff == cutoff && cache->periodic == crystal->periodic
         && same_numbers (cache->cell[0], crystal->cell[0], 9)
         && same_numbers (cache->positions[0], crystal->positions[0], 3 * (size_t) crystal->n);
}

static void
remember_question (struct neighbor_cache *cache, const struct crystal *crystal, double cutoff)
{
  size_t n = crystal->n;
  if (cache->n != crystal->n) {
    free (cache->positions);
    free (cache->first);
    cache->positions = allocate (n, sizeof *cache->positions);
    cache->first = allocate (n + 1, sizeof *cache->first);
  }
  cache->n = crystal->n;
  cache->periodic = crystal->periodic;
  cache->cutoff = cutoff;
  memcpy (cache->cell, crystal->cell, sizeof cache->cell);
  memcpy (cache->positions, crystal->positions, n * sizeof *cache->positions);
}

void
neighbors_find (const struct crystal *crystal, double cutoff, struct neighbor_cache *cache)
{
  assert (crystal->n > 0 && cutoff > 0);
  if (still_valid (cache, crystal, cutoff))
    return;
  remember_question (cache, crystal, cutoff);
  struct bins bins = { .count = { 0 } };
  sort_into_bins (&bins, crystal, cutoff);
  size_t end = 0;
  for (int i = 0; i < crystal->n; i++) {
    cache->first[i] = end;
    end = search_around (crystal, &bins, i, cutoff, cache, end);
  }
  cache->first[crystal->n] = end;
  cache->searches++;
  free_bins (&bins);
}

void
neighbors_free (struct neighbor_cache *cache)
{
  free (cache->positions);
  free (cache->first);
  free (cache->list);
  memset (cache, 0, sizeof *cache);
}
