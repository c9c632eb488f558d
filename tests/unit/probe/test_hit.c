/* SPDX-License-Identifier: MIT */
/*
 * Hits: what handlers see and may do, for every kind of instruction; bare and probed runs end in
 * the same state.
 */
#include <string.h>

#include "probe/table.h"
#include "probes.h"
#include "unit.h"

#define DATA (MOCK_RAM + 0x100)

/* ---- every kind of instruction, bare against probed, with every set of handlers ---- */

/* clang-format off */
/* Each writes a program, which halts, and returns the address of the instruction under test. */
static uintptr_t at_nop(void) { uintptr_t p = NOP(); HALT(); return p; }
static uintptr_t at_add(void) { LI(R1, 7); uintptr_t p = ADD(R0, R1); HALT(); return p; }
static uintptr_t at_load(void) { uintptr_t p = LD(R2, R6, 8); HALT(); return p; }
static uintptr_t at_store(void) { LI(R1, 77); uintptr_t p = ST(R1, R6, 16); HALT(); return p; }
static uintptr_t at_push(void) { LI(R1, 78); uintptr_t p = PUSH(R1); HALT(); return p; }
static uintptr_t at_pop(void) { LI(R1, 79); PUSH(R1); uintptr_t p = POP(R2); HALT(); return p; }
static uintptr_t at_addz_true(void) {
	LI(R1, 0);
	ADDI(R1, 0);
	LI(R2, 5);
	uintptr_t p = ADDZ(R3, R2);
	HALT();
	return p;
}
static uintptr_t at_literal(void)
{
	uintptr_t p = LDL(R3), over = B(0), word = mock_word(0x123456789abcdef0);

	mock_target(p, word);
	mock_target(over, HALT());
	return p;
}
static uintptr_t at_branch(void) {
	uintptr_t p = B(0);
	LI(R0, 1);
	mock_target(p, HALT());
	return p;
}
static uintptr_t at_bz_taken(void)
{
	LI(R1, 0);
	ADDI(R1, 0);
	uintptr_t p = BZ(0);
	LI(R0, 1);
	mock_target(p, HALT());
	return p;
}
static uintptr_t at_bz_not_taken(void)
{
	ADDI(R1, 1);
	uintptr_t p = BZ(0);
	LI(R0, 1);
	mock_target(p, HALT());
	return p;
}
/* A function, behind the main program, that returns by `ret` or by `pop pc`. */
static uintptr_t at_call(void)
{
	uintptr_t p = CALL(0);
	HALT();
	mock_target(p, LI(R0, 9));
	RET();
	return p;
}
static uintptr_t at_ret(void)
{
	uintptr_t p = CALL(0), ret;
	HALT();
	mock_target(p, LI(R0, 9));
	ret = RET();
	return ret;
}
static uintptr_t at_popret(void)
{
	uintptr_t p = CALL(0);
	HALT();
	mock_target(p, PUSH(LR));
	return POPRET();
}
static uintptr_t at_jump_register(void)
{
	uintptr_t l = LDL(R4), p = JR(R4);
	LI(R0, 1);
	uintptr_t to = HALT();
	mock_target(l, mock_word(to));
	return p;
}
static uintptr_t at_call_register(void)
{
	uintptr_t l = LDL(R4), p = CALLR(R4);
	HALT();
	uintptr_t f = LI(R0, 4);
	RET();
	mock_target(l, mock_word(f));
	return p;
}
static uintptr_t at_jump_memory(void)
{
	uintptr_t l = LDL(R4), to, p;
	ST(R4, R6, 24);
	p = JM(R6, 24);
	LI(R0, 1);
	to = HALT();
	mock_target(l, mock_word(to));
	return p;
}
static uintptr_t at_jump_literal(void)
{
	uintptr_t p = JL(), to;
	LI(R0, 1);
	to = HALT();
	mock_target(p, mock_word(to));
	return p;
}
static uintptr_t at_far(void) {
	LI(R0, 3);
	uintptr_t p = mock_emit(MOCK_FAR, 0, 0, 0);
	ADDI(R0, 1);
	HALT();
	return p;
}
static uintptr_t at_halt(void) { LI(R0, 3); uintptr_t p = HALT(); NOP(); NOP(); return p; }

/* clang-format on */

