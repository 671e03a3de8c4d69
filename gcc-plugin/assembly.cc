/* assembly.cc: whether inline assembly is a function of its operands.
   SPDX-License-Identifier: GPL-3.0-or-later

   GCC itself takes the outputs of assembly that is not volatile, and does not clobber memory, for a function of its text and its
   inputs: it may run it once for several, or not at all.  So may the cache, if the text keeps that promise.  It is read for what would break
   it: instructions that ask the processor or the system for more than their operands, or whose last bits differ between processors;
   directives, which may stand for any instruction; symbols, whose content is in no key; registers that hold addresses.  Operands
   must be no addresses, which change from run to run, and memory only if it is the function's own or may be a register as well.
   An empty text does nothing, whatever the statement says: a barrier, or a copy of matching operands.  */

#include "canonical.h"

namespace {

/* Instructions that are no function of their operands, of all targets.  A name ends in * where suffixes follow.  */

const char instructions[]
  = "rdtsc*, rdrand*, rdseed*, rdpmc*, rdpid*, rdmsr*, wrmsr*, rdpkru*, rdfsbase*, rdgsbase*, rdssp*, cpuid, syscall, sysenter, sysexit,"
    "sysret*, int, int3, into, in, inb, inw, inl, insb, insw, insl, out, outb, outw, outl, outsb, outsw, outsl, xgetbv, xsetbv, xbegin, xend, xabort, xtest, xsave*, xrstor*,"
    "fxsave*, fxrstor*, stmxcsr, ldmxcsr, vstmxcsr, vldmxcsr, f*stcw, fldcw, f*stsw, f*stenv, fldenv, f*save, frstor, f*init, f*clex,"
    "pushf*, popf*, lahf, sgdt, sidt, sldt, str, smsw, lsl, lar, ver*, tpause, umwait, umonitor, monitor*, mwait*, call*, ret*,"
    "hlt, ud2*, bound, loadiwkey, encls, enclu, enclv, getsec, vmcall, vmmcall, senduipi, enqcmd*, rdpru, cli, sti, swapgs,"
    /* Last bits differ between processors.  */
    "rcpss, rcpps, vrcp*, rsqrtss, rsqrtps, vrsqrt*, vexp2*, pf*, fsin, fcos, fsincos, fptan, fpatan, f2xm1, fyl2x, fyl2xp1,"
    "frecpe, frsqrte, urecpe, ursqrte, fres, frsqrtes, vrefp, xvre*, xsre*, xvrsqrte*, xsrsqrte*,"
    /* Other targets.  */
    "mrs, msr, mrrs, svc, hvc, smc, bl, blr, br, blx, bx, swi, adr, adrp, wfe, wfi, yield, rndr*, ld*xr*, st*xr*, rdvl, cntvct*, mrc, mrrc,"
    "mftb*, mfspr, mtspr, mfmsr, sc, scv, darn, bctr*, blr*, ecall, ebreak, rdtime*, rdcycle*, rdinstret*, csr*, frcsr, fscsr, frrm,"
    "fsrm, frflags, fsflags, jal*, jr, tail, la, lla, auipc, stck*, stfle, stidp, ptff, kma, prno, rdhwr, mfc*, tlbr*";

/* Registers that hold addresses, or what the program does not set.  */

const char special_registers[]
  = "rip, eip, ip, rsp, esp, sp, spl, rbp, ebp, bp, bpl, cs, ds, es, fs, gs, ss, cr*, dr*, tr*, bnd*, mxcsr, fp, x18, x29, x30, lr, pc, tp,"
    " gp, ra, tpidr*";

/* Reads the text of a statement word by word.  */

class text_reader
{
public:
  explicit text_reader (const char *text) : at (text) {}
  std::string obstacle ();

private:
  std::string word ();
  std::string operand ();
  void skip_operand ();

  const char *at;
  bool begins = true; /* At the first word of an instruction.  */
};

bool
letter_p (char c)
{
  return ISALPHA (c) || c == '_' || c == '.';
}

/* The word at hand, in lower case.  */

std::string
text_reader::word ()
{
  std::string w;
  while (letter_p (*at) || ISDIGIT (*at))
    w += TOLOWER (*at++);
  return w;
}

/* Pass over what stands for an operand behind a percent sign: %0, %b1, %[name], %=.  */

void
text_reader::skip_operand ()
{
  if (ISALPHA (*at))
    at++;
  if (*at == '[')
    while (*at && *at++ != ']')
      ;
  else if (!ISDIGIT (*at) && *at)
    at++;
  while (ISDIGIT (*at))
    at++;
}

/* True if a bare word is never a register: in the assembler's AT&T language registers have a percent sign.  */

bool
names_are_symbols_p ()
{
#ifdef ASSEMBLER_DIALECT
  return assembly_dialect () == 0;
#else
  return false;
#endif
}

/* True if W is one of the prefixes that an instruction follows.  */

bool
instruction_prefix_p (const std::string &w)
{
  return w == "rep" || w == "repe" || w == "repz" || w == "repne" || w == "repnz" || w == "lock" || w == "notrack";
}

/* Why the text is no function of its operands, or empty.  */

std::string
text_reader::obstacle ()
{
  while (*at)
    {
      if (*at == ';' || *at == '\n')
	begins = true, at++;
      else if (*at == '%' && at[1] == '%')
	{
	  at += 2;
	  std::string w = word ();
	  if (hashcache__listed (special_registers, w.c_str ()))
	    return "uses the register " + w;
	}
      else if (*at == '%')
	at++, skip_operand ();
      else if (strchr ("{}|\"'\\@", *at)) /* Dialects, strings.  */
	return std::string ("contains ") + *at;
      else if (ISDIGIT (*at))
	word ();
      else if (letter_p (*at))
	{
	  std::string w = word ();
	  bool label = *at == ':', first = begins;
	  begins = label || (first && instruction_prefix_p (w));
	  if (hashcache__listed (instructions, w.c_str ()))
	    return "contains " + w;
	  if (first && w[0] == '.' && w != ".p2align" && w != ".align" && !label)
	    return "contains " + w;
	  if (!first && (names_are_symbols_p () || decode_reg_name (w.substr (0, w.find ('.')).c_str ()) < 0 || hashcache__listed (special_registers, w.c_str ())))
	    return "names " + w;
	}
      else
	at++;
    }
  return "";
}

/* True if the constraint of operand number I of STMT, an output if OUTPUT, allows a register.  */

bool
allows_register_p (gasm *stmt, unsigned i, bool output)
{
  std::vector<const char *> outputs;
  bool memory = false, reg = false, inout = false;
  for (unsigned o = 0; o < gimple_asm_noutputs (stmt); o++)
    outputs.push_back (TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (gimple_asm_output_op (stmt, o)))));
  unsigned n_in = gimple_asm_ninputs (stmt), n_out = outputs.size ();
  if (output)
    return parse_output_constraint (&outputs[i], i, n_in, n_out, &memory, &reg, &inout) && reg;
  const char *constraint = TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (gimple_asm_input_op (stmt, i))));
  return parse_input_constraint (&constraint, i, n_in, n_out, 0, outputs.data (), &memory, &reg) && reg;
}

