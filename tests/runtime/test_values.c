/* test_values.c: two equal values have the same bytes and the same digest, whatever their padding holds; unpacking touches nothing
   but values.
   SPDX-License-Identifier: BSD-2-Clause

   Edge cases first: padding and ignored fields, x87 long double, complex of it, arrays of nothing. */
#define _DEFAULT_SOURCE
#include "sample_call.h"
#include <hashcache/structure.h>
#include <hashcache/unchanged.h>
#include <sys/mman.h>

static struct hashcache__digest
digest_values (const struct hashcache__type *t, const void *elements, uint64_t count)
{
  struct hashcache__hasher h;

  hashcache__hash_start (&h);
  hashcache__hash_values (&h, t, elements, count);
  return hashcache__hash_finish (&h);
}

static int
same_digest (const struct hashcache__type *t, const void *a, const void *b, uint64_t count)
{
  const struct hashcache__digest x = digest_values (t, a, count), y = digest_values (t, b, count);

  return hashcache__digest_equal (&x, &y);
}

static int
same_type_digest (const struct hashcache__type *a, const struct hashcache__type *b)
{
  const struct hashcache__digest x = digest_values (a, NULL, 0), y = digest_values (b, NULL, 0);

  return hashcache__digest_equal (&x, &y);
}

static void
padding_and_ignored_fields_do_not_count (void **state)
{
  struct sample a, b;
  unsigned char x[3 * PADDED_SIZE], y[3 * PADDED_SIZE];

  (void) state;
  sample_points (&a, 1.0, 0x11);
  sample_points (&b, 1.0, 0xee);
  assert_memory_not_equal (a.points, b.points, sizeof a.points);
  assert_int_equal (hashcache__packed_size (&t_padded), PADDED_SIZE);
  hashcache__pack (&t_padded, a.points, 3, x);
  hashcache__pack (&t_padded, b.points, 3, y);
  assert_memory_equal (x, y, sizeof x);
  assert_true (same_digest (&t_padded, a.points, b.points, 3));
}

static void
every_value_counts (void **state)
{
  struct sample a, b;

  (void) state;
  for (size_t i = 0; i < LENGTH (padded_fields) - 1; i++) {
    unsigned char *field = (unsigned char *) &b.points[1] + padded_fields[i].offset;
    const uint64_t last = hashcache__packed_size (padded_fields[i].type) - 1;

    sample_points (&a, 1.0, 0);
    sample_points (&b, 1.0, 0);
    field[last] ^= 1;
    assert_false (same_digest (&t_padded, a.points, b.points, 3));
    assert_true (same_digest (&t_padded, a.points, b.points, 1));
  }
}

static void
unpacking_leaves_padding_and_ignored_fields_alone (void **state)
{
  struct sample a, b, kept;
  unsigned char packed[3 * PADDED_SIZE], again[3 * PADDED_SIZE];

  (void) state;
  sample_points (&a, 1.0, 0x11);
  sample_points (&b, 9.0, 0xee);
  sample_points (&kept, 1.0, 0xee); /* a's values, b's padding */
  hashcache__pack (&t_padded, a.points, 3, packed);
  hashcache__unpack (&t_padded, packed, 3, b.points);
  assert_memory_equal (b.points, kept.points, sizeof b.points);
  hashcache__pack (&t_padded, b.points, 3, again);
  assert_memory_equal (again, packed, sizeof packed);
}

static void
pointers_are_left_out (void **state)
{
  struct sample a, b;

  (void) state;
  sample_before (&a);
  sample_before (&b);
  assert_ptr_not_equal (a.crystal.positions, b.crystal.positions);
  assert_int_equal (hashcache__packed_size (&t_crystal), 4 + 1 + 72);
  assert_true (same_digest (&t_crystal, &a.crystal, &b.crystal, 1));
}

/* Same bytes, but not the same values. */
static void
kind_size_and_number_enter_the_digest (void **state)
{
  static const struct hashcache__type t_ulong = { HASHCACHE__UINT, HASHCACHE__DENSE, 8, 0, 0, NULL, NULL, "unsigned long" };
  const double zeros[6] = { 0 };
  const struct {
    const struct hashcache__type *type;
    uint64_t count;
  } rows[] = { { &t_double, 6 },  { &t_long, 6 },    { &t_ulong, 6 },  { &t_int, 12 },   { &t_char, 48 },
               { &t_double3, 2 }, { &t_complex, 3 }, { &t_double, 5 }, { &t_double, 0 }, { &t_long, 0 } };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++)
    for (size_t j = 0; j < i; j++) {
      const struct hashcache__digest a = digest_values (rows[i].type, zeros, rows[i].count);
      const struct hashcache__digest b = digest_values (rows[j].type, zeros, rows[j].count);

      assert_false (hashcache__digest_equal (&a, &b));
    }
}

