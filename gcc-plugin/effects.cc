/* effects.cc: what a marked function, or anything it calls in this unit, does that no key and no entry can hold.
   SPDX-License-Identifier: GPL-3.0-or-later

   Such an effect is an error at its own line, followed by the chain of calls that leads to it. Effects in other units are for the
   runtime to find when it walks the graph. Output is a warning: a hit does not repeat it.

   HASHCACHE_ALLOW on the marked function silences effects that have a name: those the canonical text describes in full.  An allowed
   effect changes no digest, and need not: a function that is refused looks for no entry.  So an entry that was made while an effect was
   allowed is found only where the same text, with the same effects in it, is allowed again; and whoever has no such effect has
   another text (include/hashcache/graph.h keeps it so across units).  */

#include "plugin.h"

namespace {

/* A walk over the functions of the unit that the marked function ROOT reaches.  */

class effect_walk
{
public:
  explicit effect_walk (tree f) : root (f), allowed (allowed_effects (f)) {}
  bool visit (tree fndecl);

private:
  bool leave (tree fndecl);
  bool visit_constant (tree decl);
  bool visit_references (tree from, const canonical_body *body);
  bool look (const reference &r);
  bool allowed_p (const std::string &name) const { return hashcache__listed (allowed.c_str (), name.c_str ()); }
  void explain ();

  tree root;
  std::string allowed;
  std::set<tree> seen;
  std::set<tree> left;
  std::vector<const reference *> chain;
  std::vector<tree> callers;
};

/* Say through which calls the function at hand is reached.  */

void
effect_walk::explain ()
{
  for (size_t i = chain.size (); i-- > 0;)
    inform (chain[i]->location, "%qs is called here by %qD", chain[i]->name.c_str (), callers[i]);
}

/* Judge reference R of the function at hand.  */

bool
effect_walk::look (const reference &r)
{
  std::string why;
  if (r.kind == HASHCACHE__OUTPUT && !allowed_p (r.name))
    {
      if (warning_at (r.location, 0, "%qD is cached: a hit will not repeat the output of %qs", root, r.name.c_str ()))
	explain ();
    }
  else if (r.kind == HASHCACHE__EFFECT && (r.effect.empty () || !allowed_p (r.effect)))
    why = r.name + (r.effect.empty () ? "" : "; where that does not matter, write HASHCACHE_ALLOW (\"" + r.effect + "\")");
  else if (r.kind == HASHCACHE__VARIABLE && !TREE_THIS_VOLATILE (r.decl)) /* That is an effect of its own.  */
    {
      why = variable_refusal (r.decl);
      if (!why.empty ())
	why = "uses the variable " + r.name + ": " + why;
      else if ((r.flags & HASHCACHE__STORED) && said_of_variable (r.decl) == HASHCACHE__KEPT)
	why = "writes the variable " + r.name + ", of which HASHCACHE_IN says that no call changes it";
    }
  if (why.empty ())
    return true;
  say_refusal (r.location, IDENTIFIER_POINTER (DECL_NAME (root)), "it " + why);
  explain ();
  return false;
}

/* FNDECL is called and does not return: the one thing that it must not do is to go on elsewhere.  */

bool
effect_walk::leave (tree fndecl)
{
  const canonical_body *body = body_of (fndecl);
  bool fine = true;
  if (!body || !left.insert (fndecl).second)
    return true;
  for (const reference &r : body->references)
    if (r.kind == HASHCACHE__EFFECT && r.name.compare (0, 5, "jumps") == 0)
      fine &= look (r);
    else if (r.kind == HASHCACHE__LEAVES || r.kind == HASHCACHE__CALL)
      fine &= leave (r.decl);
  return fine;
}

/* Visit what BODY, which belongs to FROM, refers to.  */

bool
effect_walk::visit_references (tree from, const canonical_body *body)
{
  bool fine = true;
  for (const reference &r : body->references)
    {
      fine &= look (r);
      if (r.kind == HASHCACHE__VARIABLE)
	fine &= visit_constant (r.decl);
      if (r.kind != HASHCACHE__CALL && r.kind != HASHCACHE__LEAVES)
	continue;
      chain.push_back (&r);
      callers.push_back (from);
      fine &= r.kind == HASHCACHE__CALL ? visit (r.decl) : leave (r.decl);
      chain.pop_back ();
      callers.pop_back ();
    }
  return fine;
}

/* Visit what the initialiser of DECL leads to, if that is a constant: functions whose addresses it holds.  */

bool
effect_walk::visit_constant (tree decl)
{
  const canonical_body *data = constant_of (decl);
  return !data || !seen.insert (decl).second || visit_references (decl, data);
}

/* Visit FNDECL and what it calls; true if nothing is in the way.  */

bool
effect_walk::visit (tree fndecl)
{
  const canonical_body *body = body_of (fndecl);
  return !body || !seen.insert (fndecl).second || visit_references (fndecl, body);
}

} // anonymous namespace

/* Say at LOCATION WHY FUNCTION is refused: an error, or a warning where the user chose that on the command line.  */

void
say_refusal (location_t location, const std::string &function, const std::string &why)
{
  if (chosen_p (CHOICE_REFUSE, "warn"))
    warning_at (location, 0, "%qs cannot be cached: %s", function.c_str (), why.c_str ());
  else
    error_at (location, "%qs cannot be cached: %s", function.c_str (), why.c_str ());
}

/* True if nothing that FNDECL does in this unit keeps it from being cached; else errors have been given.  */

bool
effects_allowed_p (tree fndecl)
{
  return effect_walk (fndecl).visit (fndecl);
}
