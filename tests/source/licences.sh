#!/bin/sh
# licences.sh: every file of the source tree says its licence, and the right one: sh licences.sh SOURCE_DIR
# SPDX-License-Identifier: BSD-2-Clause
#
# GPL-3.0-or-later in gcc-plugin/, which becomes part of GCC; BSD-2-Clause everywhere else, above all in what becomes part of
# users' programs. The line must be among the first twenty. Files of git that are new and not ignored count as well; without git
# every file outside build/ does.
set -u
cd "$1" || exit 1

list_files () {
  git -c safe.directory='*' ls-files --cached --others --exclude-standard 2>/dev/null ||
    find . -name .git -prune -o -path ./build -prune -o -type f -print | sed 's|^\./||'
}

files=$(list_files)
[ -n "$files" ] || { echo "no files in $1" >&2; exit 1; }
printf '%s\n' "$files" | {
  wrong=0
  number=0
  while IFS= read -r file; do
    case $file in
      LICENSE | */COPYING) continue ;; # the licences themselves
      *.h5 | *.expected | *.input) continue ;; # outputs and inputs, kept byte for byte
      gcc-plugin/*) licence=GPL-3.0-or-later ;;
      *) licence=BSD-2-Clause ;;
    esac
    [ -f "$file" ] || continue # deleted, and git does not know yet
    number=$((number + 1))
    found=$(head -n 20 "$file" | sed -n 's/.*SPDX-License-Identifier"\{0,1\}: *"\{0,1\}\([A-Za-z0-9.-]*\).*/\1/p')
    [ "$found" = "$licence" ] && continue
    echo "$file: says '$found', should say 'SPDX-License-Identifier: $licence'" >&2
    wrong=$((wrong + 1))
  done
  echo "$number files, $wrong of them wrong"
  [ "$number" -gt 0 ] && [ "$wrong" -eq 0 ]
}
