/* SPDX-License-Identifier: MIT */
/*
 * The proof, for any architecture: see insn.h. Commands on the console:
 *   go SEED [FIRST LAST]   proves the rows, or those of these numbers
 *   break N SEED           proves the row on which deliberate breakage N shows
 * Anything else asks if it is there. One line per row, and a summary.
 */
#include "insn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "probe/text.h"
#include "stream/remote.h"
#include "stream/ring.h"
#include "trace/trace.h"

enum {
	STATES = 64,        /* at least so many per row that do not fault */
	STATES_PER_BIT = 8, /* and so many more for every bit that the row leaves open */
	DRAWS = 20000,      /* so many in search of them */
	SHOWN = 3,          /* disagreements of a row that are printed */
};

/* How the instruction is probed in C; then once by a host, with a snapshot, and once by GDB, where
 * that needs no trap. */
static const struct way {
	const char *name;
	bool pre, post;
} ways[] = {{"without handlers", false, false},
            {"with pre_handler", true, false},
            {"with post_handler", true, true}};

enum { WAYS = sizeof ways / sizeof ways[0] };

static uint32_t random_state;
static struct insn_case now;
static struct insn_state bare;
static unsigned jumps; /* cases that ran behind one */
static unsigned pre_runs, post_runs;
static bool pre_sees, post_sees;

uint32_t insn_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static void seed(uint32_t seed, unsigned row, unsigned draw)
{
	random_state = (seed * 2654435761u ^ row * 2246822519u ^ draw * 3266489917u) | 1;
	for (unsigned i = 0; i < 4; i++)
		insn_random();
}

/* ---- handlers: what they see is what is or will be ---- */

/* Handlers are C code, which uses registers of FP, too. */
static void use_fp(const struct insn_state *state)
{
	static volatile float sum = 1.5f;

	if (insn_uses_fp(state))
		sum = sum * 1.0625f - 0.25f;
}

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	use_fp(&now.from);
	pre_runs++;
	pre_sees = insn_sees(&now, &now.from, false, regs);
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp;
	use_fp(&bare);
	post_runs++;
	post_sees = insn_sees(&now, &bare, true, regs);
}

/* ---- one run ---- */

static const char *what_differs(const struct insn_state *got)
{
	static char text[64];

	for (unsigned i = 0; i < INSN_WORDS; i++) {
		if (got->word[i] == bare.word[i])
			continue;
		snprintf(text, sizeof text, "%s is %08lx, not %08lx",
		         insn_words[i] ? insn_words[i] : "?", (unsigned long)got->word[i],
		         (unsigned long)bare.word[i]);
		return text;
	}
	return NULL;
}

/* By a host: the shortest way through a trap. Returns what is wrong, or NULL. */
static const char *run_snapshot(void)
{
	const struct tl_remote want = {.addr = now.addr,
	                               .id = 1,
	                               .kind = TL_KIND_SNAPSHOT,
	                               .select = UINT32_MAX,
	                               .every = 1};
	struct insn_state after;
	struct tl_remote *r;

	tl_poll();
	while (tl_ring_peek())
		tl_ring_drop();
	if (tl_remote_add(&want, &r))
		return "refused";
	insn_run(&now, false, &after);
	const uintptr_t *record = tl_ring_peek();
	const char *wrong = what_differs(&after);

	if (!wrong &&
	    (tl_remote_hits(r) != now.fires || r->probe.hits != now.fires || !record == now.fires))
		wrong = record ? "a snapshot in a false lane" : "no snapshot";
	if (!wrong && record &&
	    !insn_sees(&now, &now.from, false, (const struct tl_regs *)(record + TL_RECORD_HEAD)))
		wrong = "the snapshot has other registers";
	tl_remote_del(r);
	return wrong;
}

/* By GDB, behind a jump where that can be: the shortest way without a trap. Returns what is wrong,
 * or NULL. */
