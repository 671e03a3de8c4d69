/* h5file.h: an open file of ours, or one in memory, as a file of HDF5: a driver that reads and writes by the descriptor.
   SPDX-License-Identifier: BSD-2-Clause

   No path is looked up again, no lock is taken, and the host's own files never meet ours. What cannot be read is an error, with
   errno kept, so that a file server's trouble is not taken for a damaged entry. What cannot be written is kept as errno, too, and
   HDF5 does not hear of it, for it cannot close a file that it cannot flush: whoever writes asks afterwards. Should HDF5 be unable to
   close a file all the same, it comes back to it when the program ends: it then meets an empty one. To be called inside
   hashcache__with_hdf5.

   Large datasets begin where their writer wants them (ALIKE): the kernel copies fastest between places that are equally far from
   a multiple of 64 bytes, two thirds as fast between others, half as fast to what lies 16 bytes further in its page. Memory tends to be
   aligned in each run as it was in the first, and that of malloc, if it is large, begins 16 bytes behind a page's first. */
#ifndef HASHCACHE_H5FILE_H
#define HASHCACHE_H5FILE_H

#include "posix.h"
#include "with_hdf5.h"
#include <stddef.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

enum { HASHCACHE__ALIKE = 64, HASHCACHE__LARGE_DATASET = 64 << 10 };

struct hashcache__h5_driver_file;

/* A descriptor that HDF5 works with. */
struct hashcache__h5_descriptor {
  int fd;                                /* negative: the file is in MEMORY */
  int error;                             /* errno of the first failure */
  uint64_t size;                         /* of the file */
  uint64_t bytes;                        /* read so far */
  uint64_t alike;                        /* where large datasets begin, counted from a multiple of ALIKE bytes */
  unsigned char *memory;                 /* malloc'ed, or NULL */
  uint64_t capacity;                     /* bytes in MEMORY; behind SIZE they are zero */
  struct hashcache__h5_driver_file *own; /* while HDF5 has it open */
  hid_t driver;                          /* while it is registered; else negative */
  hid_t access;                          /* the property list that opens it; else negative */
};

/* The driver's view of a file: begins as HDF5 wants it. */
struct hashcache__h5_driver_file {
  H5FD_t base;
  struct hashcache__h5_descriptor *descriptor;
  haddr_t end_of_addresses;
  int writing;
};

/* What HDF5 has left when it could not close a file: nothing to be read, and whatever is written fails. */
static struct hashcache__h5_descriptor hashcache__h5_left_open = { .fd = -1, .error = ECANCELED, .driver = -1, .access = -1 };

static H5FD_t *
hashcache__h5_driver_open (const char *name, unsigned flags, hid_t access, haddr_t most)
{
  struct hashcache__h5_driver_file *file = calloc (1, sizeof *file);
  struct hashcache__h5_descriptor *const *info = H5Pget_driver_info (access);

  (void) name;
  (void) most;
  if (!file || !info) {
    free (file);
    return NULL;
  }
  file->writing = (flags & H5F_ACC_RDWR) != 0;
  file->descriptor = *info;
  file->descriptor->own = file;
  return &file->base;
}

static herr_t
hashcache__h5_driver_close (H5FD_t *file)
{
  ((struct hashcache__h5_driver_file *) file)->descriptor->own = NULL;
  free (file);
  return 0;
}

static herr_t
hashcache__h5_driver_query (const H5FD_t *file, unsigned long *flags)
{
  (void) file;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA;
  return 0;
}

/* The first place from END on that is that far from a multiple of ALIKE bytes, and not among the first of a page. */
static haddr_t
hashcache__alike_place (haddr_t end, uint64_t alike)
{
  enum { PAGE = 4096 };
  haddr_t place = end / HASHCACHE__ALIKE * HASHCACHE__ALIKE + alike;

  while (place < end || place % PAGE < HASHCACHE__ALIKE)
    place += HASHCACHE__ALIKE;
  return place;
}

static haddr_t
hashcache__h5_driver_alloc (H5FD_t *file, H5FD_mem_t type, hid_t transfer, hsize_t size)
{
  struct hashcache__h5_driver_file *own = (struct hashcache__h5_driver_file *) file;
  haddr_t place = own->end_of_addresses;

  (void) transfer;
  if (type == H5FD_MEM_DRAW && size >= HASHCACHE__LARGE_DATASET)
    place = hashcache__alike_place (place, own->descriptor->alike);
  if (size > (haddr_t) INT64_MAX - place)
    return HADDR_UNDEF;
  own->end_of_addresses = place + size;
  return place;
}

static haddr_t
hashcache__h5_driver_get_eoa (const H5FD_t *file, H5FD_mem_t type)
{
  (void) type;
  return ((const struct hashcache__h5_driver_file *) file)->end_of_addresses;
}

