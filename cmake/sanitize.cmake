# sanitize.cmake: the target hashcache_sanitize, which tests and examples link to; it says nothing unless HASHCACHE_SANITIZE is on.
# SPDX-License-Identifier: BSD-2-Clause
#
# The plugin itself is left alone: it is loaded into a compiler that was not built with the sanitizers.

add_library (hashcache_sanitize INTERFACE)
if (HASHCACHE_SANITIZE)
  set (flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options (hashcache_sanitize INTERFACE ${flags})
  target_link_options (hashcache_sanitize INTERFACE ${flags})
endif ()