#if TL_FAST
static const char *run_fast(void)
{
	struct tl_tracepoint want = {.number = 1,
	                             .enabled = true,
	                             .fast = TL_JUMP_LEN,
	                             .addr = now.addr},
	                     *tp;
	struct tl_traceframe frame = tl_traceframe_none();
	uintptr_t regs[TL_ARCH_REGS_SIZE / sizeof(uintptr_t)];
	struct insn_state after;
	const char *wrong = NULL;

	tl_poll();
	tl_note_add(TL_NOTE_REGISTERS, "f", 1);
	if (tl_tracepoint_define(&want, &tp) || tl_tracepoint_complete(tp) || tl_trace_start())
		wrong = "refused";
	else if (tl_table.points[tp->probe.point].armed == TL_ARMED_JUMP) {
		jumps++;
		insn_run(&now, false, &after);
		wrong = what_differs(&after);
		if (!wrong && (tp->traced != 1 || tp->missed || !tl_traceframe_next(&frame)))
			wrong = "no trace frame, or missed";
		if (!wrong) {
			unsigned before = 1 + tl_arch_isa->regs[0].gdb * (unsigned)sizeof *regs;

			tl_trace_copy(frame.at + before, regs,
			              tl_arch_isa->ncore * (unsigned)sizeof *regs);
			if (!insn_sees(&now, &now.from, false, (const struct tl_regs *)regs))
				wrong = "the trace frame has other registers";
		}
	}
	tl_trace_forget();
	return wrong;
}
#else
static const char *run_fast(void)
{
	return NULL;
}
#endif

/* Returns what is wrong, or NULL. */
static const char *run_probed(const struct way *way)
{
	struct tl_kprobe kp = {.addr = now.addr,
	                       .pre_handler = way->pre ? pre : NULL,
	                       .post_handler = way->post ? post : NULL};
	struct insn_state after;
	bool executes = insn_executed(&now, &bare);

	tl_poll(); /* arms again what a fault has disarmed */
	int error = tl_register_kprobe(&kp);
	if (way->post && now.no_trap)
		return error == -TL_EMASK ? NULL : "not refused with a post_handler";
	if (error) {
		static char text[24];
		snprintf(text, sizeof text, "refused: %d", error);
		return text;
	}
	pre_runs = post_runs = 0;
	insn_run(&now, false, &after);
	tl_unregister_kprobe(&kp);
	const char *wrong = what_differs(&after);
	if (!wrong && (kp.hits != now.fires || kp.nmissed))
		wrong = kp.hits ? "a hit in a false lane, or missed" : "no hit";
	if (!wrong && way->pre && pre_runs != now.fires)
		wrong = "pre_handler did not run once";
	if (!wrong && way->post && post_runs != executes)
		wrong = post_runs ? "post_handler ran" : "post_handler did not run";
	if (!wrong && pre_runs && !pre_sees)
		wrong = "pre_handler sees other registers";
	if (!wrong && post_runs && !post_sees)
		wrong = "post_handler sees other registers";
	return wrong;
}

/* ---- one row ---- */

struct tally {
	unsigned states, faults, disagreements;
};

static void disagree(struct tally *tally, unsigned row, unsigned draw, const char *way,
                     const char *what)
{
	if (tally->disagreements++ < SHOWN)
		printf("# row %u, draw %u: %0*lx at %08lx, %s: %s\n", row, draw, 2 * now.row->len,
		       (unsigned long)now.bits, (unsigned long)now.addr, way, what);
}

/* What is refused: registering says why, and nothing runs. */
static void prove_refused(struct tally *tally, unsigned row, unsigned draw)
{
	struct tl_kprobe kp = {.addr = now.addr};
	int error = tl_register_kprobe(&kp);

	if (!error)
		tl_unregister_kprobe(&kp);
	if (error != now.error)
		disagree(tally, row, draw, "registering", "not refused, or for another reason");
}

