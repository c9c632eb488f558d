/* SPDX-License-Identifier: MIT */
/*
 * Cortex-M traps in C: contexts, frames, the dispatcher, and the chain to the firmware's handlers.
 * Follows DDI 0403E B1.5 (exceptions; B1.5.7 for lazy stacking of FP registers), B3.2.21 and
 * B3.2.22 (FPCCR, FPCAR).
 */
#include "arch.h"
#include "debug.h"
#include "error.h"
#include "thumb.h"
#include "thumb_target.h"
#include "trapline.h"

TL_RAM(".bss");

const struct tl_isa *const tl_arch_isa = &TL_THUMB_ISA;
const unsigned tl_arch_regs_size = sizeof(struct thumb_regs);

_Static_assert(sizeof(struct thumb_regs) <= TL_ARCH_REGS_SIZE, "TL_ARCH_REGS_SIZE");
_Static_assert(TL_RECORD_REGS == THUMB_NCORE && TL_REG_PC == 15 && TL_REG_SP == 13 &&
                       TL_REG_LR == 14,
               "arch.mk");
_Static_assert(TL_CAUSE_BREAK == 0 && TL_CAUSE_DISPATCH == 1 && TL_CAUSE_RETURN == 2, "entry.S");

extern const char __start_tl_text[], __stop_tl_text[];
extern const char tl_vectors[], thumb_dispatcher[], thumb_resume[], thumb_exc_return[],
        thumb_raise_end[], thumb_return_trap[];

static void (*chain[THUMB_VECTORS])(void);

static uint32_t control(void)
{
	uint32_t v;

	__asm volatile("mrs %0, control" : "=r"(v));
	return v;
}

void tl_arch_init(void)
{
	/* The reference makes a linker take the vectors from the library. */
	__asm volatile("" ::"r"(tl_vectors));
	thumb_take_breakpoints();
	thumb_init_comparators();
}

bool tl_arch_base_level(void)
{
	return !thumb_ipsr() && !(control() & THUMB_CONTROL_SPSEL);
}

/* Words of a stack, from `at` on, none beyond `end`; false: not all of them can be read. */
static bool see_words(uint32_t at, uint32_t end, void (*see)(uintptr_t word))
{
	uint32_t word;

	for (; at < end; at += 4) {
		if (tl_arch_read(at, &word, sizeof word))
			return false;
		see(word);
	}
	return true;
}

/*
 * In a handler: all that it has interrupted has its frame on MSP, up to where that began, but for
 * thread code on PSP. Which of the two that used is not asked, a PSP that is not in use does no
 * harm. An RTOS that gives MSP another place than the vector table says has it below that, or this
 * is not known.
 */
enum tl_below tl_arch_below(void (*see)(uintptr_t word))
{
	enum {
		LONGEST = 8192,
		PSP_WORDS = 64
	}; /* a frame with FP registers, and what a pad has pushed */
	uint32_t sp = (uint32_t)__builtin_frame_address(0) & ~3u, top, psp;

	if (!thumb_ipsr())
		return TL_BELOW_NOBODY;
	if (tl_arch_read(THUMB_REG32(THUMB_VTOR), &top, sizeof top) || top - sp > LONGEST ||
	    !see_words(sp, top & ~3u, see))
		return TL_BELOW_UNKNOWN;
	__asm volatile("mrs %0, psp" : "=r"(psp));
	see_words(psp & ~3u, (psp & ~3u) + 4 * PSP_WORDS, see);
	return TL_BELOW_SEEN;
}

/* ---- frames ---- */

/* Has the context's frame room for FP registers? */
static bool fp_live(const struct thumb_regs *r)
{
	return THUMB_FP && !(r->exc_return & THUMB_EXC_RETURN_BASIC);
}

/* Bytes of FP registers in an extended frame. */
static uint32_t fp_bytes(void)
{
#if __ARM_ARCH >= 8
	if (THUMB_REG32(THUMB_FPCCR) >> THUMB_FPCCR_TS_BIT & 1)
		return THUMB_FRAME_FP + THUMB_FRAME_FP_TS;
#endif
	return THUMB_FRAME_FP;
}

uint64_t thumb_frame_for(const struct thumb_regs *r)
{
	bool fp = fp_live(r);
	uint32_t frame = (r->sp & ~3u) - THUMB_FRAME - (fp ? fp_bytes() : 0), pad = 0;

	if (fp || THUMB_REG32(THUMB_CCR) & THUMB_CCR_STKALIGN)
		pad = frame >> 2 & 1;
	return (uint64_t)pad << 32 | (frame - 4 * pad);
}