static void
signed_zeros_and_nans_are_told_apart (void **state)
{
  const uint64_t bits[] = { 0, UINT64_C (1) << 63, UINT64_C (0x7ff8000000000000), UINT64_C (0x7ff8000000000001) };

  (void) state;
  for (size_t i = 0; i < LENGTH (bits); i++)
    for (size_t j = 0; j < LENGTH (bits); j++)
      assert_int_equal (same_digest (&t_double, &bits[i], &bits[j], 1), i == j);
}

static void
complex_long_double_has_two_paddings (void **state)
{
  _Complex long double a, b;

  (void) state;
  assert_int_equal (hashcache__packed_size (&t_complex_long), 20);
  memset (&a, 0x11, sizeof a);
  memset (&b, 0xee, sizeof b);
  for (int part = 0; part < 2; part++)
    memset ((char *) &a + 16 * part, 0x3f, 10), memset ((char *) &b + 16 * part, 0x3f, 10);
  assert_true (same_digest (&t_complex_long, &a, &b, 1));
}

/* Bit-fields ------------------------------------------------------------------------------------------------------------ */

#define BITS_OF(declared, bytes, width, start) \
  { \
    HASHCACHE__BITS, 0, (bytes), (width), (start), (declared), NULL, "bits" \
  }

static const struct hashcache__type t_unsigned = { HASHCACHE__UINT, HASHCACHE__DENSE, 4, 0, 0, NULL, NULL, "unsigned int" };
static const struct hashcache__type t_bool = { HASHCACHE__UINT, HASHCACHE__DENSE, 1, 0, 0, NULL, NULL, "_Bool" };
static const struct hashcache__type t_unsigned_long = { HASHCACHE__UINT, HASHCACHE__DENSE, 8, 0, 0, NULL, NULL, "unsigned long" };
static const struct hashcache__type t_wide = { HASHCACHE__INT, HASHCACHE__DENSE, 16, 0, 0, NULL, NULL, "__int128" };

/* Packed so that the fields lie across bytes; `spread` begins at bit 7 of its first byte and takes part of nine. */
struct __attribute__ ((packed)) flags {
  _Bool on : 1;
  int small : 3;
  unsigned middle : 17;
  unsigned unnamed : 2; /* ignored */
  long spread : 64;
  unsigned long most : 63;
  short letter : 9;
};

static const struct hashcache__type t_on = BITS_OF (&t_bool, 1, 1, 0), t_small = BITS_OF (&t_int, 4, 3, 1);
static const struct hashcache__type t_middle = BITS_OF (&t_unsigned, 4, 17, 4), t_spread = BITS_OF (&t_long, 8, 64, 7);
static const struct hashcache__type t_most = BITS_OF (&t_unsigned_long, 8, 63, 7), t_letter = BITS_OF (&t_short, 2, 9, 6);
static const struct hashcache__field flags_fields[] = {
  { "on", &t_on, 0, HASHCACHE__INHERIT, 0, NULL },          { "small", &t_small, 0, HASHCACHE__INHERIT, 0, NULL },
  { "middle", &t_middle, 0, HASHCACHE__INHERIT, 0, NULL },  { "unnamed", NULL, 2, HASHCACHE__IGNORE, 0, NULL },
  { "spread", &t_spread, 2, HASHCACHE__INHERIT, 0, NULL },  { "most", &t_most, 10, HASHCACHE__INHERIT, 0, NULL },
  { "letter", &t_letter, 18, HASHCACHE__INHERIT, 0, NULL },
};
static const struct hashcache__type t_flags = { HASHCACHE__STRUCT,     0,    sizeof (struct flags), 0,
                                                LENGTH (flags_fields), NULL, flags_fields,          "struct flags" };

/* What flags pack to, and so what two of them have in common. */
struct __attribute__ ((packed)) plain_flags {
  _Bool on;
  int small;
  unsigned middle;
  long spread;
  unsigned long most;
  short letter;
};

