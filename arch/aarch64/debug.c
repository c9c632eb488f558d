/* SPDX-License-Identifier: MIT */
/*
 * AArch64 for GDB: registers besides those of a snapshot, and what is wrong with a fault. Follows
 * the Arm Architecture Reference Manual for A-profile, DDI 0487: C5.2, D19.2 (registers), D17.2.37
 * (ESR_EL1), and GDB's feature org.gnu.gdb.aarch64.fpu.
 */
#include "debug.h"

#include "a64_target.h"
#include "trapline.h"

enum {
	V0 = 34,
	FPSR = 66,
	FPCR,
	ELR = 80,
	SPSR,
	ESR,
	FAR,
	VBAR,
	SCTLR,
	TTBR0,
	TTBR1,
	TPIDR,
	TPIDR_EL0,
	MPIDR,
};

static const struct tl_system_reg registers[] = {
        {"ELR_EL1", "code_ptr", ELR, 64}, {"SPSR_EL1", 0, SPSR, 64},   {"ESR_EL1", 0, ESR, 64},
        {"FAR_EL1", 0, FAR, 64},          {"VBAR_EL1", 0, VBAR, 64},   {"SCTLR_EL1", 0, SCTLR, 64},
        {"TTBR0_EL1", 0, TTBR0, 64},      {"TTBR1_EL1", 0, TTBR1, 64}, {"TPIDR_EL1", 0, TPIDR, 64},
        {"TPIDR_EL0", 0, TPIDR_EL0, 64},  {"MPIDR_EL1", 0, MPIDR, 64},
};

#define V(n)                                                                                       \
	{                                                                                          \
		"v" #n, "uint128", V0 + (n), 128                                                   \
	}
static const struct tl_system_reg fp_registers[] = {
        V(0),
        V(1),
        V(2),
        V(3),
        V(4),
        V(5),
        V(6),
        V(7),
        V(8),
        V(9),
        V(10),
        V(11),
        V(12),
        V(13),
        V(14),
        V(15),
        V(16),
        V(17),
        V(18),
        V(19),
        V(20),
        V(21),
        V(22),
        V(23),
        V(24),
        V(25),
        V(26),
        V(27),
        V(28),
        V(29),
        V(30),
        V(31),
        {"fpsr", 0, FPSR, 32},
        {"fpcr", 0, FPCR, 32},
};

const struct tl_reg_feature tl_arch_features[] = {
        {"org.gnu.gdb.aarch64.fpu", fp_registers, sizeof fp_registers / sizeof *fp_registers, true,
         0},
        {"org.trapline.aarch64.system", registers, sizeof registers / sizeof *registers, false, 0},
        {0, 0, 0, false, 0},
};

/* ---- FP registers: live in the core, since neither trap nor agent uses them; but C handlers do,
 * and what they had is kept from these (a64_run) ---- */

static bool is_fp(unsigned gdb)
{
	return gdb >= V0 && gdb <= FPCR;
}

static bool fp_is_live(void)
{
	return A64_READ(cpacr_el1) >> A64_FPEN_BIT & 1;
}

static int fp_reg(unsigned gdb, uint64_t *value, bool write)
{
	if (!fp_is_live())
		return -1;
	switch (gdb) {
	case FPSR:
		if (write)
			A64_WRITE(fpsr, *value);
		*value = A64_READ(fpsr);
		break;
	case FPCR:
		if (write)
			A64_WRITE(fpcr, *value);
		*value = A64_READ(fpcr);
		break;
	default:
		if (write)
			a64_fp_load(gdb - V0, value);
		a64_fp_store(gdb - V0, value);
	}
	return 0;
}

/* The lower 64 bits, where a C handler runs. */
static uint64_t kept_reg(const struct a64_regs *r, unsigned gdb)
{
	const uint64_t *kept = (const uint64_t *)r->saved;

	if (gdb == FPSR || gdb == FPCR)
		return kept[A64_FP_AT_FPSR / 8 + (gdb == FPCR)];
	return kept[2 * (gdb - V0)];
}

