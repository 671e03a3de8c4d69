/* special.c: promise: functions in the manner of real codes, which allocate, return and fill what has counts known afterwards.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"
#include <math.h>

/* Sparse matrices -------------------------------------------------------------------------------------------------- */

enum { ROWS = 5, TRIPLES = 12 };

/* From triples, in any order and with repetitions, to compressed rows: how many entries remain is known after the call. */
HASHCACHE static int
assemble (int n_rows, int n_triples, const int row[n_triples], const int column[n_triples], const double value[n_triples],
          HASHCACHE_OUT int start[n_rows + 1], HASHCACHE_OUT int **columns HASHCACHE_COUNT (1, start[n_rows]),
          HASHCACHE_OUT double **values HASHCACHE_COUNT (1, start[n_rows]))
{
  int n = 0;

  *columns = malloc ((size_t) n_triples * sizeof **columns);
  *values = malloc ((size_t) n_triples * sizeof **values);
  for (int r = 0; r < n_rows; r++) {
    start[r] = n;
    for (int t = 0; t < n_triples; t++) {
      int k = start[r];

      if (row[t] != r)
        continue;
      while (k < n && (*columns)[k] != column[t])
        k++;
      if (k == n) {
        (*columns)[n] = column[t];
        (*values)[n++] = 0;
      }
      (*values)[k] += value[t];
    }
  }
  start[n_rows] = n;
  return n;
}

ORACLE_CASE (assemble)
{
  int *row = oracle_integers ("row", TRIPLES, ROWS, 1), *column = oracle_integers ("column", TRIPLES, 4, 2);
  double *value = oracle_numbers ("value", TRIPLES, 3);
  int *start = oracle_unset ("start", ROWS + 1, sizeof *start), **columns = oracle_unset ("columns", 1, sizeof *columns);
  double **values = oracle_unset ("values", 1, sizeof *values);

  ORACLE_LAYOUT (columns, oracle_links);
  ORACLE_LAYOUT (values, oracle_links);
  oracle_show ("before");
  ORACLE_VALUE (assemble (ROWS, TRIPLES, row, column, value, start, columns, values));
  oracle_fresh ("its columns", *columns, (size_t) start[ROWS], sizeof (int));
  oracle_fresh ("its values", *values, (size_t) start[ROWS], sizeof (double));
  oracle_show ("after");
}

/* Into memory of the caller's that is long enough: what lies beyond the count stays as it is. */
HASHCACHE static void
compress (int n, const double dense[n], HASHCACHE_OUT int *n_found, HASHCACHE_OUT int *where HASHCACHE_COUNT (*n_found),
          HASHCACHE_OUT double *what HASHCACHE_COUNT (*n_found))
{
  *n_found = 0;
  for (int i = 0; i < n; i++)
    if (dense[i] > 0) {
      where[*n_found] = i;
      what[(*n_found)++] = dense[i];
    }
}

ORACLE_CASE (compress)
{
  double *dense = oracle_numbers ("dense", 16, 3), *what = oracle_unset ("what", 16, sizeof *what);
  int *n_found = oracle_unset ("n_found", 1, sizeof *n_found), *where = oracle_unset ("where", 16, sizeof *where);

  oracle_show ("before");
  compress (16, dense, n_found, where, what);
  oracle_show ("after");
}

struct csr {
  int n_rows, n_entries;
  int *start HASHCACHE_COUNT (n_rows + 1), *column HASHCACHE_COUNT (n_entries);
  double *value HASHCACHE_COUNT (n_entries);
};

HASHCACHE static double
multiply (const struct csr *a, const double x[a->n_rows], HASHCACHE_OUT double y[a->n_rows])
{
  double norm = 0;

  for (int i = 0; i < a->n_rows; i++) {
    y[i] = 0;
    for (int k = a->start[i]; k < a->start[i + 1]; k++)
      y[i] += a->value[k] * x[a->column[k]];
    norm += y[i] * y[i];
  }
  return sqrt (norm);
}