static const struct plain_flags plain_rows[] = {
  { 0, 0, 0, 0, 0, 0 },
  { 1, -4, 0x1ffff, -1, UINT64_MAX >> 1, -256 },
  { 1, 3, 0x10001, INT64_MIN, (uint64_t) 1 << 62, 255 },
  { 0, -1, 0x15555, INT64_MAX, 0x123456789abcdef, -1 },
  { 0, 1, 1, 1, 1, 1 },
  { 1, 2, 0xaaaa, 0x0123456789abcdef, 0x5555555555555555, 0x55 },
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"

/* FLAGS with the values of PLAIN, as the compiler lays them out. */
static void
make_flags (struct flags *flags, const struct plain_flags *plain, int rest)
{
  memset (flags, rest, sizeof *flags);
  flags->on = plain->on;
  flags->small = plain->small;
  flags->middle = plain->middle;
  flags->spread = plain->spread;
  flags->most = plain->most;
  flags->letter = plain->letter;
}

#pragma GCC diagnostic pop

static void
bit_fields_are_packed_as_their_declared_type (void **state)
{
  (void) state;
  assert_int_equal (hashcache__packed_size (&t_flags), sizeof (struct plain_flags));
  assert_true (sizeof (struct flags) < sizeof (struct plain_flags));
  for (size_t i = 0; i < LENGTH (plain_rows); i++)
    for (int rest = 0; rest < 256; rest += 51) {
      struct flags flags[2], other;
      struct plain_flags packed[2];

      make_flags (&flags[0], &plain_rows[i], rest);
      make_flags (&flags[1], &plain_rows[i], ~rest);
      hashcache__pack (&t_flags, flags, 2, (unsigned char *) packed);
      assert_memory_equal (&packed[0], &plain_rows[i], sizeof packed[0]);
      assert_memory_equal (&packed[1], &plain_rows[i], sizeof packed[1]);
      assert_true (same_digest (&t_flags, &flags[0], &flags[1], 1));
      make_flags (&other, &plain_rows[(i + 1) % LENGTH (plain_rows)], rest);
      assert_false (same_digest (&t_flags, &flags[0], &other, 1));
    }
}

static void
unpacking_bit_fields_leaves_their_neighbours_alone (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (plain_rows); i++)
    for (int rest = 0; rest < 256; rest += 51) {
      struct flags wanted, found;

      make_flags (&wanted, &plain_rows[i], rest);
      memset (&found, rest, sizeof found);
      hashcache__unpack (&t_flags, (const unsigned char *) &plain_rows[i], 1, &found);
      assert_memory_equal (&found, &wanted, sizeof found);
    }
}

/* Every width from every first bit, of every declared type that has it: against a loop over single bits. */
static void
every_bit_of_every_field_finds_its_place (void **state)
{
  static const struct hashcache__type *const declared[] = { &t_bool, &t_int,           &t_unsigned, &t_short,
                                                            &t_long, &t_unsigned_long, &t_wide };
  uint64_t random = 88172645463325252u;

  (void) state;
  for (size_t d = 0; d < LENGTH (declared); d++)
    for (unsigned width = 1; width <= 64 && width <= 8 * declared[d]->size; width++)
      for (unsigned start = 0; start < 8; start++) {
        const struct hashcache__type t = BITS_OF (declared[d], declared[d]->size, width, start);
        const size_t n = (start + width + 7) / 8;
        unsigned char *memory = malloc (n), *target = malloc (n); /* exact: nothing is read or written beyond */
        unsigned char packed[16], kept[9];

        assert_non_null (memory);
        assert_non_null (target);
        for (size_t i = 0; i < n; i++) {
          random ^= random << 13, random ^= random >> 7, random ^= random << 17;
          memory[i] = (unsigned char) random;
          target[i] = (unsigned char) (random >> 8);
        }
        hashcache__pack (&t, memory, 1, packed);
        for (unsigned bit = 0; bit < 8 * t.size; bit++) {
          const unsigned last = start + width - 1, from = bit < width ? start + bit : last;
          const int extended = bit >= width && t.element->kind == HASHCACHE__UINT;

          assert_int_equal (packed[bit / 8] >> bit % 8 & 1, extended ? 0 : memory[from / 8] >> from % 8 & 1);
        }
        memcpy (kept, target, n);
        hashcache__unpack (&t, packed, 1, target);
        for (unsigned bit = 0; bit < 8 * n; bit++) {
          const int within = bit >= start && bit < start + width;

          assert_int_equal (target[bit / 8] >> bit % 8 & 1, (within ? memory : kept)[bit / 8] >> bit % 8 & 1);
        }
        free (memory);
        free (target);
      }
}

