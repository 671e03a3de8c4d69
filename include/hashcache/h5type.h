/* h5type.h: the HDF5 datatype that shows packed values to h5dump, h5ls and h5py as what they are.
   SPDX-License-Identifier: BSD-2-Clause

   A datatype made here is exactly as large as the packed value (value.h): structs are compounds without padding, without pointers
   and without ignored fields; complex numbers are compounds {r, i}, as h5py has them. Integers wider than HDF5 computes with are
   compounds {low, high}: h5dump would show the nearest number of 64 bits instead. Every function returns an identifier that the
   caller closes, or a negative number. Only names with their version in them are called, so that the host's choice of an old HDF5
   API does not matter. */
#ifndef HASHCACHE_H5TYPE_H
#define HASHCACHE_H5TYPE_H

#include "value.h"
#include <hdf5.h>
#include <stdio.h>

static hid_t hashcache__h5_type (const struct hashcache__type *t);

/* An integer of so many BYTES, at most 8, and BITS. */
static hid_t
hashcache__h5_integer (int is_signed, size_t bytes, size_t bits)
{
  const hid_t id = H5Tcopy (is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8);

  /* The byte order of a one-byte integer is not that of the machine. */
  if (id >= 0
      && (H5Tset_size (id, bytes) < 0 || H5Tset_precision (id, bits) < 0
          || H5Tset_order (id, H5Tget_order (H5T_NATIVE_INT)) < 0)) {
    H5Tclose (id);
    return -1;
  }
  return id;
}

/* A binary format of BYTES with so many bits of EXPONENT and MANTISSA; x87 keeps its leading mantissa bit, the others imply it. */
static hid_t
hashcache__h5_binary_float (size_t bytes, size_t exponent, size_t mantissa, H5T_norm_t norm)
{
  const hid_t id = H5Tcopy (H5T_NATIVE_DOUBLE);
  const size_t bits = 8 * bytes;
  const size_t bias = ((size_t) 1 << (exponent - 1)) - 1;
  int bad;

  if (id < 0)
    return id;
  /* Fields must fit into the type at each step: widen first, narrow last. */
  bad = bytes > 8 && (H5Tset_size (id, bytes) < 0 || H5Tset_precision (id, bits) < 0);
  bad = bad || H5Tset_fields (id, bits - 1, mantissa, exponent, 0, mantissa) < 0;
  bad = bad || (bytes < 8 && (H5Tset_precision (id, bits) < 0 || H5Tset_size (id, bytes) < 0));
  bad = bad || H5Tset_ebias (id, bias) < 0 || H5Tset_norm (id, norm) < 0;
  if (bad) {
    H5Tclose (id);
    return -1;
  }
  return id;
}

static hid_t
hashcache__h5_opaque (size_t size)
{
  return H5Tcreate (H5T_OPAQUE, size);
}

static hid_t
hashcache__h5_float (const struct hashcache__type *t)
{
  const int brain = t->name && strstr (t->name, "bf16") != NULL;

  if (t->value_size == sizeof (float))
    return H5Tcopy (H5T_NATIVE_FLOAT);
  if (t->value_size == sizeof (double))
    return H5Tcopy (H5T_NATIVE_DOUBLE);
  if (t->value_size == 2)
    return brain ? hashcache__h5_binary_float (2, 8, 7, H5T_NORM_IMPLIED)
                 : hashcache__h5_binary_float (2, 5, 10, H5T_NORM_IMPLIED);
  if (t->value_size == 10)
    return hashcache__h5_binary_float (10, 15, 64, H5T_NORM_NONE);
  /* POWER's long double is a pair of doubles, which HDF5 cannot say. */
  if (t->value_size == 16 && !(sizeof (long double) == 16 && __LDBL_MANT_DIG__ == 106))
    return hashcache__h5_binary_float (16, 15, 112, H5T_NORM_IMPLIED);
  return hashcache__h5_opaque ((size_t) t->value_size);
}

/* Adds MEMBER to COMPOUND, and closes it. */
static int
hashcache__h5_insert (hid_t compound, const char *name, uint64_t offset, hid_t member)
{
  const herr_t result = member < 0 ? -1 : H5Tinsert (compound, name, (size_t) offset, member);

  if (member >= 0)
    H5Tclose (member);
  return result < 0 ? -1 : 0;
}

/* An __int128. */
static hid_t
hashcache__h5_wide_integer (int is_signed)
{
  const hid_t id = H5Tcreate (H5T_COMPOUND, 16);
  const uint64_t low = hashcache__big_endian () ? 8 : 0;

  if (id < 0)
    return id;
  if (hashcache__h5_insert (id, "low", low, hashcache__h5_integer (0, 8, 64)) != 0
      || hashcache__h5_insert (id, "high", 8 - low, hashcache__h5_integer (is_signed, 8, 64)) != 0) {
    H5Tclose (id);
    return -1;
  }
  return id;
}

