/* value.cc: values by what they are made of.
   SPDX-License-Identifier: GPL-3.0-or-later

   Equal values are one, so a subexpression that the source names, repeats or spells out is the same value each time.  */

#include "canonical.h"

/* The digest of TEXT mixed into SHAPE.  */

static uint64_t
mix_text (uint64_t shape, const std::string &text)
{
  for (unsigned char c : text)
    shape = (shape ^ c) * UINT64_C (0x100000001b3);
  return (shape ^ 0xff) * UINT64_C (0x100000001b3);
}

/* The value that N describes.  */

value
value_pool::make (value_node n)
{
  std::string key = std::to_string (n.kind) + ":" + std::to_string (n.label.size ()) + ":" + n.label + std::to_string (n.number);
  if (n.kind != VALUE_TEXT && n.kind != VALUE_INLINE)
    key += "@" + std::to_string (reinterpret_cast<uintptr_t> (n.decl));
  n.shape = mix_text (UINT64_C (0xcbf29ce484222325) + n.kind + n.number, n.label);
  for (value v : n.operands)
    {
      key += "," + std::to_string (v);
      n.shape = (n.shape ^ nodes[v].shape) * UINT64_C (0x9e3779b97f4a7c15) + 1;
    }
  auto inserted = known.insert ({ key, nodes.size () });
  if (inserted.second)
    nodes.push_back (std::move (n));
  return inserted.first->second;
}