static void
reading_bit_fields_never_writes (void **state)
{
  struct flags *flags = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct plain_flags packed;

  (void) state;
  assert_ptr_not_equal (flags, MAP_FAILED);
  make_flags (flags, &plain_rows[1], 0);
  assert_int_equal (mprotect (flags, 4096, PROT_READ), 0);
  hashcache__pack (&t_flags, flags, 1, (unsigned char *) &packed);
  assert_true (hashcache__same_values (&t_flags, (unsigned char *) flags, 1, (unsigned char *) &packed));
  packed.small = 0;
  assert_false (hashcache__same_values (&t_flags, (unsigned char *) flags, 1, (unsigned char *) &packed));
  assert_true (same_digest (&t_flags, flags, flags, 1));
  munmap (flags, 4096);
}

static void
negate_run (void *context, unsigned char *run, size_t n)
{
  (void) context;
  for (size_t i = 0; i < n; i++)
    run[i] = (unsigned char) ~run[i];
}

static void
a_visitor_may_change_bit_fields (void **state)
{
  struct flags flags;
  struct plain_flags packed;

  (void) state;
  make_flags (&flags, &plain_rows[3], 0xff);
  hashcache__each_run (&t_flags, (unsigned char *) &flags, 1, negate_run, NULL);
  hashcache__pack (&t_flags, &flags, 1, (unsigned char *) &packed);
  assert_int_equal (packed.on, !plain_rows[3].on);
  assert_int_equal (packed.small, ~plain_rows[3].small);
  assert_int_equal (packed.middle, ~plain_rows[3].middle & 0x1ffff);
  assert_true (packed.spread == ~plain_rows[3].spread);
  assert_int_equal (packed.letter, ~plain_rows[3].letter);
  assert_int_equal (flags.unnamed, 3);
}

static void
width_sign_and_declared_type_enter_the_digest (void **state)
{
  static const struct hashcache__type rows[] = {
    BITS_OF (&t_int, 4, 3, 0),  BITS_OF (&t_int, 4, 4, 0),   BITS_OF (&t_unsigned, 4, 3, 0), BITS_OF (&t_short, 2, 3, 0),
    BITS_OF (&t_long, 8, 3, 0), BITS_OF (&t_wide, 16, 3, 0), BITS_OF (&t_bool, 1, 1, 0),
  };
  const unsigned char zero[16] = { 0 };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    assert_false (same_type_digest (&rows[i], rows[i].element));
    for (size_t j = 0; j < i; j++)
      assert_false (same_type_digest (&rows[i], &rows[j]));
    assert_true (same_digest (&rows[i], zero, zero, 1));
  }
}

/* 32 bits in 4 bytes are 128 packed ones: sizes are counted of what is packed. */
static void
packed_sizes_that_cannot_be_counted_are_refused (void **state)
{
  static const struct hashcache__type bit = BITS_OF (&t_unsigned, 4, 1, 0), none = BITS_OF (&t_unsigned, 4, 0, 0);
  static const struct hashcache__type too_wide = BITS_OF (&t_wide, 16, 65, 0), too_late = BITS_OF (&t_unsigned, 4, 1, 8);
  static const struct hashcache__field fields[] = {
    { "a", &bit, 0, 0, 0, NULL }, { "b", &bit, 0, 0, 0, NULL }, { "c", &bit, 0, 0, 0, NULL }, { "d", &bit, 0, 0, 0, NULL }
  };
  static const struct hashcache__type four = { HASHCACHE__STRUCT, 0, 1, 0, 4, NULL, fields, "struct four" };
  static const struct hashcache__type many = { HASHCACHE__ARRAY, 0, (uint64_t) 1 << 62, 0, (uint64_t) 1 << 62, &four, NULL, "" };
  const struct hashcache__type *const improper[] = { &none, &too_wide, &too_late, &many };
  struct hashcache__block block = { .type = &four, .count = (uint64_t) 1 << 58 };

  (void) state;
  assert_int_equal (hashcache__packed_size (&four), 16);
  assert_true (hashcache__block_size (&block) == (uint64_t) 1 << 62);
  block.count = (uint64_t) 1 << 59; /* fits into memory as it is */
  assert_true (hashcache__block_size (&block) == UINT64_MAX);
  for (size_t i = 0; i < LENGTH (improper); i++) {
    block = (struct hashcache__block){ .type = improper[i], .count = 1 };
    assert_true (hashcache__block_size (&block) == UINT64_MAX);
  }
}

