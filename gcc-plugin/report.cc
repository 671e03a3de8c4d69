/* report.cc: the contract of a marked function as a person reads it.
   SPDX-License-Identifier: GPL-3.0-or-later

   One text serves for -fplugin-arg-hashcache-report, as notes at the lines in question or appended to a file, and for what is kept
   with the entries. So it names no directory, and does not depend on the level of optimisation.

     relax
       in n: int (by value)
       written-only e: double [n] (proven: never read)
       inout k: int [n] (default; never read, but it leads to int elements, ...)
       in global width: double
       returns: double
       calls of libraries: exp, sqrt
       calls into other units: energy
       effects allowed: MPI_Wtime  */

#include "plugin.h"

namespace {

const char *const role_names[] = { "", "in", "out", "inout", "ignored", "written-only" };

std::string reports; /* Of this unit, for the files that the user named.  */

/* What a marked function reaches in this unit.  */

class reached
{
public:
  void visit (tree fndecl);

  std::vector<std::pair<tree, unsigned>> variables; /* In the order met, and the flags of their references.  */
  std::set<std::string> libraries, strangers, outputs;

private:
  void visit (const canonical_body *body);
  void note_variable (tree decl, unsigned flags);
  std::set<tree> seen;
};

void
reached::note_variable (tree decl, unsigned flags)
{
  for (auto &v : variables)
    if (v.first == decl)
      {
	v.second |= flags;
	return;
      }
  variables.push_back ({ decl, flags });
  if (const canonical_body *data = constant_of (decl))
    visit (data);
}

/* Note what BODY refers to.  */

void
reached::visit (const canonical_body *body)
{
  for (const reference &r : body->references)
    switch (r.kind)
      {
      case HASHCACHE__VARIABLE:
	note_variable (r.decl, r.flags);
	break;
      case HASHCACHE__LIBRARY:
	libraries.insert (r.name);
	break;
      case HASHCACHE__OUTPUT:
	outputs.insert (r.name);
	break;
      case HASHCACHE__CALL:
	if (body_of (r.decl))
	  visit (r.decl);
	else
	  strangers.insert (r.name);
	break;
      default:
	break;
      }
}

/* Note what FNDECL reaches.  */

void
reached::visit (tree fndecl)
{
  const canonical_body *body = body_of (fndecl);
  if (body && seen.insert (fndecl).second)
    visit (body);
}

/* NAMES between commas.  */

std::string
listed (const std::set<std::string> &names)
{
  std::string list;
  for (const std::string &name : names)
    list += (list.empty () ? "" : ", ") + name;
  return list;
}

/* The role of the variable DECL, which may change, referred to with FLAGS.  */

const char *
written_role (tree decl, unsigned flags)
{
  const unsigned said = said_of_variable (decl);
  if (!(flags & HASHCACHE__WRITTEN) || said == HASHCACHE__KEPT)
    return "in";
  return said == HASHCACHE__FILLED && (flags & HASHCACHE__STORED) ? "out" : "inout";
}

/* What the call makes of the variable DECL, referred to with FLAGS.  */

std::string
variable_line (tree decl, unsigned flags)
{
  const char *kind = TREE_PUBLIC (decl) || DECL_EXTERNAL (decl) ? "global" : "static";
  const char *role = ignored_p (decl) ? "ignored" : constant_of (decl) ? "constant" : written_role (decl, flags);
  return std::string (role) + " " + kind + " " + IDENTIFIER_POINTER (DECL_NAME (decl)) + ": " + type_name (TREE_TYPE (decl));
}

/* The text in the attribute NAME of FNDECL, empty if it has none.  */

std::string
attribute_text (tree fndecl, const char *name)
{
  tree a = lookup_attribute (name, DECL_ATTRIBUTES (fndecl));
  return a && TREE_VALUE (a) && TREE_CODE (TREE_VALUE (TREE_VALUE (a))) == STRING_CST ? TREE_STRING_POINTER (TREE_VALUE (TREE_VALUE (a))) : "";
}

/* Append TEXT to FILE in one piece, since other compilations may do so at the same time.  */

void
append (const std::string &file, const std::string &text)
{
  int descriptor = open (file.c_str (), O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (descriptor < 0 || write (descriptor, text.data (), text.size ()) != static_cast<ssize_t> (text.size ()))
    error ("hashcache cannot write its report to %qs: %m", file.c_str ());
  if (descriptor >= 0)
    close (descriptor);
}

} // anonymous namespace

contract_report::contract_report (tree f) : fndecl (f)
{
}

/* Add a line, which belongs to LOCATION, or to the function if that is UNKNOWN_LOCATION.  */

void
contract_report::add (const std::string &text, location_t location)
{
  lines.push_back ({ text, location == UNKNOWN_LOCATION ? DECL_SOURCE_LOCATION (fndecl) : location });
}

/* The parameter NAME, declared at LOCATION, has ROLE; it is or leads to TYPE, which says how many.  */

void
contract_report::parameter (const std::string &name, location_t location, const role_choice &role, const std::string &type)
{
  add (std::string (role_names[role.role]) + " " + name + ": " + type + " (" + role.why
	 + (role.note.empty () ? "" : "; " + role.note) + ")",
       location);
}

/* The function returns TYPE.  */

void
contract_report::returns (const std::string &type)
{
  add ("returns: " + type);
}

/* Add what the function reaches in this unit, and what the user says of it as a whole.  */

void
contract_report::reaches ()
{
  reached r;
  r.visit (fndecl);
  for (auto &v : r.variables)
    if (DECL_NAME (v.first))
      add (variable_line (v.first, v.second));
  auto add_names = [this] (const char *what, const std::string &names) {
    if (!names.empty ())
      add (what + names);
  };
  add_names ("calls of libraries: ", listed (r.libraries));
  add_names ("calls into other units: ", listed (r.strangers));
  add_names ("output that a hit does not repeat: ", listed (r.outputs));
  add_names ("effects allowed: ", allowed_effects (fndecl));
  if (any_threads_p (fndecl))
    add ("any number of threads");
  add_names ("version: ", attribute_text (fndecl, "hashcache_version"));
  add_names ("stored if: ", attribute_text (fndecl, "hashcache_if"));
}

/* The whole text.  */

std::string
contract_report::text () const
{
  std::string whole = std::string (IDENTIFIER_POINTER (DECL_NAME (fndecl))) + "\n";
  for (const line &l : lines)
    whole += "  " + l.text + "\n";
  return whole;
}

/* Say it to the user, if asked for.  */

void
contract_report::say () const
{
  if (!chosen_p (CHOICE_REPORT))
    return;
  if (choice_values (CHOICE_REPORT).empty ())
    for (const line &l : lines)
      inform (l.location, "%qs: %s", IDENTIFIER_POINTER (DECL_NAME (fndecl)), l.text.c_str ());
  else
    reports += place_text (DECL_SOURCE_LOCATION (fndecl)) + ": " + text ();
}

/* Write the reports of the unit to the files that the user named.  */

void
write_reports ()
{
  if (!reports.empty ())
    for (const std::string &file : choice_values (CHOICE_REPORT))
      append (file, reports);
}