#if THUMB_FP
void thumb_move_fp(uint32_t frame, const struct thumb_regs *r)
{
	const uint32_t *from = (const uint32_t *)(r->frame + THUMB_FRAME);
	uint32_t *to = (uint32_t *)(frame + THUMB_FRAME), words = fp_bytes() / 4;

	if (!fp_live(r) || to == from)
		return;
	if (THUMB_REG32(THUMB_FPCCR) &
	    THUMB_FPCCR_LSPACT) { /* still in the core: it will store them there */
		THUMB_REG32(THUMB_FPCAR) = (uint32_t)to;
		return;
	}
	for (uint32_t i = 0; i < words; i++) {
		uint32_t at = to < from ? i : words - 1 - i;

		to[at] = from[at];
	}
}
#endif

#if __ARM_ARCH >= 8
uint32_t thumb_msplim;
#endif

#if TL_DECODE
/* In a trap: for the thread that it returns to. */
static void set_control(uint32_t v)
{
	__asm volatile("msr control, %0\n\tisb" ::"r"(v) : "memory");
}

/*
 * Has the core store live FP registers where the frame has room for them. Then the dispatcher's
 * context shall be one that uses FP, too, since an RTOS may switch tasks in it: the core is told
 * that its (extended) frame is still to be filled.
 */