static const struct {
	const char *name;
	uintptr_t (*write)(void);
	enum tl_step plain, post; /* how it is stepped without and with handlers after it */
} kinds[] = {
        {"nop", at_nop, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"add", at_add, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"load", at_load, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"store", at_store, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"push", at_push, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"pop", at_pop, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"predicated, true", at_addz_true, TL_STEP_SLOT, TL_STEP_SLOT},
        {"load literal", at_literal, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"branch", at_branch, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"branch if zero, taken", at_bz_taken, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"branch if zero, not taken", at_bz_not_taken, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"call", at_call, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"return", at_ret, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"pop and return", at_popret, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"jump to register", at_jump_register, TL_STEP_BOOSTED, TL_STEP_SLOT},
        {"call register", at_call_register, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"jump through memory", at_jump_memory, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"jump to literal", at_jump_literal, TL_STEP_SIMULATED, TL_STEP_SIMULATED},
        {"no room for a jump back", at_far, TL_STEP_SLOT, TL_STEP_SLOT},
        {"last instruction", at_halt, TL_STEP_BOOSTED, TL_STEP_SLOT},
};

/* Runs the program; the final registers, and a sum over RAM in which handlers leave no trace. */
static struct mock_regs run(uintptr_t from, uint64_t *memory)
{
	memset((void *)MOCK_RAM, 0, MOCK_RAM_SIZE);
	for (unsigned i = 0; i < 64; i += 8)
		*(uint64_t *)(DATA + i) = 0x1111111111111111u * (i + 1);
	mock_cpu.regs =
	        (struct mock_regs){.r = {[R6] = DATA, [R5] = 0x5555, [SP] = MOCK_MAIN_STACK - 64}};
	CHECK(mock_run(from, 1000));
	*memory = 0;
	for (uintptr_t at = DATA; at < DATA + 64; at += 8)
		*memory = *memory * 31 + *(uint64_t *)at;
	return mock_cpu.regs;
}

/* By breakpoints in the text, and by comparators where the text takes none. */
static void bare_and_probed(void)
{
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (unsigned how = 0; how < 16; how++) {
			unsigned handlers = how & 7;
			bool rom = how & 8;
			struct mock_regs bare, probed, at_pc;
			struct watched w;
			struct tl_insn insn;
			uint8_t text[4];
			uint64_t memory[2];
			uintptr_t p;

			unit_at("%s with handlers %u%s", kinds[k].name, handlers,
			        rom ? " in ROM" : "");
			client_start();
			mock_org(MOCK_TEXT);
			p = kinds[k].write();
			memcpy(text, (void *)p, 4);
			bare = run(MOCK_TEXT, &memory[0]);
			probes_clear();
			mock_cpu.text_is_rom = rom;
			mock_cpu.comparators = rom;
			EQ(watch(&w, p, 'a', handlers), 0);
			EQ(*(uint8_t *)p == MOCK_BRK, !rom);
			EQ(tl_table.points[w.kp.probe.point].armed,
			   rom ? TL_ARMED_COMPARATOR : TL_ARMED_BREAK);
			EQ(tl_point_step(&tl_table.points[w.kp.probe.point]),
			   handlers & (POST | FAULT) ? kinds[k].post : kinds[k].plain);
			EQ(tl_probe_check(p, false, &insn), 0);
			EQ(tl_insn_step(p, &insn), kinds[k].plain);
			probed = run(MOCK_TEXT, &memory[1]);
			check_regs(&probed, &bare, 1 << PC);
			EQ(w.kp.hits, 1);
			EQ(w.kp.nmissed, 0);
			EQ(memory[1], memory[0]);
			EQ(w.npre, handlers & PRE ? 1 : 0);
			/* Nothing comes after the instruction that ends the run. */
			EQ(w.npost, handlers & POST && kinds[k].write != at_halt ? 1 : 0);
			EQ(w.nfault, 0);
			if (kinds[k].write != at_halt)
				EQ(probed.r[PC], bare.r[PC]);
			if (handlers & PRE)
				EQ(w.before.r[PC], p);
			EQ(tl_table.running, 0);
			EQ(tl_unregister_kprobe(&w.kp), 0);
			CHECK(!memcmp(text, (void *)p, 4));
			at_pc = run(MOCK_TEXT, &memory[1]);
			check_regs(&at_pc, &bare, 0);
		}
}

/* ---- what handlers may do ---- */

static uintptr_t simple; /* li r0, 1; add r0, r1; addi r2, 3; halt */