struct list {
  short n;
  double items[];
};

static void
flexible_members_are_left_out (void **state)
{
  static const struct hashcache__type t_items = { HASHCACHE__FLEXIBLE, 0, 0, 0, 0, &t_double, NULL, "double[]" };
  static const struct hashcache__field fields[] = {
    { "n", &t_short, offsetof (struct list, n), HASHCACHE__INHERIT, 0, NULL },
    { "items", &t_items, offsetof (struct list, items), HASHCACHE__INHERIT, 0, NULL },
  };
  static const struct hashcache__type t_list = { HASHCACHE__STRUCT, HASHCACHE__POINTERS, sizeof (struct list), 0, 2, NULL, fields,
                                                 "struct list" };
  struct list *a = malloc (sizeof *a), *b = malloc (sizeof *b); /* no room for items: they are not touched */
  short packed;

  (void) state;
  assert_non_null (a);
  assert_non_null (b);
  memset (a, 0x11, sizeof *a);
  memset (b, 0xee, sizeof *b);
  a->n = b->n = 3;
  assert_int_equal (hashcache__packed_size (&t_list), sizeof packed);
  hashcache__pack (&t_list, a, 1, (unsigned char *) &packed);
  assert_int_equal (packed, 3);
  assert_true (same_digest (&t_list, a, b, 1));
  packed = 4;
  hashcache__unpack (&t_list, (unsigned char *) &packed, 1, b);
  assert_int_equal (b->n, 4);
  assert_false (same_digest (&t_list, a, b, 1));
  free (a);
  free (b);
}

/* What HDF5 makes of packed values ------------------------------------------------------------------------------------- */

/* Reads PACKED, one T, as HDF5 converts its member NAME to a native long. */
static long
member_as_long (const struct hashcache__type *t, const char *name, const unsigned char *packed)
{
  const hid_t from = hashcache__h5_type (t), to = H5Tcreate (H5T_COMPOUND, sizeof (long));
  union {
    unsigned char bytes[128];
    long value;
  } buffer;
  long background = 0;

  assert_true (from >= 0 && to >= 0);
  assert_int_equal (H5Tget_size (from), hashcache__packed_size (t));
  assert_true (H5Tinsert (to, name, 0, H5T_NATIVE_LONG) >= 0);
  memcpy (buffer.bytes, packed, (size_t) hashcache__packed_size (t));
  assert_true (H5Tconvert (from, to, 1, buffer.bytes, &background, H5P_DEFAULT) >= 0);
  H5Tclose (from);
  H5Tclose (to);
  return buffer.value;
}

static void
hdf5_reads_bit_fields_as_numbers (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (plain_rows); i++) {
    const unsigned char *packed = (const unsigned char *) &plain_rows[i];

    assert_int_equal (member_as_long (&t_flags, "on", packed), plain_rows[i].on);
    assert_int_equal (member_as_long (&t_flags, "small", packed), plain_rows[i].small);
    assert_int_equal (member_as_long (&t_flags, "middle", packed), plain_rows[i].middle);
    assert_true (member_as_long (&t_flags, "spread", packed) == plain_rows[i].spread);
    assert_true (member_as_long (&t_flags, "most", packed) == (long) plain_rows[i].most);
    assert_int_equal (member_as_long (&t_flags, "letter", packed), plain_rows[i].letter);
  }
}

