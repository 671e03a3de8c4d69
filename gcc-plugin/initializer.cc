/* initializer.cc: the canonical text of what a constant variable holds.
   SPDX-License-Identifier: GPL-3.0-or-later

   A body that reads a constant sees its bytes: those are the text, or where they are many their digest. Where addresses are among
   them stand the functions, variables and strings that they lead to:

     constant 16 = 0000000000000840000000000000f03f
     constant 24 = { 0: f0 64: "name\000" 128: g1+8 }

   The numbers before the colons are bits from the start.  */

#include "canonical.h"
#include "digest.h"

/* The N BYTES in hexadecimal.  */

static std::string
hex_text (const unsigned char *bytes, size_t n)
{
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < n; i++)
    {
      text += digits[bytes[i] >> 4];
      text += digits[bytes[i] & 15];
    }
  return text;
}

/* The SIZE bytes of INITIAL as TEXT, if no address is among them.  */

bool
constant_bytes (tree initial, HOST_WIDE_INT size, std::string *text)
{
  const HOST_WIDE_INT shown = 64; /* More are digested.  */
  if (size <= 0 || size > INT_MAX)
    return false;
  std::vector<unsigned char> image (size, 0);
  if (initial && native_encode_initializer (initial, image.data (), size) == 0)
    return false;
  if (std::all_of (image.begin (), image.end (), [] (unsigned char c) { return c == 0; }))
    *text = "zero";
  else if (size <= shown)
    *text = hex_text (image.data (), size);
  else
    {
      unsigned char digest[16];
      digest_bytes (image.data (), size, digest);
      *text = "digest " + hex_text (digest, sizeof digest);
    }
  return true;
}

namespace {

class initializer_text
{
public:
  explicit initializer_text (tree d) : decl (d) {}
  canonical_body make ();

private:
  void element (tree initial, HOST_WIDE_INT bits);
  void elements (tree constructor, HOST_WIDE_INT bits);
  std::string pointer (tree value);
  std::string object (tree base, bool reading);
  void not_understood (const std::string &what);

