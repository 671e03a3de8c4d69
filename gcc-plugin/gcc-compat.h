/* gcc-compat.h: GCC's headers in an order that compiles, and every difference between the versions of GCC.
   SPDX-License-Identifier: GPL-3.0-or-later

   Nothing else in the plugin includes a header of GCC or asks for its version. */

#ifndef HASHCACHE_GCC_COMPAT_H
#define HASHCACHE_GCC_COMPAT_H

#include <string>
#include <vector>
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "gcc-plugin.h"
#include "plugin-version.h"
#include "config.h"
#include "system.h"
#include "coretypes.h"
#include "backend.h"
#include "tree.h"
#include "c-family/c-common.h"
#include "gimple.h"
#include "tree-pass.h"
#include "context.h"
#include "cgraph.h"
#include "stringpool.h"
#include "attribs.h"
#include "fold-const.h"
#include "stor-layout.h"
#include "varasm.h"
#include "gimple-iterator.h"
#include "gimple-walk.h"
#include "gimplify.h"
#include "cfg.h"
#include "cfganal.h"
#include "basic-block.h"
#include "internal-fn.h"
#include "diagnostic-core.h"
#include "langhooks.h"
#include "opts.h"
#include "options.h"
#include "target.h"
#include "tree-iterator.h"
#include "tree-dfa.h"
#include "real.h"
#include "intl.h"
#include "ipa-ref.h"
#include "alloc-pool.h"
#include "symbol-summary.h"
#include "builtins.h"
#include "print-tree.h"
#include "ggc.h"
#include "tree-cfg.h"
#include "tree-inline.h"
#include "tree-nested.h"
#include "pretty-print.h"
#include "tree-pretty-print.h"
#include "toplev.h"
#include "stmt.h"
#include "output.h"

/* Only the C compiler proper has them; lto1 and the others load the plugin too.  */

extern tree lookup_name (tree) __attribute__ ((weak));
extern tree xref_tag (enum tree_code, tree) __attribute__ ((weak));

/* The clone that holds the body of NODE under a new name ending in SUFFIX, or NULL where GCC cannot make one.  */

static inline cgraph_node *
clone_with_body (cgraph_node *node, const char *suffix)
{
#if GCCPLUGIN_VERSION_MAJOR >= 12
  return node->create_version_clone_with_body (vNULL, NULL, NULL, NULL, NULL, suffix, NULL_TREE, NULL_TREE);
#else
  return node->create_version_clone_with_body (vNULL, NULL, NULL, NULL, NULL, suffix, NULL_TREE);
#endif
}

#endif