ORACLE_CASE (multiply)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct csr, n_rows), ORACLE_FIELD (struct csr, n_entries),
                                                 ORACLE_LINK (struct csr, start), ORACLE_LINK (struct csr, column),
                                                 ORACLE_LINK (struct csr, value) };
  struct csr *a = oracle_unset ("a", 1, sizeof *a);
  double *x = oracle_numbers ("x", ROWS, 1), *y = oracle_unset ("y", ROWS, sizeof *y);

  a->n_rows = ROWS;
  a->n_entries = 2 * ROWS;
  a->start = oracle_integers ("start", ROWS + 1, 1, 1);
  a->column = oracle_integers ("column", 2 * ROWS, ROWS, 2);
  a->value = oracle_numbers ("value", 2 * ROWS, 3);
  for (int i = 0; i <= ROWS; i++)
    a->start[i] = 2 * i;
  ORACLE_LAYOUT (a, layout);
  oracle_show ("before");
  ORACLE_VALUE (multiply (a, x, y));
  oracle_show ("after");
}

/* Tables ----------------------------------------------------------------------------------------------------------- */

struct nuclides {
  int n_nuclides, n_points;
  double *energy HASHCACHE_COUNT (n_points);
  double *total HASHCACHE_COUNT (n_nuclides *n_points), *elastic HASHCACHE_COUNT (n_nuclides *n_points);
  double *absorption HASHCACHE_COUNT (n_nuclides *n_points);
  int *index HASHCACHE_COUNT (n_nuclides *n_points);
  unsigned *id HASHCACHE_COUNT (n_nuclides);
  double *cursor HASHCACHE_IGNORE; /* set by others, later */
};

HASHCACHE static struct nuclides
build_nuclides (int n_nuclides, int n_points, uint64_t seed)
{
  struct nuclides table;
  const size_t n = (size_t) n_nuclides * (size_t) n_points;

  table.n_nuclides = n_nuclides;
  table.n_points = n_points;
  table.energy = malloc ((size_t) n_points * sizeof (double));
  table.total = malloc (n * sizeof (double));
  table.elastic = malloc (n * sizeof (double));
  table.absorption = malloc (n * sizeof (double));
  table.index = malloc (n * sizeof (int));
  table.id = malloc ((size_t) n_nuclides * sizeof (unsigned));
  for (int i = 0; i < n_points; i++)
    table.energy[i] = 0.5 * i * i;
  for (size_t i = 0; i < n; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    table.elastic[i] = (double) (seed >> 40) / 1024;
    table.absorption[i] = (double) (seed >> 50) / 1024;
    table.total[i] = table.elastic[i] + table.absorption[i];
    table.index[i] = (int) (seed >> 60);
  }
  for (int i = 0; i < n_nuclides; i++)
    table.id[i] = 1000u + (unsigned) i;
  return table;
}

ORACLE_CASE (build_nuclides)
{
  const struct nuclides table = build_nuclides (3, 4, 7);

  ORACLE_VALUE (table.n_nuclides);
  ORACLE_VALUE (table.n_points);
  oracle_fresh ("energy", table.energy, 4, sizeof (double));
  oracle_fresh ("total", table.total, 12, sizeof (double));
  oracle_fresh ("elastic", table.elastic, 12, sizeof (double));
  oracle_fresh ("absorption", table.absorption, 12, sizeof (double));
  oracle_fresh ("index", table.index, 12, sizeof (int));
  oracle_fresh ("id", table.id, 3, sizeof (unsigned));
  oracle_show ("after");
}

struct isotherm {
  double temperature;
  int n;
  double *pressure HASHCACHE_COUNT (n), *energy HASHCACHE_COUNT (n);
};

struct equation_of_state {
  int n_temperatures;
  struct {
    float least, most;
  } density;
  struct isotherm *isotherms HASHCACHE_COUNT (n_temperatures);
};

/* A table of tables; every third isotherm is missing, with NULL in its place. */
HASHCACHE static struct equation_of_state
tabulate (int n_temperatures, int n_densities, double gamma)
{
  struct equation_of_state table = { n_temperatures, { 0.5f, 2.5f }, NULL };

  table.isotherms = calloc ((size_t) n_temperatures, sizeof *table.isotherms);
  for (int t = 0; t < n_temperatures; t++) {
    struct isotherm *it = &table.isotherms[t];

    it->temperature = 100 * (t + 1);
    if (t % 3 == 2)
      continue;
    it->n = n_densities + t;
    it->pressure = malloc ((size_t) it->n * sizeof *it->pressure);
    it->energy = malloc ((size_t) it->n * sizeof *it->energy);
    for (int i = 0; i < it->n; i++) {
      it->pressure[i] = it->temperature * i / gamma;
      it->energy[i] = it->pressure[i] / (gamma - 1);
    }
  }
  return table;
}

