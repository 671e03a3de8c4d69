#!/bin/sh
# settings.sh: the README's table has each setting that there is, and no other: sh settings.sh SOURCE_DIR
# SPDX-License-Identifier: BSD-2-Clause
set -u
settings=$(sed -n 's/^ *HASHCACHE__SETTING (\([A-Z_]*\),.*/HASHCACHE_\1/p' "$1/include/hashcache/settings.h" | sort)
documented=$(sed -n '/^## Settings/,/^## [^S]/s/^| \(`HASHCACHE_[^|]*\)|.*/\1/p' "$1/README.md" | grep -o 'HASHCACHE_[A-Z_]*' | sort)
[ -n "$settings" ] || { echo "no settings in settings.h" >&2; exit 1; }
[ "$settings" = "$documented" ] && exit 0
printf 'FAILED: settings.h has\n%s\nREADME.md has\n%s\n' "$settings" "$documented" >&2
exit 1
