/* SPDX-License-Identifier: MIT */
/*
 * GDB's packets for registers, and the description of them that it asks for. Registers are those of
 * the stop; while the firmware runs, the agent's own at this moment. Follows the manual of GDB 13,
 * "Target Descriptions" and "Standard Target Features".
 */
#include "base/util.h"
#include "gdb/halt.h"
#include "gdb/threads.h"
#include "line/packet.h"
#include "pack.h"
#include "probe/regs.h"
#include "probe/returns.h"
#include "trace/trace.h"

/* Registers that GDB numbers before the first one of a snapshot read as zero: RISC-V's x0. */
#if TL_DECODE
static unsigned zeros(void)
{
	return tl_arch_isa->regs[0].gdb;
}

#if TL_GDB

/* The index of a register by GDB's number, among those of g but for zeros; if it is none of them,
 * their number. */
static unsigned index_of(uintptr_t number)
{
	const struct tl_system_reg *behind = tl_arch_features[0].regs;
	unsigned i = 0;

	while (i < tl_arch_isa->ncore && tl_arch_isa->regs[i].gdb != number)
		i++;
	if (i < tl_arch_isa->ncore)
		return i;
	for (; i < tl_arch_isa->ncore + tl_regs_behind() && behind->gdb != number; i++)
		behind++;
	return i;
}

/* What there is of it: of the core as long as GDB has a stop to look at, of a context while that is
 * halted. */
static void put_system_reg(struct tl_frame_tx *out, const struct tl_system_reg *sys, bool keep)
{
	uint64_t wide[TL_REG_LONG];

	if (!tl_traceframe_selected() && tl_gdb.stopped &&
	    (!keep || (tl_halted && !tl_thread_is_other())) &&
	    !tl_arch_system_reg(tl_gdb.regs, &tl_halt_lock, sys->gdb, wide, false))
		tl_frame_bytes(out, wide, sys->bits / 8);
	else
		for (unsigned i = 0; i < sys->bits / 4u; i++)
			tl_frame_put(out, 'x'); /* not to be had */
}

static void put_regs_behind(struct tl_frame_tx *out)
{
	for (unsigned i = 0; i < tl_regs_behind(); i++)
		put_system_reg(out, &tl_arch_features[0].regs[i], tl_arch_features[0].keep);
}
#else
static void put_regs_behind(struct tl_frame_tx *out)
{
	(void)out;
}
#endif

int tl_packet_regs(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)], shown;
	static const uintptr_t zero;
	const struct tl_regs *regs;

	if (in->at != in->end)
		return -TL_EPACKET;
	if (tl_traceframe_selected())
		return tl_traceframe_answer_regs(out);
	regs = tl_gdb_regs(room);
	if (!regs)
		return -TL_ENOENT;
	for (unsigned i = 0; i < zeros(); i++)
		tl_frame_bytes(out, &zero, sizeof zero);
	shown = tl_return_shown(regs);
	tl_copy(room, tl_core_of(regs), TL_RECORD_REGS * sizeof *room);
	room[TL_REG_LR] = shown;
	tl_frame_bytes(out, room, TL_RECORD_REGS * sizeof *room);
	put_regs_behind(out);
	return 0;
}
#endif

int tl_packet_core(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
	const struct tl_regs *regs = tl_gdb_regs(room);
	unsigned word = tl_arch_isa->word, ncore = tl_arch_isa->ncore, n;
	uintptr_t first = 0;

	if (!regs)
		return -TL_ENOENT;
	if (in->at < in->end && (!tl_arg(in, &first) || first >= ncore))
		return -TL_EINVAL;
	n = (tl_frame_room(out) >> (word == 8 ? 3 : 2)) -
	    2; /* the other field is one, and commas */
	n = n < ncore - (unsigned)first ? n : ncore - (unsigned)first;
	tl_frame_put(out, ',');
	tl_frame_bytes(out, tl_core_of(regs) + first, n * word);
	tl_field(out, tl_is_halted()
	                      ? 0
	                      : tl_client.caller & ~(uintptr_t)(tl_arch_isa->insn_align - 1u));
	return 0;
}

