/* target.c: what a fuzzer with coverage feeds: an input makes an entry, and a call that meets it is right or computes.
   SPDX-License-Identifier: BSD-2-Clause

   For libFuzzer (run.sh), and for replay.c, which reads inputs that are kept. The call is that of golden_call.h. FUZZ_TARGET, in the
   environment, is one of

     index   the input takes the place of the first bytes of the golden entry. Its first byte says which of its numbers and digests are then made
             to fit, since no fuzzer guesses digests; bytes 1 and 2 where the file ends. HDF5 is not there, but it is seen whether it is
             asked: only about a file that another program may have written anew.
     hdf5    the input tells HDF5 what file to write: each dataset of the entry as it was, or of another type, shape, layout, filter or
             content, behind another link, or not at all; and the bytes of /index. The file is sound for HDF5, which is not safe from others,
             and asks the runtime for everything that somebody could have put there.

   Of a hit every value must be right unless the digests say otherwise; of a miss inputs must be as they were. The sanitizers watch memory. */
#define _GNU_SOURCE
#include <hdf5.h>

static int asked; /* HDF5 was, for a file */
static int hdf5_is_there;

static hid_t
open_if_it_is_there (const char *name, unsigned flags, hid_t access)
{
  asked++;
  return hdf5_is_there ? H5Fopen (name, flags, access) : -1;
}

#define H5Fopen open_if_it_is_there
#include "../format/golden_call.h"
#undef H5Fopen
#include "target.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int __sanitizer_get_ownership (const volatile void *);
int memfd_create (const char *, unsigned);

enum { MOST = 1 << 16 /* bytes of the golden entry */, OWN = 512 /* of its user block */ };

/* Where the index has what (index.h). */
enum { CHECK_AT = 24, SIZE_AT = 40, FILE_SIZE_AT = 48, PIECES_AT = 80, DIGESTS_AT = 88, WORDS_AT = 96, FILTER_AT = 104 };

/* What is made to fit: bits of the first byte of an input. */
enum { FIT_CHECK = 1, FIT_SIZE = 2, FIT_DATA = 4, FIT_SEAL = 8, CUT = 16, FIT_FILE_SIZE = 32, TO_RECORD = 64 };

static unsigned char golden[MOST], bytes[MOST];
static size_t golden_size;
static int fd = -1;
static char decoy[64]; /* path of another file, which nothing may be read from */

static void
stop (const char *what)
{
  fprintf (stderr, "target: %s\n", what);
  abort ();
}

static void
require (int condition, const char *what)
{
  if (!condition)
    stop (what);
}

/* Calls ------------------------------------------------------------------------------------------------------------------- */

/* What the call has left as its result, which the words of an entry lead anywhere. */
static void
free_result (struct call *call)
{
  if (call->result && __sanitizer_get_ownership (call->result))
    free (call->result);
  call->result = NULL;
}

/* Whether the call, which has been restored, is right, its result aside. */
static int
is_right (struct call *call)
{
  struct call expected;
  int wrong;

  prepare (&expected);
  compute (&expected); /* makes `large` what it should be, too: so it is compared before */
  call->result = expected.result;
  wrong = look (call);
  free (expected.result);
  call->result = NULL;
  return !wrong;
}

/* What a miss must leave alone. */
static int
inputs_are_whole (const struct call *call)
{
  int whole = call->counter == 41;

  for (int i = 0; i < 10; i++)
    whole = whole && call->partly[i] == -1;
  return whole;
}

/* Has the call meet the file of SIZE bytes. MUST_BE_RIGHT: if it is a hit. */
static void
meet (size_t size, int to_record, int must_be_right)
{
  struct hashcache__block items[N_ITEMS];
  struct hashcache__blocks blocks;
  struct call call;
  struct hashcache__reader reader = { .key = &key, .occasion = &sample_occasion, .blocks = &blocks, .fd = fd, .file_size = size };
  struct hashcache__fetch fetch = { .restore = !to_record, .limit = 1 << 20 };
  int result;

  prepare (&call);
  blocks = blocks_of (&call, items);
  result = hashcache__entry_restore (&reader, &fetch);
  free (fetch.record);
  if (result != 0 || to_record) {
    require (inputs_are_whole (&call), "a miss has changed inputs");
    require (result == 0 || reader.fault || reader.foreign || reader.lacking || reader.error, "a miss has no reason");
    return;
  }
  free_result (&call);
  if (must_be_right)
    require (is_right (&call), "a hit is wrong");
}