static void store_fp(void)
{
#if THUMB_FP
	__asm volatile(".inst.w 0xeef11a10" ::
	                       : "r1", "memory"); /* vmrs r1, fpscr: any FP instruction does it */
	THUMB_REG32(THUMB_FPCCR) |= THUMB_FPCCR_LSPACT;
#endif
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

/* Live FP registers, taken out of the frame to below `stack`: what is left of it. */
static uint32_t take_fp(struct thumb_regs *r, uint32_t stack)
{
	const uint32_t *from = (const uint32_t *)(r->frame + THUMB_FRAME);
	uint32_t *to = (uint32_t *)(stack - fp_bytes());

	store_fp();
	for (uint32_t i = 0; i < fp_bytes() / 4; i++)
		to[i] = from[i];
	r->frame = (uint32_t)to - THUMB_FRAME;
	return r->frame;
}

/*
 * Armv8-M: what limits a stack does not hold for the agent's, where one context at a time stands.
 * The trap itself runs on MSP, whose limit is back when SP is.
 */
#if __ARM_ARCH >= 8
static struct {
	const struct tl_regs *saved; /* of the context that is there */
	uint32_t limit;
} lifted;

static void lift_limit(const struct thumb_regs *r, const struct tl_regs *saved)
{
	lifted.saved = saved;
	if (on_psp(r))
		__asm volatile("mrs %0, psplim\n\tmsr psplim, %1" : "=&r"(lifted.limit) : "r"(0));
	else
		__asm volatile("mrs %0, msplim\n\tmsr msplim, %1" : "=&r"(lifted.limit) : "r"(0));
}

static void restore_limit(const struct tl_regs *saved)
{
	if (lifted.saved != saved)
		return;
	lifted.saved = 0;
	if (on_psp((const struct thumb_regs *)saved))
		__asm volatile("msr psplim, %0" ::"r"(lifted.limit));
	else
		thumb_msplim = lifted.limit;
}
#else
static void lift_limit(const struct thumb_regs *r, const struct tl_regs *saved)
{
	(void)r, (void)saved;
}

static void restore_limit(const struct tl_regs *saved)
{
	(void)saved;
}
#endif

struct tl_regs *tl_arch_dispatch(struct tl_regs *regs, void *stack)
{
	struct thumb_regs *r = thumb_regs(regs), *saved;
	bool fp = fp_live(r);
	/* In place of a basic frame: all of that is in `r`. An extended one has the FP
	   registers. */
	uint32_t top = fp ? r->frame : r->sp;

	if (stack)
		top = fp ? take_fp(r, (uint32_t)stack) : (uint32_t)stack;
	saved = (struct thumb_regs *)((top - sizeof *saved) & ~7u);
	if (stack)
		lift_limit(r, (const struct tl_regs *)saved);
	r->control = control();
	copy_regs(saved, r);
	set_control(r->control & ~THUMB_CONTROL_NPRIV);
	r->r0 = r->sp = (uint32_t)saved;
	r->pc = (uint32_t)thumb_dispatcher;
	r->xpsr = (r->xpsr & THUMB_XPSR_IPSR) | THUMB_XPSR_T;
	if (fp)
		store_fp();
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

	/* The frame of this trap is dropped, and what handlers left in FP registers with it. */
	if (fp_live(r))
		THUMB_REG32(THUMB_FPCCR) &= ~(uint32_t)THUMB_FPCCR_LSPACT;
	copy_regs(r, (const struct thumb_regs *)saved);
	restore_limit(saved);
	set_control(r->control);
	/* A simulated return from an exception has to be a real one. */
	if (r->xpsr & THUMB_XPSR_IPSR && r->pc >= THUMB_EXC_RETURN_MIN) {
		r->lr = r->pc;
		r->pc = (uint32_t)thumb_exc_return;
		r->xpsr &= ~THUMB_XPSR_IT;
		r->xpsr |= THUMB_XPSR_T;
	}
}
#endif

/* ---- returns ---- */

#if TL_RETURN
__attribute__((optimize("O2"))) uintptr_t tl_arch_hook(uintptr_t resume, const struct tl_look *look,
                                                       void *probe)
{
	uint32_t *frame = look->frame,
	         sp = (uint32_t)frame + THUMB_FRAME + (frame[THUMB_FRAME_XPSR / 4] >> 9 & 1) * 4;

#if THUMB_FP
	if (!(look->more[1] & THUMB_EXC_RETURN_BASIC))
		sp += fp_bytes();
#endif
	return tl_return_hook(resume, sp, probe, (uintptr_t *)&frame[THUMB_FRAME_LR / 4]);
}

bool tl_arch_returned(const struct tl_regs *regs)
{
	return (((const struct thumb_regs *)regs)->pc | 1) == ((uint32_t)thumb_return_trap | 1);
}
#endif

void tl_arch_return_to(struct tl_regs *regs, uintptr_t addr)
{
	struct thumb_regs *r = thumb_regs(regs);

	r->lr = addr;
	r->pc = addr >= THUMB_EXC_RETURN_MIN ? addr : addr & ~1u;
}

/* ---- for GDB ---- */

#if TL_GDB
bool tl_arch_broke_in(const struct tl_regs *regs)
{
	return (((const struct thumb_regs *)regs)->pc | 1) == ((uint32_t)tl_arch_break | 1);
}
#endif

#if TL_DECODE
bool tl_arch_raised(const struct tl_regs *regs)
{
	uint32_t first = (uint32_t)tl_arch_raise & ~1u, end = (uint32_t)thumb_raise_end & ~1u;

	return ((const struct thumb_regs *)regs)->pc - first < end - first;
}
#endif

bool tl_arch_at_breakpoint(const struct tl_regs *regs)
{
	uint16_t insn = *(const uint16_t *)((const struct thumb_regs *)regs)->pc;

	return (insn & 0xff00) == 0xbe00 || insn == THUMB_GDB_BREAKPOINT;
}

/* ---- the firmware's own handlers ---- */

static void no_handler(void)
{
	for (;;)
		;
}

int tl_chain_handler(unsigned vector, void (*handler)(void))
{
	if ((vector < THUMB_HARDFAULT || vector > THUMB_USAGEFAULT) && vector != THUMB_DEBUGMON)
		return -TL_EINVAL;
	chain[vector] = handler;
	return 0;
}

void (*thumb_chained(void))(void)
{
	uint32_t vector = thumb_ipsr();

	return vector < THUMB_VECTORS && chain[vector] ? chain[vector] : no_handler;
}

bool tl_arch_unprivileged(const struct tl_regs *regs)
{
	(void)regs;
	return false;
}

/* The dispatcher of a thread is privileged, and has kept what the thread was. */
bool tl_arch_in_user(const struct tl_regs *regs)
{
	const struct thumb_regs *r = (const struct thumb_regs *)regs;

	return !(r->xpsr & THUMB_XPSR_IPSR) &&
	       (thumb_ipsr() ? control() : r->control) & THUMB_CONTROL_NPRIV;
}

/* Handlers run on MSP, and what is below them may be a thread on PSP. */
uintptr_t tl_arch_other_stack(const struct tl_regs *regs)
{
	uintptr_t psp;

	if (!(((const struct thumb_regs *)regs)->xpsr & THUMB_XPSR_IPSR))
		return 0;
	__asm volatile("mrs %0, psp" : "=r"(psp));
	return psp;
}

bool tl_arch_untrappable(void)
{
	return thumb_ipsr() == THUMB_HARDFAULT;
}

bool tl_arch_trap_guarded(void)
{
	return (THUMB_REG32(THUMB_MPU_CTRL) & THUMB_MPU_ON) == THUMB_MPU_ON;
}

/*
 * NMI and HardFault, by the vector table. A handler for HardFault that tl_chain_handler() was given
 * is none of them: everything is disarmed before it runs. But one of the firmware's own in the
 * table runs before the agent does, and so at every hit.
 */
struct tl_root tl_arch_root(unsigned n)
{
	struct tl_root root = {0, TL_EPRIO, true};
	uint32_t vector;

	if (tl_arch_read(THUMB_REG32(THUMB_VTOR) + 4 * (THUMB_NMI + n), &vector, sizeof vector))
		return root;
	vector &= ~1u;
	if (n == 0 ||
	    vector - (uint32_t)__start_tl_text >= (uint32_t)(__stop_tl_text - __start_tl_text))
		root.entry = vector;
	return root;
}