static void prove_case(struct tally *tally, unsigned row, unsigned draw)
{
	insn_place(&now);
	tally->states++;
	if (now.error) {
		prove_refused(tally, row, draw);
	} else {
		insn_run(&now, true, &bare);
		tally->faults += insn_faulted(&now, &bare);
		for (unsigned i = 0; i < WAYS; i++) {
			const char *wrong = run_probed(&ways[i]);
			if (wrong)
				disagree(tally, row, draw, ways[i].name, wrong);
		}
		const char *wrong = run_snapshot();
		if (wrong)
			disagree(tally, row, draw, "with a snapshot", wrong);
		wrong = run_fast();
		if (wrong)
			disagree(tally, row, draw, "behind a jump", wrong);
	}
	insn_remove(&now);
}

static unsigned open_bits(const struct insn_row *row)
{
	return 8u * row->len - (unsigned)__builtin_popcountl(row->mask);
}

static struct tally prove_row(uint32_t first_seed, unsigned n, const struct insn_row *row)
{
	struct tally tally = {0, 0, 0};
	unsigned want = STATES + STATES_PER_BIT * open_bits(row);

	for (unsigned draw = 0; draw < DRAWS; draw++) {
		if (tally.states - (row->faults ? 0 : tally.faults) >= want)
			break;
		seed(first_seed, n, draw);
		if (insn_draw(row, &now))
			prove_case(&tally, n, draw);
	}
	return tally;
}

static void prove(uint32_t first_seed, unsigned first, unsigned last)
{
	struct tally sum = {0, 0, 0};
	unsigned rows = 0, thin = 0, refused = 0;
	struct insn_row row;

	printf("# proving %s on %s, seed %lu\n", tl_arch_isa->name, tl_board_port.board,
	       (unsigned long)first_seed);
	for (unsigned n = 0; insn_row(n, &row); n++) {
		if (n < first || n > last || (insn_broken && !*insn_breakage(insn_broken, &row)))
			continue;
		struct tally tally = prove_row(first_seed, n, &row);
		unsigned good = tally.states - (row.faults ? 0 : tally.faults);

		printf("row %u %s %u %0*lx %0*lx %s: %u states, %u faults, %u disagreements\n", n,
		       row.table, row.index, 2 * row.len, (unsigned long)row.mask, 2 * row.len,
		       (unsigned long)row.match,
		       row.error ? "refused" : (row.faults ? "faults" : "runs"), tally.states,
		       tally.faults, tally.disagreements);
		rows++;
		refused += row.error != 0;
		thin += good < STATES;
		sum.states += tally.states;
		sum.faults += tally.faults;
		sum.disagreements += tally.disagreements;
	}
	if (TL_FAST)
		printf("# %u of them behind a jump, too\n", jumps);
	if (!rows)
		puts("# no row of this instruction set");
	printf("done: %u rows, %u of them refused, %u not exercised, %u states, %u faults, %u "
	       "disagreements\n",
	       rows, refused, thin, sum.states, sum.faults, sum.disagreements);
}

static void serve(char *line)
{
	uint32_t numbers[3] = {1, 0, UINT32_MAX};
	bool go = !strncmp(line, "go ", 3), broken = !strncmp(line, "break ", 6);

	if (!go && !broken) {
		puts("insn: ready");
		return;
	}
	line += broken ? 6 : 3;
	insn_broken = broken ? strtoul(line, &line, 0) : 0;
	for (unsigned i = 0; i < 3 && *line; i++)
		numbers[i] = strtoul(line, &line, 0);
	if (broken && !insn_breakage(insn_broken, NULL)) {
		puts("done: no such breakage");
		return;
	}
	if (broken)
		printf("# broken: %s\n", insn_breakage(insn_broken, NULL));
	prove(numbers[0], numbers[1], numbers[2]);
}

int main(void)
{
	static char line[64];
	size_t length = 0;
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	insn_init();
	puts("insn: ready");
	for (;;) {
		tl_poll();
		if (tl_console_read(&c, 1) != 1)
			continue;
		if (c != '\n') {
			line[length++ % sizeof line] = c;
			continue;
		}
		line[length % sizeof line] = 0;
		length = 0;
		serve(line);
	}
}
