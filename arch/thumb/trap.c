/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M traps in C: what a trap was, contexts, the dispatcher, and the chain to the firmware's handlers.
 * Follows DDI 0403E B1.5 (exceptions), B3.2.15 to B3.2.18 (fault status), C1.6.5 (DEMCR).
 */
#include "arch.h"
#include "error.h"
#include "thumb.h"
#include "thumb_target.h"
#include "trapline.h"

const struct tl_isa *const tl_arch_isa = &TL_THUMB_ISA;

_Static_assert(sizeof(struct thumb_regs) <= TL_ARCH_REGS_SIZE, "TL_ARCH_REGS_SIZE");
_Static_assert(TL_RECORD_REGS == THUMB_NCORE && TL_REG_PC == 15, "arch.mk");
_Static_assert(TL_CAUSE_BREAK == 0 && TL_CAUSE_DISPATCH == 1, "entry.S");

extern const char tl_vectors[], thumb_dispatcher[], thumb_resume[], thumb_exc_return[];

enum {
	HARDFAULT = 3,
	MEMMANAGE = 4,
	BUSFAULT = 5,
	USAGEFAULT = 6,
	DEBUGMON = 12,
	VECTORS = 16,
};

static void (*chain[VECTORS])(void);

static uint32_t ipsr(void)
{
	uint32_t v;

	__asm volatile("mrs %0, ipsr" : "=r"(v));
	return v;
}

static uint32_t control(void)
{
	uint32_t v;

	__asm volatile("mrs %0, control" : "=r"(v));
	return v;
}

/* In a trap: for the thread that it returns to. */
static void set_control(uint32_t v)
{
	__asm volatile("msr control, %0\n\tisb" ::"r"(v) : "memory");
}

void tl_arch_init(void)
{
	/* The reference makes a linker take the vectors from the library. */
	__asm volatile("" ::"r"(tl_vectors));
	/* Where the core has DebugMonitor, breakpoints go there unless masked by priority: at the highest, so that few are. */
	THUMB_REG32(THUMB_DEMCR) |= THUMB_DEMCR_MON_EN;
	if (THUMB_REG32(THUMB_DEMCR) & THUMB_DEMCR_MON_EN)
		THUMB_REG32(THUMB_SHPR3) &= ~0xffu;
}

bool tl_arch_base_level(void)
{
	return !ipsr() && !(control() & THUMB_CONTROL_SPSEL);
}

/* ---- contexts and the dispatcher ---- */

static bool on_psp(const struct thumb_regs *r)
{
	return r->exc_return & THUMB_EXC_RETURN_PSP;
}

struct tl_context tl_arch_context(const struct tl_regs *regs)
{
	const struct thumb_regs *r = (const struct thumb_regs *)regs;

	return (struct tl_context){
	        .key = (r->xpsr & THUMB_XPSR_IPSR) << 1 | on_psp(r),
	        .sp = r->sp,
	        .shared = on_psp(r),
	};
}

static void copy_regs(struct thumb_regs *to, const struct thumb_regs *from)
{
	const uint32_t *f = (const uint32_t *)from;
	uint32_t *t = (uint32_t *)to;

	for (unsigned i = 0; i < sizeof *to / 4; i++)
		t[i] = f[i];
}

struct tl_regs *tl_arch_dispatch(struct tl_regs *regs)
{
	struct thumb_regs *r = thumb_regs(regs);
	struct thumb_regs *saved = (struct thumb_regs *)((r->sp - sizeof *saved) & ~7u);

	r->control = control();
	copy_regs(saved, r);
	set_control(r->control & ~THUMB_CONTROL_NPRIV);
	r->r0 = r->sp = (uint32_t)saved;
	r->pc = (uint32_t)thumb_dispatcher;
	r->xpsr = (r->xpsr & THUMB_XPSR_IPSR) | THUMB_XPSR_T;
	return (struct tl_regs *)saved;
}

struct tl_regs *tl_arch_dispatched(const struct tl_regs *regs)
{
	const struct thumb_regs *r = (const struct thumb_regs *)regs;

	return (r->pc | 1) == ((uint32_t)thumb_resume | 1) ? (struct tl_regs *)r->r4 : 0;
}

void tl_arch_restore(struct tl_regs *regs, const struct tl_regs *saved)
{
	struct thumb_regs *r = thumb_regs(regs);

	copy_regs(r, (const struct thumb_regs *)saved);
	set_control(r->control);
	/* A simulated return from an exception has to be a real one. */
	if (r->xpsr & THUMB_XPSR_IPSR && r->pc >= THUMB_EXC_RETURN_MIN) {
		r->lr = r->pc;
		r->pc = (uint32_t)thumb_exc_return;
		r->xpsr &= ~THUMB_XPSR_IT;
		r->xpsr |= THUMB_XPSR_T;
	}
}

bool tl_arch_raised(const struct tl_regs *regs)
{
	return (((const struct thumb_regs *)regs)->pc | 1) == ((uint32_t)tl_arch_raise | 1);
}

bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	uint16_t insn = *(const uint16_t *)((const struct thumb_regs *)regs)->pc;

	return (insn & 0xff00) == 0xbe00 || insn == THUMB_GDB_BREAKPOINT;
}

/* ---- what a trap was ---- */

/*
 * With fault status bits set: they are this trap's, or old ones that the firmware never cleared. Reading the instruction tells,
 * where it was surely fetched.
 */
static unsigned cause_of(const struct tl_regs *regs, uint32_t cfsr)
{
	uint32_t exception = ipsr();

	if (exception == DEBUGMON)
		return TL_CAUSE_BREAK;
	if (exception == MEMMANAGE)
		return TL_CAUSE_MEMORY;
	if (exception == BUSFAULT)
		return TL_CAUSE_BUS;
	if (!(cfsr & THUMB_CFSR_NOT_FETCHED) && tl_arch_at_breakpoint(regs))
		return TL_CAUSE_BREAK;
	if (exception == USAGEFAULT || cfsr & THUMB_CFSR_USAGE)
		return TL_CAUSE_USAGE;
	if (cfsr & THUMB_CFSR_BUS)
		return TL_CAUSE_BUS;
	return cfsr & THUMB_CFSR_MEM ? TL_CAUSE_MEMORY : TL_CAUSE_FAULT;
}

bool thumb_examine(struct tl_regs *regs)
{
	struct thumb_regs *r = thumb_regs(regs);
	uint32_t cfsr = THUMB_REG32(THUMB_CFSR);
	unsigned cause = cause_of(regs, cfsr);
	bool ours = thumb_access_fixup(r) || tl_trap(regs, cause);

	if (ours && cause != TL_CAUSE_BREAK)
		THUMB_REG32(THUMB_CFSR) = cfsr;
	return ours;
}

/* ---- the firmware's own handlers ---- */

static void no_handler(void)
{
	for (;;)
		;
}

int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	if ((vector < HARDFAULT || vector > USAGEFAULT) && vector != DEBUGMON)
		return -TL_EINVAL;
	chain[vector] = handler;
	return 0;
}

void (*thumb_chained(void))(void)
{
	uint32_t vector = ipsr();

	return vector < VECTORS && chain[vector] ? chain[vector] : no_handler;
}

void (*thumb_no_frame(struct tl_regs *regs))(void)
{
	thumb_regs(regs)->pc = 0; /* nowhere */
	tl_trap(regs, TL_CAUSE_FAULT);
	return thumb_chained();
}

bool tl_arch_untrappable(void)
{
	return ipsr() == HARDFAULT;
}