/* True if an address may be in an object of TYPE.  */

bool
holds_address_p (tree type)
{
  type = strip_array_types (type);
  if (RECORD_OR_UNION_TYPE_P (type))
    for (tree f = TYPE_FIELDS (type); f; f = DECL_CHAIN (f))
      if (TREE_CODE (f) == FIELD_DECL && holds_address_p (TREE_TYPE (f)))
	return true;
  return POINTER_TYPE_P (type);
}

/* What is wrong with the operand T, or empty.  IN_REGISTER: its constraint allows one.  MEMORY: the function's own.  */

std::string
operand_obstacle (tree t, bool in_register, own_memory *memory)
{
  if (holds_address_p (TREE_TYPE (t)))
    return "has an address as operand";
  if (!is_gimple_val (t) && !in_register && !own_memory::own_p (t) && !memory->private_p (t))
    return "has an operand in memory that is not the function's own";
  return "";
}

/* The input of STMT that output number I begins with, or NULL_TREE.  */

tree
matching_input (gasm *stmt, unsigned i)
{
  for (unsigned n = 0; n < gimple_asm_ninputs (stmt); n++)
    {
      tree list = gimple_asm_input_op (stmt, n);
      const char *constraint = TREE_STRING_POINTER (TREE_VALUE (TREE_PURPOSE (list)));
      if (constraint[0] == '%')
	constraint++;
      if (ISDIGIT (constraint[0]) && strtoul (constraint, NULL, 10) == i)
	return TREE_VALUE (list);
    }
  return NULL_TREE;
}

/* Why STMT, whose text is empty, is more than a barrier or a copy, or empty.  */

std::string
empty_obstacle (gasm *stmt)
{
  for (unsigned i = 0; i < gimple_asm_noutputs (stmt); i++)
    {
      tree output = TREE_VALUE (gimple_asm_output_op (stmt, i)), input = matching_input (stmt, i);
      if (!input && !allows_register_p (stmt, i, true))
	continue; /* Memory, which stays as it is.  */
      if (!input)
	return "leaves an output as it happens to be";
      if (POINTER_TYPE_P (TREE_TYPE (output)) != POINTER_TYPE_P (TREE_TYPE (input)))
	return "turns an address into a number, or a number into an address";
    }
  return "";
}

} // anonymous namespace

/* True if input number I of STMT is an object in memory rather than a value.  */

bool
assembly_memory_input_p (gasm *stmt, unsigned i)
{
  return !is_gimple_val (TREE_VALUE (gimple_asm_input_op (stmt, i))) && !allows_register_p (stmt, i, false);
}

/* Why the inline assembly STMT is no function of its operands, or empty.  MEMORY: that of its function.  */

std::string
assembly_obstacle (gasm *stmt, own_memory *memory)
{
  const char *text = gimple_asm_string (stmt);
  if (!*text)
    return empty_obstacle (stmt);
  if (gimple_asm_input_p (stmt) || gimple_asm_volatile_p (stmt))
    return "is volatile";
  if (gimple_asm_noutputs (stmt) == 0)
    return "has no outputs";
  for (unsigned i = 0; i < gimple_asm_nclobbers (stmt); i++)
    if (!strcmp (TREE_STRING_POINTER (TREE_VALUE (gimple_asm_clobber_op (stmt, i))), "memory"))
      return "clobbers memory";
  std::string why;
  for (unsigned i = 0; why.empty () && i < gimple_asm_noutputs (stmt); i++)
    why = operand_obstacle (TREE_VALUE (gimple_asm_output_op (stmt, i)), allows_register_p (stmt, i, true), memory);
  for (unsigned i = 0; why.empty () && i < gimple_asm_ninputs (stmt); i++)
    why = operand_obstacle (TREE_VALUE (gimple_asm_input_op (stmt, i)), allows_register_p (stmt, i, false), memory);
  return why.empty () ? text_reader (text).obstacle () : why;
}

/* In which of the assembler's languages the text is written, where the target has several (-masm).  */

int
assembly_dialect ()
{
#ifdef ASSEMBLER_DIALECT
  return ASSEMBLER_DIALECT;
#else
  return 0;
#endif
}
