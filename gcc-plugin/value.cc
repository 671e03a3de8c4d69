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

/* True if variables and functions, not only what is done with them, tell A and B apart.  */

static bool
of_declaration_p (const value_node &n)
{
  return n.kind != VALUE_TEXT && n.kind != VALUE_INLINE;
}

static bool
same_p (const value_node &a, const value_node &b)
{
  return a.kind == b.kind && a.number == b.number && (!of_declaration_p (a) || a.decl == b.decl) && a.operands == b.operands
	 && a.label == b.label;
}

/* The value that N describes.  */

value
value_pool::make (value_node n)
{
  n.shape = mix_text (UINT64_C (0xcbf29ce484222325) + n.kind + n.number, n.label);
  uint64_t hash = n.shape ^ (of_declaration_p (n) ? reinterpret_cast<uintptr_t> (n.decl) : 0);
  for (value v : n.operands)
    {
      n.shape = (n.shape ^ nodes[v].shape) * UINT64_C (0x9e3779b97f4a7c15) + 1;
      hash = (hash ^ v) * UINT64_C (0x9e3779b97f4a7c15) + 1;
    }
  auto range = known.equal_range (hash);
  for (auto i = range.first; i != range.second; ++i)
    if (same_p (nodes[i->second], n))
      return i->second;
  known.insert ({ hash, nodes.size () });
  nodes.push_back (std::move (n));
  return nodes.size () - 1;
}