  tree decl;
  canonical_body result;
};

void
initializer_text::not_understood (const std::string &what)
{
  add_reference (&result, HASHCACHE__EFFECT, 0, NULL_TREE, "uses a constant whose initialiser hashcache does not understand (" + what + ")",
		 DECL_SOURCE_LOCATION (decl));
}

/* The object BASE, whose address is taken only for READING.  */

std::string
initializer_text::object (tree base, bool reading)
{
  if (TREE_CODE (base) == FUNCTION_DECL)
    return refer_to_function (&result, base, DECL_SOURCE_LOCATION (decl));
  if (TREE_CODE (base) == STRING_CST)
    return string_text (base);
  if (VAR_P (base) && is_global_var (base))
    return "g" + std::to_string (add_reference (&result, HASHCACHE__VARIABLE, HASHCACHE__READ | (reading ? 0 : HASHCACHE__WRITTEN), base,
						DECL_NAME (base) ? IDENTIFIER_POINTER (DECL_NAME (base)) : "a nameless variable",
						DECL_SOURCE_LOCATION (decl)));
  not_understood (get_tree_code_name (TREE_CODE (base)));
  return "?";
}

/* The address VALUE.  */

std::string
initializer_text::pointer (tree value)
{
  bool reading = TYPE_READONLY (strip_array_types (TREE_TYPE (TREE_TYPE (value))));
  poly_int64 offset = 0;
  HOST_WIDE_INT added = 0;
  for (;;)
    {
      STRIP_NOPS (value);
      if (TREE_CODE (value) != POINTER_PLUS_EXPR || !tree_fits_shwi_p (TREE_OPERAND (value, 1)))
	break;
      added += wi::sext (wi::to_wide (TREE_OPERAND (value, 1)), TYPE_PRECISION (sizetype)).to_shwi ();
      value = TREE_OPERAND (value, 0);
    }
  if (TREE_CODE (value) == INTEGER_CST && tree_fits_uhwi_p (value))
    return std::to_string (tree_to_uhwi (value) + added);
  tree base = TREE_CODE (value) == ADDR_EXPR ? get_addr_base_and_unit_offset (TREE_OPERAND (value, 0), &offset) : NULL_TREE;
  HOST_WIDE_INT constant_offset;
  if (!base || !offset.is_constant (&constant_offset))
    {
      not_understood (get_tree_code_name (TREE_CODE (value)));
      return "?";
    }
  std::string text = object (base, reading);
  return constant_offset + added ? text + "+" + std::to_string (constant_offset + added) : text;
}

/* What lies BITS into the variable: INITIAL.  */

void
initializer_text::element (tree initial, HOST_WIDE_INT bits)
{
  std::string text;
  if (TREE_CODE (initial) == CONSTRUCTOR)
    {
      elements (initial, bits);
      return;
    }
  if (POINTER_TYPE_P (TREE_TYPE (initial)))
    text = pointer (initial);
  else if (!constant_bytes (initial, int_size_in_bytes (TREE_TYPE (initial)), &text))
    not_understood (get_tree_code_name (TREE_CODE (initial)));
  result.text += " " + std::to_string (bits) + ": " + text;
}

void
initializer_text::elements (tree constructor, HOST_WIDE_INT bits)
{
  unsigned HOST_WIDE_INT i;
  HOST_WIDE_INT next = 0;
  tree index, value, type = TREE_TYPE (constructor);
  bool array = TREE_CODE (type) == ARRAY_TYPE;
  HOST_WIDE_INT size = array ? int_size_in_bytes (TREE_TYPE (type)) * BITS_PER_UNIT : 0;
  FOR_EACH_CONSTRUCTOR_ELT (CONSTRUCTOR_ELTS (constructor), i, index, value)
    {
      if (array && index && TREE_CODE (index) == RANGE_EXPR && tree_fits_shwi_p (TREE_OPERAND (index, 0))
	  && tree_fits_shwi_p (TREE_OPERAND (index, 1)))
	{
	  next = tree_to_shwi (TREE_OPERAND (index, 1));
	  result.text += " [" + std::to_string (tree_to_shwi (TREE_OPERAND (index, 0))) + "..." + std::to_string (next) + "]";
	}
      else if (array && index && tree_fits_shwi_p (index))
	next = tree_to_shwi (index);
      else if (array ? index != NULL_TREE : !index || TREE_CODE (index) != FIELD_DECL || TREE_CODE (bit_position (index)) != INTEGER_CST)
	not_understood ("an element at a place that varies");
      if (array)
	element (value, bits + next++ * size);
      else if (index && TREE_CODE (index) == FIELD_DECL)
	{
	  if (DECL_BIT_FIELD (index))
	    result.text += " /" + std::to_string (tree_to_uhwi (DECL_SIZE (index)));
	  element (value, bits + tree_to_shwi (bit_position (index)));
	}
    }
}

canonical_body
initializer_text::make ()
{
  std::string text;
  HOST_WIDE_INT size = int_size_in_bytes (TREE_TYPE (decl));
  tree initial = DECL_INITIAL (decl);
  result.text = "constant " + std::to_string (size) + " = ";
  /* A flexible array member is not part of its type's size.  */
  bool flexible = !DECL_SIZE_UNIT (decl) || !tree_fits_shwi_p (DECL_SIZE_UNIT (decl)) || tree_to_shwi (DECL_SIZE_UNIT (decl)) != size;
  if (!flexible && constant_bytes (initial, size, &text))
    result.text += text;
  else if (initial)
    {
      result.text += "{";
      element (initial, 0);
      result.text += " }";
    }
  result.text += "\n";
  return result;
}

} // anonymous namespace

/* The canonical text of what the constant variable DECL holds.  */

canonical_body
canonicalize_initializer (tree decl)
{
  return initializer_text (decl).make ();
}