static void start_simple(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	LI(R0, 1);
	LI(R1, 10);
	simple = ADD(R0, R1);
	ADDI(R2, 3);
	HALT();
	probes_clear();
}

static int pre_changes(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[R1] = 100;
	return 0;
}

static void post_changes(struct watched *w, struct mock_regs *m)
{
	(void)w;
	EQ(m->r[R0], 101);
	m->r[R0] = 5;
}

static void changed_registers(void)
{
	struct watched w;

	start_simple();
	watch_prepare(&w, simple, 'a', PRE | POST);
	w.pre = pre_changes;
	w.post = post_changes;
	EQ(tl_register_kprobe(&w.kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(mock_cpu.regs.r[R0], 5);
	EQ(mock_cpu.regs.r[R1], 100);
	EQ(w.after.r[PC], simple + 2);
	SAME(probes_log, "aA");
}

static int pre_moves_sp(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[SP] -= 256;
	m->r[R3] = 33;
	return 0;
}

static void changed_stack_pointer(void)
{
	struct watched w;

	start_simple();
	watch_prepare(&w, simple, 'a', PRE | POST);
	w.pre = pre_moves_sp;
	EQ(tl_register_kprobe(&w.kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(mock_cpu.regs.r[SP], MOCK_MAIN_STACK - 256);
	EQ(mock_cpu.regs.r[R0], 11);
	EQ(mock_cpu.regs.r[R3], 33);
	EQ(tl_table.running, 0);
}

static int pre_skips(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[PC] += 2;
	return 1;
}

static void nonzero_skips(void)
{
	struct watched first, second, third;

	start_simple();
	watch_prepare(&second, simple, 'b', PRE | POST | FAULT);
	second.pre = pre_skips;
	EQ(watch(&first, simple, 'a', PRE | POST), 0);
	EQ(tl_register_kprobe(&second.kp), 0);
	EQ(watch(&third, simple, 'c', PRE | POST), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "ab"); /* no step, no post, and the rest of the chain is left out */
	EQ(mock_cpu.regs.r[R0], 1);
	EQ(mock_cpu.regs.r[R2], 3);
	EQ(first.kp.hits, 1);
	EQ(third.kp.hits, 1);
	EQ(third.kp.nmissed, 0);
}

static int pre_jumps(struct watched *w, struct mock_regs *m)
{
	m->r[PC] = (uintptr_t)w->kp.data;
	return 1;
}

static void handler_sets_pc(void)
{
	struct watched w;

	start_simple();
	watch_prepare(&w, simple, 'a', PRE | POST);
	w.pre = pre_jumps;
	w.kp.data = (void *)mock_here();
	LI(R7, 42);
	HALT();
	EQ(tl_register_kprobe(&w.kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	EQ(mock_cpu.regs.r[R7], 42);
	EQ(mock_cpu.regs.r[R2], 0);
	SAME(probes_log, "a");
}

static void predicate_false(void)
{
	struct watched w;
	uintptr_t p;

	client_start();
	mock_org(MOCK_TEXT);
	LI(R1, 1);
	ADDI(R1, 1); /* not zero */
	p = ADDZ(R0, R1);
	HALT();
	for (unsigned handlers = 0; handlers < 4; handlers++) {
		EQ(watch(&w, p, 'a', handlers), 0);
		CHECK(mock_run(MOCK_TEXT, 100));
		EQ(mock_cpu.regs.r[R0], 0);
		EQ(w.kp.hits, 0); /* it did not execute: its probes do not fire */
		EQ(w.npre + w.npost, 0);
		EQ(mock_cpu.traps, handlers + 1);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

/* ---- several probes on one address ---- */

static void in_order(void)
{
	struct watched w[4];

	start_simple();
	for (unsigned i = 0; i < 4; i++)
		EQ(watch(&w[i], simple, (char)('a' + i), i == 2 ? POST : PRE | POST), 0);
	EQ(tl_points_used(), 1);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "abdABCD");

	probes_clear();
	EQ(tl_disable_kprobe(&w[1].kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "adACD");
	EQ(w[1].kp.hits, 1);

	/* One that left and came back is last. */
	probes_clear();
	EQ(tl_unregister_kprobe(&w[0].kp), 0);
	EQ(watch(&w[0], simple, 'a', PRE), 0);
	EQ(tl_enable_kprobe(&w[1].kp), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "bdaBCD");

	for (unsigned i = 0; i < 4; i++) {
		EQ(*(uint8_t *)simple, MOCK_BRK);
		EQ(tl_unregister_kprobe(&w[i].kp), 0);
	}
	EQ(*(uint8_t *)simple, MOCK_ADD);
}

/* Adjacent instructions all probed: a slot's jump back runs into the next breakpoint. */
static void neighbours(void)
{
	struct watched w[3];

	start_simple();
	EQ(watch(&w[0], simple - 4, 'a', PRE | POST), 0);
	EQ(watch(&w[1], simple, 'b', PRE | POST), 0);
	EQ(watch(&w[2], simple + 2, 'c', PRE | POST), 0);
	CHECK(mock_run(MOCK_TEXT, 100));
	SAME(probes_log, "aAbBcC");
	EQ(mock_cpu.regs.r[R0], 11);
	EQ(mock_cpu.regs.r[R2], 3);
}

/* ---- hits without handlers cost one trap ---- */

static void traps_per_hit(void)
{
	static const struct {
		unsigned handlers, traps;
	} cases[] = {{0, 1}, {PRE, 2}, {POST, 3}, {PRE | POST, 4}, {FAULT, 2}};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct watched w;

		unit_at("handlers %u", cases[i].handlers);
		start_simple();
		EQ(watch(&w, simple, 'a', cases[i].handlers), 0);
		CHECK(mock_run(MOCK_TEXT, 100));
		EQ(mock_cpu.traps, cases[i].traps);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

/* Handlers take each other out, and their objects are used for something else at once. */
static struct watched *victim;
static int takes_out(struct watched *w, struct mock_regs *m)
{
	(void)w, (void)m;
	if (victim) {
		EQ(tl_unregister_kprobe(&victim->kp), 0);
		memset(victim, 0xff, sizeof *victim);
		victim = NULL;
	}
	return 0;
}

static void taken_out(void)
{
	for (unsigned k = 0; k < 3; k++) {
		static const char *const left[] = {"abcbc", "acac", "abab"};
		struct watched w[3];

		unit_at("number %u", k);
		client_start();
		probes_clear();
		mock_org(MOCK_TEXT);
		uintptr_t at = ADDI(R0, 1);
		HALT();
		for (unsigned i = 0; i < 3; i++) {
			watch_prepare(&w[i], at, (char)('a' + i), PRE);
			w[i].pre = takes_out;
			EQ(tl_register_kprobe(&w[i].kp), 0);
		}
		victim = &w[k];
		CHECK(mock_run(at, 100) && mock_run(at, 100));
		SAME(probes_log, left[k]);
		for (unsigned i = 0; i < 3; i++)
			EQ(i == k ? 0 : tl_unregister_kprobe(&w[i].kp), 0);
	}
}

/* Zero is "go on with the instruction", whatever a handler has made of the PC. */
static int moves_pc(struct watched *w, struct mock_regs *m)
{
	(void)w;
	m->r[PC] += 64;
	return 0;
}

static void pc_moved(void)
{
	for (unsigned simulated = 0; simulated < 2; simulated++) {
		struct watched w;

		unit_at(simulated ? "simulated" : "slot");
		client_start();
		mock_org(MOCK_TEXT);
		uintptr_t at = simulated ? B(MOCK_TEXT + 4) : LI(R1, 5);
		ADDI(R0, 1);
		HALT();
		watch_prepare(&w, at, 'a', PRE | POST);
		w.pre = moves_pc;
		EQ(tl_register_kprobe(&w.kp), 0);
		CHECK(mock_run(at, 100));
		EQ(mock_cpu.regs.r[R0], 1);
		EQ(w.npost, 1);
		EQ(tl_unregister_kprobe(&w.kp), 0);
	}
}

static const struct unit_test tests[] = {
        {"handlers that take each other out", taken_out},
        {"a handler that moves the PC and does not say so", pc_moved},
        {"every kind of instruction, bare against probed, with every set of handlers",
         bare_and_probed},
        {"pre and post handlers see and change registers", changed_registers},
        {"a pre handler moves the stack pointer", changed_stack_pointer},
        {"nonzero from a pre handler: no step, no post, the rest of the chain left out",
         nonzero_skips},
        {"a pre handler sets the pc", handler_sets_pc},
        {"a false predicate: no hit", predicate_false},
        {"probes at one address run in order of registration", in_order},
        {"probes on neighbouring instructions", neighbours},
        {"traps per hit", traps_per_hit},
};
UNIT_MAIN(tests)