/* Index ------------------------------------------------------------------------------------------------------------------- */

static uint64_t
get (size_t at)
{
  return hashcache__get_u64 (bytes + at);
}

/* Makes the digests of the data fit. */
static void
fit_data (size_t size)
{
  const uint64_t words = get (WORDS_AT), pieces = get (PIECES_AT);
  size_t to;

  if (words > size || pieces > size || HASHCACHE__INDEX_HEADER + 8 * words + 16 * pieces > size)
    return;
  to = (size_t) (HASHCACHE__INDEX_HEADER + 8 * words + 16 * pieces);
  for (uint64_t i = 0; i < pieces; i++) {
    const size_t piece = (size_t) (HASHCACHE__INDEX_HEADER + 8 * words + 16 * i);
    const uint64_t offset = get (piece), n = get (piece + 8);
    struct hashcache__digest digest;

    if (n == 0)
      continue;
    if (offset > size || n > size - offset || to + 16 > size)
      return;
    digest = hashcache__digest_of (bytes + offset, (size_t) n);
    memcpy (bytes + to, digest.bytes, 16);
    to += 16;
  }
}

/* Makes what WHAT says of the index in the first SIZE bytes of the file fit. */
static void
fit (int what, size_t size, size_t file_size)
{
  if (what & FIT_FILE_SIZE)
    hashcache__put_u64 (bytes + FILE_SIZE_AT, file_size);
  if (what & FIT_SIZE)
    hashcache__put_u64 (bytes + SIZE_AT,
                        HASHCACHE__INDEX_HEADER + 8 * get (WORDS_AT) + 16 * get (PIECES_AT) + 16 * get (DIGESTS_AT) + 16);
  if (what & FIT_DATA)
    fit_data (size);
  if (what & FIT_CHECK)
    hashcache__put_u64 (bytes + CHECK_AT, hashcache__index_check (bytes));
  if ((what & FIT_SEAL) && get (SIZE_AT) >= HASHCACHE__INDEX_HEADER + 16 && get (SIZE_AT) <= size) {
    const size_t n = (size_t) get (SIZE_AT) - 16;
    const struct hashcache__digest digest = hashcache__digest_of (bytes, n);

    memcpy (bytes + n, digest.bytes, 16);
  }
}

/* Whether words and digests are those of the golden entry. */
static int
says_the_same (void)
{
  const size_t words = (size_t) hashcache__get_u64 (golden + WORDS_AT), pieces = (size_t) hashcache__get_u64 (golden + PIECES_AT);
  const size_t digests = (size_t) hashcache__get_u64 (golden + DIGESTS_AT),
               at = HASHCACHE__INDEX_HEADER + 8 * words + 16 * pieces;

  return memcmp (bytes + PIECES_AT, golden + PIECES_AT, 24) == 0
         && memcmp (bytes + HASHCACHE__INDEX_HEADER, golden + HASHCACHE__INDEX_HEADER, 8 * words) == 0
         && memcmp (bytes + at, golden + at, 16 * digests) == 0;
}

/* Whether the index is none, as other programs leave it, or whole. */
static int
may_be_rewritten (size_t size)
{
  static const unsigned char nothing[HASHCACHE__INDEX_HEADER];
  struct hashcache__index_shape shape;

  if (size < HASHCACHE__INDEX_HEADER)
    return 0;
  if (memcmp (bytes, nothing, sizeof nothing) == 0 || memcmp (bytes, "\211HDF\r\n\032\n", 8) == 0)
    return 1;
  return !hashcache__index_foreign (bytes) && !hashcache__index_header_fault (bytes, &shape, &key) && shape.size <= size
         && hashcache__index_is_whole (bytes, &shape);
}

static void
meet_index (const unsigned char *input, size_t n)
{
  size_t size = golden_size;
  int what;

  if (n < 3)
    return;
  what = input[0];
  memcpy (bytes, golden, golden_size);
  memcpy (bytes, input + 3, n - 3 < golden_size ? n - 3 : golden_size);
  if (what & CUT)
    size = (size_t) (input[1] | input[2] << 8) % (golden_size + 1);
  fit (what, size, size);
  require (pwrite (fd, bytes, size, 0) == (ssize_t) size && ftruncate (fd, (off_t) size) == 0, "there is no room");
  asked = 0;
  meet (size, what & TO_RECORD, !(what & FIT_SEAL) || (!(what & FIT_DATA) && says_the_same ()));
  require (!asked || may_be_rewritten (size), "HDF5 is asked about a file that is merely damaged");
}