/* An anonymous struct beside a field that bears the name it might have had; and an __int128 as its halves. */
static void
no_two_members_have_one_name (void **state)
{
  static const struct hashcache__field inner[] = { { "a", &t_int, 0, HASHCACHE__INHERIT, 0, NULL } };
  static const struct hashcache__type anonymous = { HASHCACHE__STRUCT, HASHCACHE__DENSE, 4, 0, 1, NULL, inner, "struct" };
  static const struct hashcache__field fields[] = { { "_1", &t_int, 0, HASHCACHE__INHERIT, 0, NULL },
                                                    { "", &anonymous, 4, HASHCACHE__INHERIT, 0, NULL },
                                                    { "", &anonymous, 8, HASHCACHE__INHERIT, 0, NULL },
                                                    { "anonymous", &t_int, 12, HASHCACHE__INHERIT, 0, NULL } };
  static const struct hashcache__type t = { HASHCACHE__STRUCT, HASHCACHE__DENSE, 16, 0, 4, NULL, fields, "struct t" };
  const int values[] = { 1, 2, 3, 4 };
  __extension__ const __int128 wide = -((__extension__(__int128) 7) << 64) + 5;

  (void) state;
  assert_int_equal (member_as_long (&t, "_1", (const unsigned char *) values), 1);
  assert_int_equal (member_as_long (&t, "anonymous", (const unsigned char *) values), 4);
  assert_int_equal (member_as_long (&t_wide, "low", (const unsigned char *) &wide), 5);
  assert_int_equal (member_as_long (&t_wide, "high", (const unsigned char *) &wide), -7);
}

/* Contracts -------------------------------------------------------------------------------------------------------------- */

static struct hashcache__digest
digest_returning (const struct hashcache__type *t)
{
  const struct hashcache__contract contract = { .returns = t };
  struct hashcache__digest digest;

  assert_int_equal (hashcache__digest_contract (&contract, &digest), 0);
  return digest;
}

static void
bits_and_flexible_members_enter_the_contract (void **state)
{
  static const struct hashcache__type rows[] = {
    BITS_OF (&t_int, 4, 3, 0),
    BITS_OF (&t_int, 4, 3, 1),
    BITS_OF (&t_int, 4, 4, 0),
    BITS_OF (&t_unsigned, 4, 3, 0),
    { HASHCACHE__FLEXIBLE, 0, 0, 0, 0, &t_double, NULL, "double[]" },
    { HASHCACHE__FLEXIBLE, 0, 0, 0, 0, &t_long, NULL, "long[]" },
    { HASHCACHE__ARRAY, 0, 0, 0, 0, &t_double, NULL, "double[0]" },
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++)
    for (size_t j = 0; j < LENGTH (rows); j++) {
      const struct hashcache__digest a = digest_returning (&rows[i]), b = digest_returning (&rows[j]);

      assert_int_equal (hashcache__digest_equal (&a, &b), i == j);
    }
}

/* How the digest of a known value looks must never change silently: keys of all entries rest on it. */
static void
digests_are_frozen (void **state)
{
  const double values[] = { 1.0, -2.5, 1e300 };
  struct hashcache__hasher h;
  struct hashcache__digest digest;
  char hex[33];

  (void) state;
  digest = hashcache__digest_of ("", 0);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "99aa06d3014798d86001c324468d497f"); /* XXH3-128 of nothing, as xxhsum -H2 prints it */
  digest = digest_values (&t_double, values, 3);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "a3dc6a80eff7f15bf75d877189f12295");
  hashcache__hash_start (&h);
  hashcache__hash_u64 (&h, 7);
  hashcache__hash_string (&h, "name");
  digest = hashcache__hash_finish (&h);
  hashcache__digest_hex (&digest, hex);
  assert_string_equal (hex, "8695930b1de5ccc9f671bc2c2c7567b6");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (padding_and_ignored_fields_do_not_count),
    cmocka_unit_test (every_value_counts),
    cmocka_unit_test (unpacking_leaves_padding_and_ignored_fields_alone),
    cmocka_unit_test (pointers_are_left_out),
    cmocka_unit_test (kind_size_and_number_enter_the_digest),
    cmocka_unit_test (signed_zeros_and_nans_are_told_apart),
    cmocka_unit_test (complex_long_double_has_two_paddings),
    cmocka_unit_test (bit_fields_are_packed_as_their_declared_type),
    cmocka_unit_test (unpacking_bit_fields_leaves_their_neighbours_alone),
    cmocka_unit_test (every_bit_of_every_field_finds_its_place),
    cmocka_unit_test (reading_bit_fields_never_writes),
    cmocka_unit_test (a_visitor_may_change_bit_fields),
    cmocka_unit_test (width_sign_and_declared_type_enter_the_digest),
    cmocka_unit_test (packed_sizes_that_cannot_be_counted_are_refused),
    cmocka_unit_test (flexible_members_are_left_out),
    cmocka_unit_test (hdf5_reads_bit_fields_as_numbers),
    cmocka_unit_test (no_two_members_have_one_name),
    cmocka_unit_test (bits_and_flexible_members_enter_the_contract),
    cmocka_unit_test (digests_are_frozen),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