/* ---- registers of the system: what the trap has overwritten is shown as that trap left it, and
 * cannot be changed ---- */

int tl_arch_system_reg(struct tl_regs *regs, uintptr_t *lock, unsigned gdb, uint64_t *value,
                       bool write)
{
	const struct a64_regs *r = a64_regs(regs);
	uint64_t v;

	(void)lock;
	if (is_fp(gdb))
		return fp_reg(gdb, value, write);
	switch (gdb) {
	case ELR:
		v = r->pc;
		break;
	case SPSR:
		v = r->cpsr;
		break;
	case ESR:
		v = a64_last_syndrome;
		break;
	case FAR:
		v = a64_last_far;
		break;
	case VBAR:
		v = A64_READ(vbar_el1);
		break;
	case SCTLR:
		v = A64_READ(sctlr_el1);
		break;
	case TTBR0:
		v = A64_READ(ttbr0_el1);
		break;
	case TTBR1:
		v = A64_READ(ttbr1_el1);
		break;
	case TPIDR:
		v = A64_READ(tpidr_el1);
		break;
	case TPIDR_EL0:
		v = A64_READ(tpidr_el0);
		break;
	case MPIDR:
		v = A64_READ(mpidr_el1);
		break;
	default:
		return -1;
	}
	if (write && v != *value)
		return -1;
	*value = v;
	return 0;
}

/* What the probe's own trap has overwritten is not known. */
int tl_arch_context_reg(const struct tl_regs *regs, unsigned gdb, uint64_t *value)
{
	const struct a64_regs *r = a64_regs_of(regs);
	uint64_t all[TL_REG_LONG];
	uintptr_t lock = 0;

	if (gdb >= ELR && gdb <= FAR)
		return -1;
	if (is_fp(gdb) && r->leave && fp_is_live()) {
		*value = kept_reg(r, gdb);
		return 0;
	}
	if (tl_arch_system_reg((struct tl_regs *)(void *)(uintptr_t)regs, &lock, gdb, all, false))
		return -1;
	*value = *all;
	return 0;
}

uintptr_t tl_arch_goes_to(const struct tl_regs *regs)
{
	return a64_regs_of(regs)->pc;
}

/* Nobody knows where another trap has been taken since. */
void tl_arch_interrupted(void (*see)(uintptr_t pc))
{
	if (A64_READ(daif) & A64_MASKS)
		see(A64_READ(elr_el1));
}

/* By the name that linkers take for the entry point; with the MMU on its memory may be elsewhere.
 * */
uintptr_t tl_arch_entry(const struct tl_regs *regs)
{
	extern const char _start[] __attribute__((weak));

	(void)regs;
	return (uintptr_t)_start;
}

enum tl_signal tl_arch_signal(const struct tl_regs *regs, unsigned cause)
{
	uintptr_t syndrome = a64_last_syndrome;

	(void)regs, (void)cause;
	switch (a64_class(syndrome)) {
	case A64_EC_SVC:
		return TL_SIGNAL_NONE;
	case A64_EC_FETCH_EL0:
	case A64_EC_FETCH:
	case A64_EC_DATA_EL0:
	case A64_EC_DATA:
		return a64_status(syndrome) == A64_STATUS_ALIGNMENT ? TL_SIGNAL_BUS
		                                                    : TL_SIGNAL_SEGV;
	case A64_EC_PC_ALIGNMENT:
	case A64_EC_SP_ALIGNMENT:
		return TL_SIGNAL_BUS;
	case A64_EC_FP:
		return TL_SIGNAL_FPE;
	case A64_EC_BRK:
	case A64_EC_COMPARED:
	case A64_EC_COMPARED_EL0:
	case A64_EC_WATCHED:
	case A64_EC_WATCHED_EL0:
		return TL_SIGNAL_TRAP;
	default:
		return TL_SIGNAL_ILL;
	}
}