static herr_t
hashcache__h5_driver_set_eoa (H5FD_t *file, H5FD_mem_t type, haddr_t end)
{
  (void) type;
  ((struct hashcache__h5_driver_file *) file)->end_of_addresses = end;
  return 0;
}

static haddr_t
hashcache__h5_driver_get_eof (const H5FD_t *file, H5FD_mem_t type)
{
  (void) type;
  return ((const struct hashcache__h5_driver_file *) file)->descriptor->size;
}

/* Reads N bytes at OFFSET of the file that DESCRIPTOR has open; how many there are, or -1. */
static ssize_t
hashcache__h5_descriptor_read (struct hashcache__h5_descriptor *descriptor, unsigned char *to, size_t n, haddr_t offset)
{
  size_t done = 0;

  while (done < n) {
    const size_t left = n - done;
    const ssize_t more = pread (descriptor->fd, to + done, left < (1u << 30) ? left : 1u << 30, (off_t) (offset + done));

    if (more < 0 && errno == EINTR)
      continue;
    if (more < 0 && !descriptor->error)
      descriptor->error = errno;
    if (more < 0)
      return -1;
    if (more == 0)
      break;
    done += (size_t) more;
    descriptor->bytes += (uint64_t) more;
  }
  return (ssize_t) done;
}

/* The same of MEMORY, where there may be less than was written: then that failed. */
static ssize_t
hashcache__h5_memory_read (const struct hashcache__h5_descriptor *descriptor, unsigned char *to, size_t n, haddr_t offset)
{
  const uint64_t there = offset < descriptor->capacity ? descriptor->capacity - offset : 0;
  const size_t done = n < there ? n : (size_t) there;

  if (done > 0)
    memcpy (to, descriptor->memory + offset, done);
  return (ssize_t) done;
}

/* Beyond the end there is nothing to be read; of a file that is being written, zeros, since HDF5 reads more than it has written there. */
static herr_t
hashcache__h5_driver_read (H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t offset, size_t n, void *bytes)
{
  struct hashcache__h5_driver_file *own = (struct hashcache__h5_driver_file *) file;
  struct hashcache__h5_descriptor *descriptor = own->descriptor;
  const haddr_t end = own->writing ? own->end_of_addresses : descriptor->size;
  ssize_t done;

  (void) type;
  (void) transfer;
  if (offset > end || n > end - offset)
    return -1;
  done = descriptor->fd < 0 ? hashcache__h5_memory_read (descriptor, bytes, n, offset)
                            : hashcache__h5_descriptor_read (descriptor, bytes, n, offset);
  if (done < 0 || ((size_t) done < n && !own->writing))
    return -1;
  memset ((unsigned char *) bytes + done, 0, n - (size_t) done);
  return 0;
}

/* Makes MEMORY as large as that, and somewhat larger: 0, or errno. */
static int
hashcache__h5_descriptor_grow (struct hashcache__h5_descriptor *descriptor, uint64_t size)
{
  enum { MORE = 16 << 10 };
  const uint64_t capacity = size + MORE;
  unsigned char *memory;

  if (size <= descriptor->capacity)
    return 0;
  memory = capacity < PTRDIFF_MAX ? realloc (descriptor->memory, (size_t) capacity) : NULL;
  if (!memory)
    return ENOMEM;
  memset (memory + descriptor->capacity, 0, (size_t) (capacity - descriptor->capacity));
  descriptor->memory = memory;
  descriptor->capacity = capacity;
  return 0;
}

/* 0, or errno. */
static int
hashcache__h5_memory_write (struct hashcache__h5_descriptor *descriptor, const unsigned char *bytes, size_t n, haddr_t offset)
{
  const int error = hashcache__h5_descriptor_grow (descriptor, offset + n);

  if (!error)
    memcpy (descriptor->memory + offset, bytes, n);
  return error;
}

/* 0, or errno. */
static int
hashcache__h5_descriptor_write (const struct hashcache__h5_descriptor *descriptor, const unsigned char *bytes, size_t n,
                                haddr_t offset)
{
  while (n > 0) {
    const int stopped = atomic_load (&hashcache__forked_inside); /* the file is the parent's */
    const ssize_t done = stopped ? 0 : pwrite (descriptor->fd, bytes, n < (1u << 30) ? n : 1u << 30, (off_t) offset);

    if (stopped)
      return ECANCELED;
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return done < 0 ? errno : ENOSPC;
    bytes += done;
    offset += (haddr_t) done;
    n -= (size_t) done;
  }
  return 0;
}

