/* monte_carlo.c: for mutate.py: a lattice walk and an Ising chain driven by generators of random numbers.
   SPDX-License-Identifier: BSD-2-Clause

   Here: global state that the call changes, integers of all widths, signed and unsigned, shifts, rotations, masks, side effects
   behind && and ||, nested ?:, comma, recursion, static locals, small tables, strings, _Bool. */
#include <hashcache.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { SITES = 16, BINS = 8 };
static uint64_t state = UINT64_C (0x9e3779b97f4a7c15);
static uint32_t lcg = 12345;
static long draws;
double temperature = 1.7;

/* mutate: on */
static const int8_t step_x[4] = { 1, 0, -1, 0 }, step_y[4] = { 0, 1, 0, -1 };
static const unsigned char weight[BINS] = { 1, 3, 7, 15, 31, 63, 127, 255 };

static inline uint64_t
rotate (uint64_t x, int by)
{
  return x << by | x >> (64 - by);
}

static uint32_t
next_lcg (void)
{
  lcg = lcg * 1664525u + 1013904223u;
  return lcg >> 8 ^ lcg;
}

static uint64_t
next_xorshift (void)
{
  uint64_t x = state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  state = x;
  draws++;
  return rotate (x, 11) * 0x2545f4914f6cdd1dULL;
}

static unsigned
count_bits (uint32_t x)
{
  x = x - (x >> 1 & 0x55555555u);
  x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
  return ((x + (x >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
}

static int
ackermann (int m, int n)
{
  return m == 0 ? n + 1 : n == 0 ? ackermann (m - 1, 1) : ackermann (m - 1, ackermann (m, n - 1));
}

static bool
accept (int delta)
{
  static int refused = 3;
  if (delta <= 0 || (next_lcg () & 0xffff) < 65536 / (1 + delta * temperature))
    return true;
  refused++;
  return refused % 7 == 0 && !(next_lcg () % 3);
}

static uint16_t
checksum (const char *s)
{
  uint16_t h = 0xffff;
  for (; *s; s++)
    {
      h ^= (unsigned char) *s;
      for (int bit = 8; bit--;)
        h = h & 1 ? h >> 1 ^ 0xa001 : h >> 1;
    }
  return ~h;
}

HASHCACHE int64_t
kernel (int sweeps, int8_t spin[SITES], uint16_t histogram[BINS], const char *label HASHCACHE_COUNT (strlen (label) + 1))
{
  int x = 0, y = 0;
  int64_t energy = 0;
  unsigned flips = 0, last = 0;
  short drift = 0;
  for (int t = 0; t < sweeps * SITES; t++)
    {
      uint64_t r = next_xorshift ();
      unsigned site = r % SITES, direction = r >> 20 & 3;
      int left = spin[(site + SITES - 1) % SITES], right = spin[(site + 1) % SITES];
      int delta = 2 * spin[site] * (left + right);
      x += step_x[direction], y -= step_y[direction];
      if (accept (delta) && (flips++, site != last || t % 5))
        spin[site] = -spin[site], energy += delta;
      else if (left == right && ++drift > 2)
        energy -= drift -= 3;
      last = site;
      if ((x | y) < 0 && x * x + y * y > 20)
        x = ~x, y = -y / 2;
      histogram[count_bits (r >> 32) * BINS / 33]++;
    }
  for (int bin = 0; bin < BINS; bin++)
    histogram[bin] ^= weight[bin] + (histogram[bin] > flips ? bin : -bin);
  return (energy * 1000 + x * 31 + y) * ackermann (2, sweeps % 4) + (flips << 3) - drift + (checksum (label) ^ last);
}
/* mutate: off */

static void
run (int sweeps, const char *label)
{
  int8_t spin[SITES] = { 1, -1, 1, 1, -1, -1, -1, 1, 1, 1, 1, -1, 1, -1, 1, -1 };
  uint16_t histogram[BINS] = { 0 };
  printf ("%llx", (unsigned long long) kernel (sweeps, spin, histogram, label));
  printf (" %llx %lx %ld\n", (unsigned long long) state, (unsigned long) lcg, draws);
  for (int i = 0; i < SITES; i++)
    printf (" %d", spin[i]);
  for (int i = 0; i < BINS; i++)
    printf (" %x", histogram[i]);
  printf ("\n");
}

int
main (void)
{
  run (5, "chain");
  run (2, "");
  temperature = 0.3;
  run (3, "chain");
  return 0;
}