#if TL_GDB

int tl_packet_set_regs(struct tl_args *in, struct tl_frame_tx *out)
{
	unsigned size = tl_arch_isa->ncore * tl_arch_isa->word, skip = zeros() * tl_arch_isa->word;
	uint8_t bytes[TL_ARCH_REGS_SIZE];
	unsigned n = tl_arg_bytes(in, bytes, sizeof bytes);

	if (n < skip + size || n > sizeof bytes)
		return -TL_EPACKET;
	if (!tl_halted || tl_thread_is_other())
		return -TL_EBUSY;
	tl_copy(tl_core(tl_gdb.regs), bytes + skip, size);
	tl_core(tl_gdb.regs)[TL_REG_LR] = tl_return_written(tl_core(tl_gdb.regs)[TL_REG_LR]);
	tl_gdb.sp_set = true;
	return tl_ok(out);
}

int tl_packet_reg(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t room[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)], number, value = 0;
	const struct tl_system_reg *sys;
	const struct tl_regs *regs;
	bool keep = true;
	unsigned i;

	if (!tl_arg(in, &number) || in->at != in->end)
		return -TL_EPACKET;
	i = index_of(number);
	sys = tl_system_reg(number, &keep);
	if (tl_traceframe_selected() &&
	    (i < tl_arch_isa->ncore + tl_regs_behind() || number < zeros()))
		return tl_traceframe_answer_reg(i, out);
	if (i < tl_arch_isa->ncore || number < zeros()) {
		regs = tl_gdb_regs(room);
		if (!regs)
			return -TL_ENOENT;
		if (number >= zeros())
			value = i == TL_REG_LR ? tl_return_shown(regs) : tl_core_of(regs)[i];
		tl_frame_bytes(out, &value, sizeof value);
		return 0;
	}
	if (!sys)
		return -TL_EINVAL;
	put_system_reg(out, sys, keep);
	return 0;
}

/*
 * A register that is the stack pointer by another name (msp, psp) GDB writes after a function that
 * it called, as it was before that. Behind `set $sp` what it knows of the other name is old: the
 * stack pointer that was written stays.
 */
static int set_system_reg(unsigned number, uint64_t *value)
{
	uintptr_t sp = tl_core_of(tl_gdb.regs)[TL_REG_SP];
	int err = tl_arch_system_reg(tl_gdb.regs, &tl_halt_lock, number, value, true);

	if (tl_gdb.sp_set)
		tl_core(tl_gdb.regs)[TL_REG_SP] = sp;
	return err ? -TL_EINVAL : 0;
}

int tl_packet_set_reg(struct tl_args *in, struct tl_frame_tx *out)
{
	const struct tl_system_reg *sys;
	uintptr_t number;
	uint64_t wide[TL_REG_LONG] = {0};
	bool keep;
	unsigned i, n;

	if (!tl_arg(in, &number) || in->at == in->end || *in->at++ != '=')
		return -TL_EPACKET;
	i = index_of(number);
	sys = tl_system_reg(number, &keep);
	n = tl_arg_bytes(in, (uint8_t *)wide, sizeof wide);
	if (i < tl_arch_isa->ncore ? n != sizeof(uintptr_t) : !sys || n != sys->bits / 8u)
		return -TL_EINVAL;
	if (!tl_halted || tl_thread_is_other())
		return -TL_EBUSY;
	tl_ok(out);
	if (i >= tl_arch_isa->ncore)
		return set_system_reg((unsigned)number, wide);
	tl_core(tl_gdb.regs)[i] =
	        i == TL_REG_LR ? tl_return_written((uintptr_t)*wide) : (uintptr_t)*wide;
	tl_gdb.sp_set |= i == TL_REG_SP;
	return 0;
}

#endif
