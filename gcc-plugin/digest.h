/* digest.h: the digest of a canonical text.
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef HASHCACHE_DIGEST_H
#define HASHCACHE_DIGEST_H

/* Store in DIGEST the XXH3-128 of the N BYTES, in canonical (big-endian) order.  */

extern void digest_bytes (const void *bytes, size_t n, unsigned char digest[16]);

#endif
