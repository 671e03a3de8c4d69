/* digest.cc: XXH3-128, apart from GCC's headers, which forbid what xxhash.h uses.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <cstddef>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "digest.h"

void
digest_bytes (const void *bytes, size_t n, unsigned char digest[16])
{
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash (&canonical, XXH3_128bits (bytes, n));
  memcpy (digest, canonical.digest, sizeof canonical.digest);
}
