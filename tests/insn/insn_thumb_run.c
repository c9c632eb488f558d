/* SPDX-License-Identifier: MIT */
/*
 * Runs of cases on Cortex-M: see insn.h. A case starts by an exception return, in thread mode on
 * either stack or in PendSV's handler, and ends at a landing or in a fault, wherever that is: code
 * that is no case is filled with BKPT.
 *
 * Follows the Armv7-M Architecture Reference Manual, DDI 0403E: B1.5.6 (frames), B3.2 (system
 * control).
 */
#include <stddef.h>
#include <string.h>

#include "insn_thumb.h"
#include "thumb/thumb.h"

#define REG(addr)        (*(volatile uint32_t *)(addr))
#define ICSR             REG(0xe000ed04u)
#define VTOR             REG(0xe000ed08u)
#define SHPR2            REG(0xe000ed1cu)
#define SHPR3            REG(0xe000ed20u)
#define SHCSR            REG(0xe000ed24u)
#define CFSR             REG(0xe000ed28u)
#define HFSR             REG(0xe000ed2cu)
#define MMFAR            REG(0xe000ed34u)
#define BFAR             REG(0xe000ed38u)
#define ICSR_PENDSVSET   0x10000000u
#define ICSR_PENDSTSET   0x04000000u
#define ICSR_PENDSTCLR   0x02000000u
#define SHCSR_FAULTS     0x00070000u
#define SHPR3_PRIORITIES 0x80ff0000u /* PendSV the lowest, SysTick above it */
#define CFSR_MMARVALID   0x00000080u
#define CFSR_BFARVALID   0x00008000u

/* What is not in a frame, in the order of insn_thumb_enter.S. */
struct live {
	uint32_t icsr; /* to make pending what PRIMASK will keep out */
	uint32_t r8_11[4], r4_7[4];
	uint32_t msp, psp, exc_return;
	uint32_t control, primask, basepri;
};
struct live thumb_live;
struct {
	uint32_t s[32], fpscr;
} thumb_fp;
uint32_t thumb_home, thumb_svcs;

void thumb_enter(void), thumb_landed(void);
uint64_t thumb_note(void);
void PendSV_Handler(void);

static struct cpu ended;

/* ---- memory ---- */

/*
 * BKPT, told apart by their numbers where a literal is loaded from between them. Not those of the
 * agent.
 */
uint16_t code_filling(uint32_t addr)
{
	if (addr == code_site(0) || addr == code_site(1))
		return 0xbf00;
	return (uint16_t)(LANDING | ((addr >> 1) * 2654435761u >> 26));
}

/* Two words in three are addresses of landings, some of them without the bit that says Thumb;
 * others are where nothing may execute. */
static uint32_t random_word(void)
{
	uint32_t landing = (code_base() + 128 + insn_random() % 0x8000) | 1;

	switch (insn_random() % 12) {
	case 0:
		return landing & ~1u;
	case 1:
	case 2:
	case 3:
		return 0xa0000000u | (insn_random() & 0x1fffffff);
	default:
		return landing;
	}
}

static void memory_init(void)
{
	for (uint32_t at = code_start(); at < code_start() + CODE_SIZE; at += 2)
		*(uint16_t *)at = code_filling(at);
	insn_scratch_init(scratch_base(), SCRATCH_SIZE, random_word);
}

/* ---- jump probes ---- */

bool __real_thumb_jump(uintptr_t from, uintptr_t to, uint8_t *out);
bool __wrap_thumb_jump(uintptr_t from, uintptr_t to, uint8_t *out);

/* Cases are in RAM, out of reach of pads: by way of a long jump beside them. One case is probed at
 * a time. */
bool __wrap_thumb_jump(uintptr_t from, uintptr_t to, uint8_t *out)
{
	enum { LDR_PC_NEXT = 0xf000f8df }; /* ldr.w pc, [pc, #0] */
	static uint32_t way[2];

	way[0] = LDR_PC_NEXT;
	way[1] = to | 1;
	__asm volatile("dsb\n\tisb" ::: "memory");
	return __real_thumb_jump(from, (uintptr_t)way, out);
}

/* ---- what a run changed ---- */

/* Bytes that exceptions and handlers use: 1060 where FP is live, and what a probe committed
   faults. */
enum { BELOW_STACK = 1280 };

static void collect(const struct cpu *from, bool bare)
{
	const struct insn_stack stacks[] = {{from->msp, ended.msp, BELOW_STACK},
	                                    {from->psp, ended.psp, BELOW_STACK},
	                                    {0, 0, 0}};
	struct insn_changes changes = insn_scratch_collect(stacks, bare);

	ended.changed = changes.words;
	ended.changes = changes.digest;
	ended.changed_at = changes.at;
	ended.changed_to = changes.to;
}

/* ---- in and out ---- */

uint32_t thumb_reg(const struct cpu *cpu, unsigned r)
{
	if (r == 13)
		return cpu->exc_return & EXC_RETURN_ON_PSP ? cpu->psp : cpu->msp;
	return r == 14 ? cpu->lr : (&cpu->r0)[r];
}

/* Puts the frame that is to be returned through on the case's stack, and what it has no room for
 * into thumb_live. */