ORACLE_CASE (tabulate)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct isotherm, temperature), ORACLE_FIELD (struct isotherm, n),
                                                 ORACLE_LINK (struct isotherm, pressure), ORACLE_LINK (struct isotherm, energy) };
  const struct equation_of_state table = tabulate (4, 3, 1.4);

  ORACLE_VALUE (table.n_temperatures);
  ORACLE_VALUE (table.density);
  oracle_fresh ("isotherms", table.isotherms, 4, sizeof *table.isotherms);
  ORACLE_LAYOUT (table.isotherms, layout);
  for (int t = 0; t < 4; t++) {
    oracle_fresh ("pressure", table.isotherms[t].pressure, (size_t) table.isotherms[t].n, sizeof (double));
    oracle_fresh ("energy", table.isotherms[t].energy, (size_t) table.isotherms[t].n, sizeof (double));
  }
  oracle_show ("after");
}

/* Particles -------------------------------------------------------------------------------------------------------- */

struct cells {
  int n[3], n_particles;
  int *head HASHCACHE_COUNT (n[0] * n[1] * n[2]);
  int *next HASHCACHE_COUNT (n_particles);
};

HASHCACHE static struct cells *HASHCACHE_RETURNS (1)
    link_cells (int n_particles, const double position[n_particles][3], const int n[3])
{
  struct cells *cells = malloc (sizeof *cells);

  cells->n_particles = n_particles;
  for (int d = 0; d < 3; d++)
    cells->n[d] = n[d];
  cells->head = malloc ((size_t) (n[0] * n[1] * n[2]) * sizeof (int));
  cells->next = malloc ((size_t) n_particles * sizeof (int));
  for (int i = 0; i < n[0] * n[1] * n[2]; i++)
    cells->head[i] = -1;
  for (int i = 0; i < n_particles; i++) {
    int cell = 0;

    for (int d = 0; d < 3; d++)
      cell = cell * n[d] + (int) ((position[i][d] + 1) / 2 * n[d]) % n[d];
    cells->next[i] = cells->head[cell];
    cells->head[cell] = i;
  }
  return cells;
}

ORACLE_CASE (link_cells)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct cells, n), ORACLE_FIELD (struct cells, n_particles),
                                                 ORACLE_LINK (struct cells, head), ORACLE_LINK (struct cells, next) };
  double *position = oracle_numbers ("position", 30, 1);
  int *n = oracle_integers ("n", 3, 1, 1);
  struct cells *cells;

  n[0] = 2, n[1] = 3, n[2] = 2;
  oracle_show ("before");
  cells = link_cells (10, (void *) position, n);
  oracle_pointer ("result", cells);
  oracle_fresh ("cells", cells, 1, sizeof *cells);
  ORACLE_LAYOUT (cells, layout);
  oracle_fresh ("head", cells->head, 12, sizeof (int));
  oracle_fresh ("next", cells->next, 10, sizeof (int));
  oracle_show ("after");
}

/* Graphs ----------------------------------------------------------------------------------------------------------- */

struct edge {
  uint32_t from, to;
  float weight;
};

/* The edges from START to END of a graph that is never there as a whole. */
HASHCACHE static void
generate_edges (int64_t start, int64_t end, uint64_t seed, HASHCACHE_OUT struct edge *edges HASHCACHE_COUNT (end - start))
{
  for (int64_t i = start; i < end; i++) {
    uint64_t z = seed + 0x9e3779b97f4a7c15u * (uint64_t) i;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    edges[i - start].from = (uint32_t) (z >> 8 & 0xff);
    edges[i - start].to = (uint32_t) (z >> 16 & 0xff);
    edges[i - start].weight = (float) (z >> 40) / 16777216;
  }
}

ORACLE_CASE (generate_edges)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct edge, from), ORACLE_FIELD (struct edge, to),
                                                 ORACLE_FIELD (struct edge, weight) };
  struct edge *edges = oracle_unset ("edges", 10, sizeof *edges);

  ORACLE_LAYOUT (edges, layout);
  oracle_show ("before");
  generate_edges (100, 107, 3, edges);
  generate_edges (107, 107, 3, edges + 7);
  oracle_show ("after");
  generate_edges (-1, 3, 3, edges + 6);
  oracle_show ("after another");
}