/* HDF5 -------------------------------------------------------------------------------------------------------------------- */

/* The input, as far as it has been followed; zeros behind its end. */
struct script {
  const unsigned char *at, *end;
};

static unsigned
next (struct script *script)
{
  return script->at < script->end ? *script->at++ : 0;
}

static const char *const datasets[] = {
  "/outputs/counter", "/outputs/grid",           "/outputs/text",  "/outputs/points", "/outputs/z",
  "/outputs/partly",  "/outputs/partly written", "/outputs/large", "/outputs/return", "/index",
};

/* A type that the script chooses. */
static hid_t
some_type (struct script *script)
{
  const hid_t standard[] = { H5T_STD_I8LE,    H5T_STD_U8LE,        H5T_STD_I64BE,      H5T_IEEE_F32LE, H5T_IEEE_F64LE,
                             H5T_STD_REF_OBJ, H5T_STD_REF_DSETREG, H5T_NATIVE_LDOUBLE, H5T_STD_B64LE };
  const unsigned choice = next (script), size = next (script) + 1;
  const hsize_t three = 3;
  hid_t type;

  switch (choice % 16) {
  case 0: return H5Tvlen_create (H5T_NATIVE_DOUBLE);
  case 1: return H5Tarray_create2 (H5T_NATIVE_DOUBLE, 1, &three);
  case 2: return H5Tcreate (H5T_OPAQUE, size);
  case 3:
  case 4:
    type = H5Tcopy (H5T_C_S1);
    H5Tset_size (type, choice % 16 == 3 ? size : H5T_VARIABLE);
    H5Tset_cset (type, size % 2 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
    return type;
  case 5:
    type = H5Tcreate (H5T_COMPOUND, 16);
    H5Tinsert (type, "r", 0, H5T_IEEE_F64LE);
    H5Tinsert (type, size % 2 ? "i" : "j", 8, H5T_IEEE_F64LE);
    return type;
  case 6:
    type = H5Tcopy (H5T_NATIVE_INT64);
    H5Tset_precision (type, size % 64 + 1);
    return type;
  default: return H5Tcopy (standard[size % (sizeof standard / sizeof *standard)]);
  }
}

/* A space that the script chooses; some are larger than any memory. */
static hid_t
some_space (struct script *script)
{
  const unsigned rank = next (script) % 6;
  hsize_t dims[6], most[6];

  if (rank == 5)
    return H5Screate (H5S_NULL);
  for (unsigned i = 0; i < rank; i++) {
    dims[i] = next (script);
    if (dims[i] >= 0xf0)
      dims[i] = (hsize_t) 1 << (dims[i] & 15) * 2;
    most[i] = next (script) % 2 ? H5S_UNLIMITED : dims[i];
  }
  return rank == 0 ? H5Screate (H5S_SCALAR) : H5Screate_simple ((int) rank, dims, most);
}

/* Filters that the script chooses. Those that look at the values come first: HDF5 1.10 writes to nowhere if they get what another has made. */
static void
add_filters (struct script *script, hid_t creation)
{
  unsigned filters = next (script);

  if ((filters & 15) == 4)
    H5Pset_nbit (creation);
  if ((filters & 15) == 5)
    H5Pset_scaleoffset (creation, H5Z_SO_INT, 3);
  for (; filters > 0; filters >>= 4)
    switch (filters & 15) {
    case 0:
    case 1: H5Pset_deflate (creation, 1); break;
    case 2: H5Pset_shuffle (creation); break;
    case 3: H5Pset_fletcher32 (creation); break;
    default: break;
    }
}

/* How the script lays out a dataset of SPACE. */
static hid_t
some_layout (struct script *script, hid_t space)
{
  const hid_t creation = H5Pcreate (H5P_DATASET_CREATE);
  const int rank = H5Sget_simple_extent_ndims (space);
  const unsigned choice = next (script);
  hsize_t dims[H5S_MAX_RANK];

  if (choice % 8 == 1)
    H5Pset_layout (creation, H5D_COMPACT);
  if (choice % 8 == 2)
    H5Pset_external (creation, decoy, next (script), H5F_UNLIMITED);
  if (choice % 8 == 3)
    H5Pset_virtual (creation, space, decoy, "/outputs/large", space);
  if (choice % 8 < 4)
    return creation;
  for (int i = 0; i < rank && i < H5S_MAX_RANK; i++)
    dims[i] = (hsize_t) 1 + next (script);
  if (rank > 0)
    H5Pset_chunk (creation, rank, dims);
  add_filters (script, creation);
  return creation;
}

/* Creates what the script wants instead of the dataset FROM of the golden entry, at PATH. */
static void
write_another (struct script *script, hid_t file, hid_t from, const char *path, const hid_t link)
{
  const unsigned choice = next (script);
  const hid_t type = choice & 1 ? H5Dget_type (from) : some_type (script);
  const hid_t space = choice & 2 ? H5Dget_space (from) : some_space (script);
  const hid_t creation = space < 0 ? -1 : some_layout (script, space);
  const hid_t dataset = type < 0 || creation < 0 ? -1 : H5Dcreate2 (file, path, type, space, link, creation, H5P_DEFAULT);

  if (dataset >= 0 && choice & 1 && choice & 2) {
    static unsigned char data[MOST];

    if (H5Dread (from, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0) {
      if (choice & 4)
        data[next (script)] ^= (unsigned char) next (script);
      H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    }
  }
  if (dataset >= 0)
    H5Dclose (dataset);
  if (creation >= 0)
    H5Pclose (creation);
  if (space >= 0)
    H5Sclose (space);
  if (type >= 0)
    H5Tclose (type);
}

/* Writes the dataset of the golden entry at PATH, or what the script wants instead. */
static void
write_dataset (struct script *script, hid_t file, hid_t from, const char *path, hid_t link)
{
  const hid_t dataset = H5Dopen2 (from, path, H5P_DEFAULT);
  hid_t other = -1;

  switch (next (script) % 16) {
  case 1: break;
  case 2: H5Lcreate_soft (datasets[next (script) % LENGTH (datasets)], file, path, link, H5P_DEFAULT); break;
  case 3: H5Lcreate_external (decoy, path, file, path, link, H5P_DEFAULT); break;
  case 4: other = H5Gcreate2 (file, path, link, H5P_DEFAULT, H5P_DEFAULT); break;
  case 5:
    other = some_type (script);
    H5Tcommit2 (file, path, other, link, H5P_DEFAULT, H5P_DEFAULT);
    break;
  case 6: H5Lcreate_hard (file, datasets[next (script) % LENGTH (datasets)], file, path, link, H5P_DEFAULT); break;
  case 7:
  case 8:
  case 9:
  case 10:
  case 11: write_another (script, file, dataset, path, link); break;
  default: H5Ocopy (from, path, file, path, H5P_DEFAULT, link);
  }
  if (other >= 0)
    H5Oclose (other);
  H5Dclose (dataset);
}

/* Patches the bytes of the index that are written to the dataset /index: a few numbers, and then what fits. */
static int
patch_index (struct script *script, size_t size)
{
  const int what = (int) next (script);

  memcpy (bytes, golden, golden_size);
  for (unsigned n = next (script) % 8; n > 0; n--) {
    const size_t at = 8 * (size_t) next (script) % size;

    hashcache__put_u64 (bytes + at, next (script) % 4 ? get (at) + next (script) - 128 : (uint64_t) 1 << next (script) % 64);
  }
  fit (what & (FIT_CHECK | FIT_SIZE | FIT_SEAL), size, golden_size);
  return what;
}

/* Writes /index: SIZE bytes. */
static void
write_index (hid_t file, size_t size)
{
  const hsize_t n = size;
  const hid_t space = H5Screate_simple (1, &n, NULL);
  const hid_t dataset = H5Dcreate2 (file, "/index", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  H5Dwrite (dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
  H5Dclose (dataset);
  H5Sclose (space);
}

/* Writes the file that the script wants, to be read anew from its image; its size, 0 if HDF5 has not written any. */
static size_t
write_file (struct script *script, hid_t from, int *what)
{
  static unsigned char image[1 << 20];
  const size_t size = (size_t) hashcache__get_u64 (golden + SIZE_AT);
  const hid_t access = H5Pcreate (H5P_FILE_ACCESS), creation = H5Pcreate (H5P_FILE_CREATE), link = H5Pcreate (H5P_LINK_CREATE);
  ssize_t n = 0;
  hid_t file;

  H5Pset_fapl_core (access, 65536, 0);
  H5Pset_fclose_degree (access, H5F_CLOSE_STRONG);
  H5Pset_create_intermediate_group (link, 1);
  if (next (script) % 2)
    H5Pset_userblock (creation, 512);
  file = H5Fcreate ("/dev/null/fuzz", H5F_ACC_TRUNC, creation, access);
  *what = patch_index (script, size);
  for (size_t i = 0; i < LENGTH (datasets) - 1; i++)
    write_dataset (script, file, from, datasets[i], link);
  if (next (script) % 8 < 7)
    write_index (file, size - (next (script) % 8 == 1 ? next (script) % size : 0));
  else
    write_dataset (script, file, from, "/index", link);
  H5Fflush (file, H5F_SCOPE_GLOBAL);
  n = H5Fget_file_image (file, NULL, 0);
  if (n > 0 && (size_t) n <= sizeof image)
    n = H5Fget_file_image (file, image, (size_t) n);
  else
    n = 0;
  H5Fclose (file);
  H5Pclose (link);
  H5Pclose (creation);
  H5Pclose (access);
  if (n > 0)
    require (pwrite (fd, image, (size_t) n, 0) == n && ftruncate (fd, n) == 0, "there is no room");
  return n > 0 ? (size_t) n : 0;
}

/* How many objects of HDF5 there are: what a call leaves open, the end of the program meets. */
static long
hdf5_objects (void)
{
  static const H5I_type_t types[] = { H5I_FILE,    H5I_GROUP, H5I_DATATYPE, H5I_DATASPACE,
                                      H5I_DATASET, H5I_ATTR,  H5I_VFL,      H5I_GENPROP_LST };
  long n = 0;

  for (size_t i = 0; i < LENGTH (types); i++) {
    hsize_t members = 0;

    if (H5Inmembers (types[i], &members) >= 0)
      n += (long) members;
  }
  return n;
}

/* The decoy is as it was: a dataset that lies in there may have been written. */
static void
write_decoy (void)
{
  const int file = open (decoy, O_RDWR);

  require (file >= 0 && pwrite (file, golden, golden_size, 0) == (ssize_t) golden_size
               && ftruncate (file, (off_t) golden_size) == 0,
           "there is no room");
  close (file);
}

static void
meet_file (const unsigned char *input, size_t n)
{
  static hid_t from = -1;
  struct script script = { input, input + n };
  size_t size;
  long objects;
  int what;

  if (from < 0)
    from = H5Fopen (GOLDEN_ENTRY, H5F_ACC_RDONLY, H5P_DEFAULT);
  require (from >= 0, "HDF5 cannot open the golden entry");
  size = write_file (&script, from, &what);
  write_decoy ();
  objects = hdf5_objects ();
  if (size > 0)
    meet (size, what & TO_RECORD, !(what & FIT_SEAL) || says_the_same ());
  require (hdf5_objects () == objects, "objects of HDF5 are left open");
}

/* ------------------------------------------------------------------------------------------------------------------------- */

/* A file in memory. */
static int
new_file (void)
{
  const int file = memfd_create ("entry", 0);

  require (file >= 0, "there is no file in memory");
  return file;
}

/* Reads the golden entry. */
static void
begin (void)
{
  const int file = open (GOLDEN_ENTRY, O_RDONLY);
  const char *target = getenv ("FUZZ_TARGET");
  const ssize_t n = file < 0 ? -1 : read (file, golden, sizeof golden);

  require (n > OWN && n < MOST, "there is no golden entry");
  golden_size = (size_t) n;
  close (file);
  hdf5_is_there = target && strcmp (target, "hdf5") == 0;
  require (hdf5_is_there || (target && strcmp (target, "index") == 0), "FUZZ_TARGET must be index or hdf5");
  fd = new_file ();
  snprintf (decoy, sizeof decoy, "/proc/self/fd/%d", new_file ());
  write_decoy ();
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  hashcache_set ("DIR", "/nowhere");
  hashcache_set ("VERBOSE", "0");
}

int
LLVMFuzzerTestOneInput (const uint8_t *input, size_t n)
{
  if (fd < 0)
    begin ();
  if (hdf5_is_there)
    meet_file (input, n);
  else
    meet_index (input, n);
  return 0;
}