static void load(const struct cpu *from, bool wake)
{
	bool fp = !(from->exc_return & EXC_RETURN_BASIC),
	     on_psp = from->exc_return & EXC_RETURN_ON_PSP;
	uint32_t sp = on_psp ? from->psp : from->msp,
	         handler = from->exc_return & 8 ? 0 : THUMB_PENDSV;
	uint32_t at = sp - (fp ? 104 : 32), pad = at >> 2 & 1;
	const uint32_t basic[8] = {from->r0,  from->r1, from->r2, from->r3,
	                           from->r12, from->lr, from->pc, from->xpsr | pad << 9 | handler};
	uint32_t frame[INSN_PLANTED_MAX];

	at -= 4 * pad;
	memcpy(frame, (void *)at, sp - at);
	memcpy(frame, basic, sizeof basic);
	if (fp) {
		memcpy(frame + 8, &from->s0, 16 * 4);
		frame[24] = from->fpscr;
	}
	insn_scratch_plant(at, frame, (sp - at) / 4);
	thumb_live = (struct live){.icsr = wake ? ICSR_PENDSTSET : 0,
	                           .msp = on_psp ? from->msp : at,
	                           .psp = on_psp ? at : from->psp,
	                           .exc_return = from->exc_return,
	                           .control = from->control,
	                           .primask = from->primask,
	                           .basepri = from->basepri};
	memcpy(thumb_live.r4_7, &from->r4, sizeof thumb_live.r4_7);
	memcpy(thumb_live.r8_11, &from->r8, sizeof thumb_live.r8_11);
	memcpy(thumb_fp.s, &from->s0, sizeof thumb_fp.s);
	thumb_fp.fpscr = from->fpscr;
}

static void take_faults(bool every_vector)
{
	CFSR = CFSR;
	HFSR = HFSR;
	SHCSR = every_vector ? SHCSR | SHCSR_FAULTS : SHCSR & ~SHCSR_FAULTS;
}

#if __ARM_ARCH >= 8
/* Takes the register into the digest, and clears it. */
#define TAKE(name)                                                                                 \
	__asm volatile("mrs %0, " #name "\n\tmsr " #name ", %1" : "=&r"(value) : "r"(0));          \
	digest = (digest ^ value) * 16777619u

static uint32_t take_v8m(void)
{
	uint32_t value, digest = 0;

	TAKE(msplim);
	TAKE(psplim);
	TAKE(primask_ns);
	TAKE(basepri_ns);
	TAKE(faultmask_ns);
	TAKE(control_ns);
	return digest;
}
#else
static uint32_t take_v8m(void)
{
	return 0;
}
#endif

/* In the exception that ended the run, on the proof's own stack. Returns EXC_RETURN and xPSR to
 * return to the proof with. */
uint64_t thumb_note(void)
{
	const struct live *live = &thumb_live;
	bool fp = !(live->exc_return & EXC_RETURN_BASIC),
	     on_psp = live->exc_return & EXC_RETURN_ON_PSP;
	const uint32_t *at = (const uint32_t *)(on_psp ? live->psp : live->msp);
	uint32_t sp = (uint32_t)at + (fp ? 104 : 32) + (at[7] >> 9 & 1) * 4, vector;

	__asm volatile("mrs %0, ipsr" : "=r"(vector));
	memcpy(&ended.r0, at, 16);
	memcpy(&ended.r4, live->r4_7, 16);
	memcpy(&ended.r8, live->r8_11, 16);
	ended.r12 = at[4];
	ended.lr = at[5];
	ended.pc = at[6];
	ended.xpsr = at[7] & ~0x200u;
	ended.msp = on_psp ? live->msp : sp;
	ended.psp = on_psp ? sp : live->psp;
	ended.exc_return = live->exc_return;
	ended.control = live->control;
	ended.primask = live->primask;
	ended.basepri = live->basepri;
	ended.vector = vector;
#if __ARM_ARCH > 6 /* before, there is only HardFault and nothing tells why */
	ended.cfsr = CFSR;
	ended.hfsr = HFSR;
#endif
	ended.fault_address =
	        ended.cfsr & CFSR_MMARVALID ? MMFAR : (ended.cfsr & CFSR_BFARVALID ? BFAR : 0);
	ended.svcs = thumb_svcs;
	ended.v8m = take_v8m();
#ifdef __ARM_FP
	memcpy(&ended.s0, thumb_fp.s, sizeof thumb_fp.s);
	if (fp) {
		memcpy(&ended.s0, at + 8, 16 * 4);
		ended.fpscr = at[24];
	}
#endif
	ICSR = ICSR_PENDSTCLR;
	bool handler = !(live->exc_return & 8);
	uint32_t xpsr = THUMB_XPSR_T | (handler ? THUMB_PENDSV : 0);
	return (handler ? EXC_RETURN_HANDLER : EXC_RETURN_MSP) | (uint64_t)xpsr << 32;
}

void PendSV_Handler(void)
{
	thumb_enter();
}

void insn_run(const struct insn_case *c, bool bare, struct insn_state *to)
{
	const struct cpu *from = const_cpu_of(&c->from);

	load(from, c->how & HOW_WAKE);
	take_faults(c->how & HOW_EVERY_VECTOR);
	memset(&ended, 0, sizeof ended);
	thumb_svcs = 0;
	if (from->exc_return & 8) {
		thumb_enter();
	} else {
		ICSR = ICSR_PENDSVSET;
		__asm volatile("dsb\n\tisb" ::: "memory");
	}
	collect(from, bare);
	memset(to, 0, sizeof *to);
	memcpy(to, &ended, sizeof ended);
}

/* The firmware's vectors, out of the reach of stores to small addresses. */
static void move_vectors(void)
{
	static uint32_t vectors[128] __attribute__((aligned(512)));

	memcpy(vectors, (void *)VTOR, sizeof vectors);
	VTOR = (uint32_t)vectors;
	__asm volatile("dsb\n\tisb" ::: "memory");
}

void insn_init(void)
{
	move_vectors();
	for (unsigned v = 3; v <= 6; v++)
		tl_chain_handler(v, thumb_landed);
	SHPR2 = 0;
	SHPR3 = (SHPR3 & 0xffff) | SHPR3_PRIORITIES;
	take_v8m(); /* the startup's */
	memory_init();
}
