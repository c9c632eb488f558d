/* SPDX-License-Identifier: MIT */
/*
 * What the table needs to know of an instruction: see decode.h.
 */
#include "probe/decode.h"

#include "base/util.h"
#include "probe/table.h"
#include "probe/text.h"

TL_RAM(".bss");

#if !TL_TRUST_LINE && (TL_GDB || !TL_DECODE || TL_FLASH)
#error "TL_TRUST_LINE=0 needs TL_GDB=0, TL_DECODE=1 and TL_FLASH=0"
#endif

#if TL_DECODE

int tl_decode(uintptr_t addr, bool returns, struct tl_insn *insn)
{
	uint8_t window[TL_WINDOW_MAX];
	struct tl_text text;
	int err = tl_read_window(addr, window, &text);

	if (!err)
		err = tl_arch_isa->decode(tl_arch_isa, &text, insn);
	if (!err && returns)
		err = TL_RETURN && tl_arch_isa->returns ? tl_arch_isa->returns(tl_arch_isa, &text)
		                                        : -TL_ENOSUP;
	return err;
}

unsigned tl_breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	return tl_arch_isa->breakpoint(insn, out);
}

int tl_slot(const struct tl_point *pt, uintptr_t slot, bool *boosted, uint8_t *code)
{
	int at = tl_arch_isa->slot_build(tl_arch_isa, &pt->insn, pt->addr, slot, *boosted,
	                                 tl_arch_read, code);

	*boosted = !at;
	return at < 0 ? at : 0;
}

#else

#if TL_GDB || TL_RETURN
#error "TL_DECODE=0 leaves out GDB and return probes: TL_GDB=0, TL_RETURN=0"
#endif

const struct tl_given *tl_given;

int tl_decode(uintptr_t addr, bool returns, struct tl_insn *insn)
{
	uint8_t text[sizeof tl_given->text];

	(void)returns;
	if (!tl_given || tl_given->addr != addr)
		return -TL_ENOSUP;
	if (tl_read_memory(addr, text, tl_given->insn.len) ||
	    !tl_same(text, tl_given->text, tl_given->insn.len))
		return -TL_ECHANGED;
	tl_copy(insn, &tl_given->insn, sizeof *insn);
	return 0;
}

unsigned tl_breakpoint(const struct tl_insn *insn, uint8_t *out)
{
	tl_copy(out, &insn->bits, insn->op);
	return insn->op;
}

int tl_slot(const struct tl_point *pt, uintptr_t slot, bool *boosted, uint8_t *code)
{
	if (!tl_given || tl_given->addr != pt->addr)
		return TL_SLOT_STAYS;
	(void)slot; /* as tl_slot_fits() has seen */
	*boosted = tl_given->boosted;
	tl_copy(code, tl_given->code, sizeof tl_given->code);
	return 0;
}

#endif