static herr_t
hashcache__h5_driver_write (H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t offset, size_t n, const void *bytes)
{
  struct hashcache__h5_descriptor *descriptor = ((struct hashcache__h5_driver_file *) file)->descriptor;

  (void) type;
  (void) transfer;
  if (!descriptor->error)
    descriptor->error = descriptor->fd < 0 ? hashcache__h5_memory_write (descriptor, bytes, n, offset)
                                           : hashcache__h5_descriptor_write (descriptor, bytes, n, offset);
  if (offset + n > descriptor->size)
    descriptor->size = offset + n;
  return 0;
}

/* The file is as long as HDF5 has use for; one in memory ends where nothing more is written. */
static herr_t
hashcache__h5_driver_truncate (H5FD_t *file, hid_t transfer, hbool_t closing)
{
  struct hashcache__h5_driver_file *own = (struct hashcache__h5_driver_file *) file;

  (void) transfer;
  (void) closing;
  if (own->descriptor->fd < 0 || own->descriptor->size == own->end_of_addresses)
    return 0;
  if (!own->descriptor->error && hashcache__set_file_size (own->descriptor->fd, own->end_of_addresses) != 0)
    own->descriptor->error = errno;
  own->descriptor->size = own->end_of_addresses;
  return 0;
}

/* Without its enums. */
static const H5FD_class_t hashcache__h5_driver_class = {
#ifdef H5FD_CLASS_VERSION
  .version = H5FD_CLASS_VERSION,
#endif
#if H5_VERSION_GE(1, 13, 0)
  .value = (H5FD_class_value_t) 504, /* of the range for everybody's own */
#endif
  .name = "hashcache",
  .maxaddr = (haddr_t) INT64_MAX,
  .fapl_size = sizeof (struct hashcache__h5_descriptor *),
  .open = hashcache__h5_driver_open,
  .close = hashcache__h5_driver_close,
  .query = hashcache__h5_driver_query,
  .alloc = hashcache__h5_driver_alloc,
  .get_eoa = hashcache__h5_driver_get_eoa,
  .set_eoa = hashcache__h5_driver_set_eoa,
  .get_eof = hashcache__h5_driver_get_eof,
  .read = hashcache__h5_driver_read,
  .write = hashcache__h5_driver_write,
  .truncate = hashcache__h5_driver_truncate
};

/* Whether the compiler gives enums another size than libhdf5's did (-fshort-enums): then no struct with several of them is for it. */
enum { HASHCACHE__ODD_ENUMS = sizeof (H5F_close_degree_t) != sizeof (int) };

/* Registers the driver; an identifier, or negative. The enums in its class are written as libhdf5 reads them: each has room behind it. */
static hid_t
hashcache__h5_register_driver (void)
{
  static const int degree = H5F_CLOSE_STRONG, map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  union {
    H5FD_class_t class;
    unsigned char bytes[offsetof (H5FD_class_t, fl_map) + sizeof map];
  } own;

  memcpy (own.bytes, &hashcache__h5_driver_class, offsetof (H5FD_class_t, fl_map));
  memcpy (own.bytes + offsetof (H5FD_class_t, fc_degree), &degree, sizeof degree);
  memcpy (own.bytes + offsetof (H5FD_class_t, fl_map), map, sizeof map);
  return H5FDregister (&own.class);
}

/* Makes an access property list for DESCRIPTOR, whose driver is registered until hashcache__h5_let_go: 0, or -1. */
static int
hashcache__h5_descriptor_access (struct hashcache__h5_descriptor *descriptor)
{
  descriptor->access = H5Pcreate (H5P_FILE_ACCESS);
  descriptor->driver = hashcache__h5_register_driver ();
  return descriptor->access >= 0 && descriptor->driver >= 0
                 && H5Pset_driver (descriptor->access, descriptor->driver, &descriptor) >= 0
                 && H5Pset_fclose_degree (descriptor->access, H5F_CLOSE_STRONG) >= 0
             ? 0
             : -1;
}

/* HDF5 looks at the driver of a file even after it has let go of it: so this comes after the file has been closed. What is in memory stays. */
static void
hashcache__h5_let_go (struct hashcache__h5_descriptor *descriptor)
{
  if (descriptor->own)
    descriptor->own->descriptor = &hashcache__h5_left_open;
  descriptor->own = NULL;
  if (descriptor->access >= 0)
    H5Pclose (descriptor->access);
  if (descriptor->driver >= 0)
    H5FDunregister (descriptor->driver);
  descriptor->access = descriptor->driver = -1;
}

/* The file of DESCRIPTOR, to be read; an identifier, or negative: then HDF5's errors say why. */
static hid_t
hashcache__h5_open_descriptor (struct hashcache__h5_descriptor *descriptor)
{
  return hashcache__h5_descriptor_access (descriptor) != 0 ? -1
                                                           : H5Fopen ("hashcache's entry", H5F_ACC_RDONLY, descriptor->access);
}

#endif