/* An integer of type T, of whose values only BITS are used. */
static hid_t
hashcache__h5_any_integer (const struct hashcache__type *t, uint64_t bits)
{
  const int is_signed = t->kind == HASHCACHE__INT;

  return t->size > 8 ? hashcache__h5_wide_integer (is_signed)
                     : hashcache__h5_integer (is_signed, (size_t) t->size, (size_t) bits);
}

static hid_t
hashcache__h5_complex (const struct hashcache__type *t)
{
  const uint64_t part = hashcache__packed_size (t->element);
  const hid_t id = H5Tcreate (H5T_COMPOUND, (size_t) (2 * part));

  if (id < 0)
    return id;
  if (hashcache__h5_insert (id, "r", 0, hashcache__h5_type (t->element)) != 0
      || hashcache__h5_insert (id, "i", part, hashcache__h5_type (t->element)) != 0) {
    H5Tclose (id);
    return -1;
  }
  return id;
}

enum { HASHCACHE__FIELD_NAME = 256 };

/* What a field is called in the file: its name, or a number if it is an anonymous struct. No field has a name with a space. */
static const char *
hashcache__field_label (const struct hashcache__field *field, uint64_t ordinal, char label[HASHCACHE__FIELD_NAME])
{
  if (field->name && field->name[0] != '\0')
    return field->name;
  snprintf (label, HASHCACHE__FIELD_NAME, "anonymous %llu", (unsigned long long) ordinal);
  return label;
}

/* Bytes of FIELD in its packed struct. */
static uint64_t
hashcache__field_size (const struct hashcache__field *field)
{
  return field->role == HASHCACHE__IGNORE ? 0 : hashcache__packed_size (field->type);
}

static hid_t
hashcache__h5_struct (const struct hashcache__type *t)
{
  const hid_t id = H5Tcreate (H5T_COMPOUND, (size_t) hashcache__packed_size (t));
  uint64_t offset = 0;

  if (id < 0)
    return id;
  for (uint64_t i = 0; i < t->count; i++) {
    const struct hashcache__field *field = &t->fields[i];
    const uint64_t size = hashcache__field_size (field);
    char label[HASHCACHE__FIELD_NAME];

    if (size == 0)
      continue;
    if (hashcache__h5_insert (id, hashcache__field_label (field, i, label), offset, hashcache__h5_type (field->type)) != 0) {
      H5Tclose (id);
      return -1;
    }
    offset += size;
  }
  return id;
}

static hid_t
hashcache__h5_array (const struct hashcache__type *t)
{
  hsize_t dims[H5S_MAX_RANK];
  unsigned rank = 0;
  hid_t element, id;

  for (; t->kind == HASHCACHE__ARRAY && rank < H5S_MAX_RANK; t = t->element)
    dims[rank++] = t->count;
  element = hashcache__h5_type (t);
  if (element < 0)
    return element;
  id = H5Tarray_create2 (element, rank, dims);
  H5Tclose (element);
  return id;
}

/* The datatype of one packed T, whose packed size is not 0. */
static hid_t
hashcache__h5_type (const struct hashcache__type *t)
{
  switch (t->kind) {
  case HASHCACHE__INT:
  case HASHCACHE__UINT: return hashcache__h5_any_integer (t, 8 * t->size);
  case HASHCACHE__BITS: return hashcache__h5_any_integer (t->element, t->value_size);
  case HASHCACHE__FLOAT: return hashcache__h5_float (t);
  case HASHCACHE__COMPLEX: return hashcache__h5_complex (t);
  case HASHCACHE__STRUCT: return hashcache__h5_struct (t);
  case HASHCACHE__ARRAY: return hashcache__h5_array (t);
  default: return -1;
  }
}

/* NUL-terminated UTF-8 text of SIZE bytes, the NUL included. */
static hid_t
hashcache__h5_string (size_t size)
{
  const hid_t id = H5Tcopy (H5T_C_S1);

  if (id >= 0
      && (H5Tset_size (id, size) < 0 || H5Tset_strpad (id, H5T_STR_NULLTERM) < 0 || H5Tset_cset (id, H5T_CSET_UTF8) < 0)) {
    H5Tclose (id);
    return -1;
  }
  return id;
}

/* How a dataset is to be made: without its times, since the attribute `created` of the file says when it was. */
static hid_t
hashcache__h5_creation (void)
{
  const hid_t creation = H5Pcreate (H5P_DATASET_CREATE);

  if (creation >= 0 && H5Pset_obj_track_times (creation, 0) < 0) {
    H5Pclose (creation);
    return -1;
  }
  return creation;
}

#endif