HASHCACHE static uint32_t *HASHCACHE_RETURNS (2 * (end - start)) pairs (int64_t start, int64_t end)
{
  uint32_t *const found = end > start ? malloc ((size_t) (2 * (end - start)) * sizeof (uint32_t)) : NULL;

  for (int64_t i = start; i < end; i++) {
    found[2 * (i - start)] = (uint32_t) (i * i);
    found[2 * (i - start) + 1] = (uint32_t) (i * i * i);
  }
  return found;
}

ORACLE_CASE (pairs)
{
  uint32_t *const some = pairs (2, 7), *const others = pairs (3, 5), *const none = pairs (7, 7);

  oracle_fresh ("some", some, 10, sizeof *some);
  oracle_fresh ("others", others, 4, sizeof *others);
  oracle_pointer ("some", some);
  oracle_pointer ("others", others);
  oracle_pointer ("none", none);
  oracle_show ("after");
}

/* Grids of pointers ------------------------------------------------------------------------------------------------ */

enum { NX = 3, NY = 2, NZ = 4 };

/* Each plane and each row on its own. */
HASHCACHE static double ***
HASHCACHE_RETURNS (nx, ny, nz) grid_apart (int nx, int ny, int nz)
{
  double ***grid = malloc ((size_t) nx * sizeof *grid);

  for (int i = 0; i < nx; i++) {
    grid[i] = malloc ((size_t) ny * sizeof **grid);
    for (int j = 0; j < ny; j++) {
      grid[i][j] = malloc ((size_t) nz * sizeof ***grid);
      for (int k = 0; k < nz; k++)
        grid[i][j][k] = 100 * i + 10 * j + k;
    }
  }
  return grid;
}

/* One slab of numbers and one of row pointers: all of it is freed through the first pointers. */
HASHCACHE static double ***
HASHCACHE_RETURNS (nx, ny, nz) grid_in_slabs (int nx, int ny, int nz)
{
  double ***grid = malloc ((size_t) nx * sizeof *grid);
  double **rows = malloc ((size_t) (nx * ny) * sizeof *rows), *slab = malloc ((size_t) (nx * ny * nz) * sizeof *slab);

  for (int i = 0; i < nx * ny * nz; i++)
    slab[i] = 0.5 * i;
  for (int i = 0; i < nx * ny; i++)
    rows[i] = slab + i * nz;
  for (int i = 0; i < nx; i++)
    grid[i] = rows + i * ny;
  return grid;
}

HASHCACHE static double
smooth (int nx, int ny, int nz, double ***grid HASHCACHE_COUNT (nx, ny, nz))
{
  double sum = 0;

  for (int i = 0; i < nx; i++)
    for (int j = 0; j < ny; j++)
      for (int k = 1; k < nz; k++) {
        grid[i][j][k] = 0.5 * (grid[i][j][k - 1] + grid[i][j][k]);
        sum += grid[i][j][k];
      }
  return sum;
}

static void
show_grid (double ***grid, int slabs)
{
  oracle_pointer ("grid", grid);
  oracle_fresh ("grid", grid, NX, sizeof *grid);
  ORACLE_LAYOUT (grid, oracle_links);
  for (int i = 0; i < NX; i++) {
    oracle_fresh ("rows", grid[i], slabs ? NX * NY : NY, sizeof **grid);
    oracle_layout (grid[i], oracle_links, 1);
    for (int j = 0; j < NY; j++)
      oracle_fresh ("numbers", grid[i][j], slabs ? NX * NY * NZ : NZ, sizeof ***grid);
  }
  oracle_show ("after");
}

ORACLE_CASE (grid_apart)
{
  show_grid (grid_apart (NX, NY, NZ), 0);
}

ORACLE_CASE (grid_in_slabs)
{
  show_grid (grid_in_slabs (NX, NY, NZ), 1);
}

ORACLE_CASE (smooth)
{
  double ***grid = oracle_unset ("grid", NX, sizeof *grid), **rows = oracle_unset ("rows", NX * NY, sizeof *rows);
  double *numbers = oracle_numbers ("numbers", NX * NY * NZ, 1);

  for (int i = 0; i < NX * NY; i++)
    rows[i] = numbers + (NX * NY - 1 - i) * NZ;
  for (int i = 0; i < NX; i++)
    grid[i] = rows + i * NY;
  ORACLE_LAYOUT (grid, oracle_links);
  ORACLE_LAYOUT (rows, oracle_links);
  oracle_show ("before");
  ORACLE_VALUE (smooth (NX, NY, NZ, grid));
  oracle_show ("after");
}
