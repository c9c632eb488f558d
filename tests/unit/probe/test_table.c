/* SPDX-License-Identifier: MIT */
/* config: small */
/*
 * The probe table by its C API: every refusal, that a refusal changes nothing, enable and disable,
 * slots and who may have them.
 */
#include <string.h>

#include "probe/front.h"
#include "probe/table.h"
#include "probes.h"
#include "stream/remote.h"
#include "unit.h"

/* Everything that a refusal must leave as it was. */
struct image {
	uint8_t text[MOCK_TEXT_SIZE], flash[0x1000], slots[sizeof tl_slots],
	        remotes[sizeof tl_remotes];
	struct tl_point points[TL_POINTS];
	struct tl_kprobe kp;
};

static void take(struct image *i, const struct tl_kprobe *kp)
{
	memcpy(i->text, (void *)MOCK_TEXT, sizeof i->text);
	memcpy(i->flash, (void *)MOCK_FLASH, sizeof i->flash);
	memcpy(i->slots, tl_slots, sizeof i->slots);
	memcpy(i->remotes, tl_remotes, sizeof i->remotes);
	memcpy(i->points, tl_table.points, sizeof i->points);
	memcpy(&i->kp, kp, sizeof i->kp);
}

static void refused(struct tl_kprobe *kp, int err)
{
	static struct image before, after;

	take(&before, kp);
	EQ(tl_register_kprobe(kp), -err);
	take(&after, kp);
	CHECK(!memcmp(before.text, after.text, sizeof before.text));
	CHECK(!memcmp(before.flash, after.flash, sizeof before.flash));
	CHECK(!memcmp(&before.kp, &after.kp, sizeof before.kp));
	CHECK(!memcmp(before.remotes, after.remotes, sizeof before.remotes));
	for (unsigned i = 0; i < TL_POINTS; i++) {
		EQ(after.points[i].state == TL_POINT_LIVE, before.points[i].state == TL_POINT_LIVE);
		if (after.points[i].state == TL_POINT_LIVE)
			CHECK(!memcmp(&before.points[i], &after.points[i],
			              sizeof before.points[i]) &&
			      !memcmp(&before.slots[i * TL_SLOT_SIZE],
			              &after.slots[i * TL_SLOT_SIZE], TL_SLOT_SIZE));
	}
	EQ(tl_unregister_kprobe(kp), -TL_ENOENT);
	EQ(tl_enable_kprobe(kp), -TL_ENOENT);
	EQ(tl_disable_kprobe(kp), -TL_ENOENT);
}

static int never(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	unit_fail(__FILE__, __LINE__, "a handler of a refused probe ran");
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
}

static int claims(struct tl_kprobe *kp, struct tl_regs *regs, unsigned cause)
{
	(void)kp, (void)regs, (void)cause;
	return 1;
}

static const uintptr_t good = 0x10000000; /* MOCK_TEXT: a program of nops */

static void start(void)
{
	client_start();
	mock_org(MOCK_TEXT);
	for (unsigned i = 0; i < 32; i++)
		NOP();
	HALT();
	tl_set_symbols(NULL);
	probes_clear();
}

static const struct tl_symbol symbols[] = {
        {"entry", MOCK_TEXT}, {"entry_point", MOCK_TEXT + 8}, {NULL, 0}};

static void how_registered(void)
{
	struct tl_kprobe kp = {.pre_handler = never};

	start();
	refused(&kp, TL_EINVAL); /* neither */
	kp.addr = good;
	kp.symbol = "entry";
	refused(&kp, TL_EINVAL); /* both */
	kp.symbol = NULL;
	for (unsigned bit = 1; bit < 32; bit++) {
		kp.flags = 1u << bit;
		refused(&kp, TL_EINVAL);
	}
	kp.flags = 0;
	kp.addr = 0;
	kp.symbol = "entry";
	refused(&kp, TL_ENOENT); /* no table */
	tl_set_symbols(symbols);
	kp.symbol = "entr";
	refused(&kp, TL_ENOENT);
	kp.symbol = "entryx";
	refused(&kp, TL_ENOENT);
	kp.symbol = "";
	refused(&kp, TL_ENOENT);
	kp.symbol = "entry_point";
	kp.offset = 2;
	EQ(tl_register_kprobe(&kp), 0);
	EQ(tl_table.points[kp.probe.point].addr, good + 10);
	EQ(tl_register_kprobe(&kp), -TL_EBUSY);
	EQ(tl_unregister_kprobe(&kp), 0);
	EQ(tl_unregister_kprobe(&kp), -TL_ENOENT);
	kp.offset = 0;
	EQ(tl_register_kprobe(&kp), 0); /* again, elsewhere */
	EQ(tl_table.points[kp.probe.point].addr, good + 8);
}

static uintptr_t text_of(enum mock_op op)
{
	return mock_emit(op, 0, 0, 0);
}

static void where_refused(void)
{
	const struct {
		const char *name;
		uintptr_t addr;
		uint32_t offset;
		int err;
	} cases[] = {
	        {"data memory", MOCK_RAM, 0, TL_ETEXT},
	        {"nowhere", 0x40000000, 0, TL_ETEXT},
	        {"the last address", ~(uintptr_t)1, 0, TL_ETEXT},
	        {"before text", MOCK_TEXT - 2, 0, TL_ETEXT},
	        {"behind text", MOCK_TEXT + MOCK_TEXT_SIZE, 0, TL_ETEXT},
	        {"the agent", (uintptr_t)tl_register_kprobe & ~(uintptr_t)1, 0, TL_ENOPROBE},
	        {"the agent's trap", (uintptr_t)tl_trap & ~(uintptr_t)1, 0, TL_ENOPROBE},
	        {"a slot", (uintptr_t)tl_slots[1], 0, TL_ENOPROBE},
	        {"the end of the slots", (uintptr_t)tl_slots + sizeof tl_slots - 2, 0, TL_ENOPROBE},
	        {"an odd offset", MOCK_TEXT, 3, TL_EALIGN},
	        {"flash", MOCK_FLASH, 0, TL_EROM},
	        {"a 4-byte instruction cut off by the end of text", MOCK_TEXT + MOCK_TEXT_SIZE - 2,
	         0, TL_ETEXT},
	};

	start();
	mock_org(MOCK_FLASH);
	NOP();
	*(uint8_t *)(MOCK_TEXT + MOCK_TEXT_SIZE - 2) = MOCK_LI;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_kprobe kp = {
		        .addr = cases[i].addr, .offset = cases[i].offset, .pre_handler = never};

		unit_at("%s", cases[i].name);
		refused(&kp, cases[i].err);
	}
	EQ(tl_points_used(), 0);
}

static void what_refused(void)
{
	static const struct {
		const char *name;
		enum mock_op op;
		bool post;
		int err;
	} cases[] = {
	        {"undefined", (enum mock_op)0x7f, false, TL_EUNDEF},
	        {"undefined, 4 bytes", (enum mock_op)0xff, false, TL_EUNDEF},
	        {"a breakpoint of the firmware's own", MOCK_BRK, false, TL_EBRK},
	        {"return from exception", MOCK_RETI, false, TL_EINSN},
	        {"load-exclusive", MOCK_LDX, false, TL_EEXCL},
	        {"store-exclusive", MOCK_STX, false, TL_EEXCL},
	        {"masks traps, boosted", MOCK_MASK, false, 0},
	        {"masks traps, then a post handler", MOCK_MASK, true, TL_EMASK},
	        {"masks traps under a predicate", MOCK_MASKZ, false, TL_EMASK},
	        {"masks traps, and no jump back fits", MOCK_MASKF, false, TL_EMASK},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tl_kprobe kp = {.pre_handler = never};

		unit_at("%s", cases[i].name);
		start();
		mock_org(MOCK_TEXT + 0x100);
		kp.addr = text_of(cases[i].op);
		if (cases[i].post)
			kp.post_handler = post;
		if (cases[i].err)
			refused(&kp, cases[i].err);
		else
			EQ(tl_register_kprobe(&kp) | tl_unregister_kprobe(&kp), 0);
	}
}

/* A second probe's post handler, where only the first one was harmless. */
static void masking_shared(void)
{
	struct tl_kprobe a = {.addr = MOCK_TEXT}, b = {.addr = MOCK_TEXT, .post_handler = post};

	client_start();
	mock_org(MOCK_TEXT);
	MASK();
	UNMASK();
	HALT();
	EQ(tl_register_kprobe(&a), 0);
	refused(&b, TL_EMASK);
	b.post_handler = NULL;
	b.fault_handler = claims;
	refused(&b, TL_EMASK);
	CHECK(mock_run(MOCK_TEXT, 10));
	EQ(a.hits, 1);
}

static void exclusive_window(void)
{
	uintptr_t at[6];

	start();
	mock_org(MOCK_TEXT + 0x100);
	at[0] = LI(R6, 0);
	at[1] = LDX(R0, R6);
	at[2] = ADDI(R0, 1);
	at[3] = NOP();
	at[4] = STX(R0, R6);
	at[5] = NOP();
	for (unsigned i = 0; i < 6; i++) {
		struct tl_kprobe kp = {.addr = at[i]};

		unit_at("instruction %u", i);
		if (i >= 1 && i <= 4) {
			refused(&kp, TL_EEXCL);
		} else {
			/* Also with its neighbour patched: the decoder sees the text as linked. */
			struct tl_kprobe other = {.addr = at[0]};

			EQ(tl_register_kprobe(&other), 0);
			EQ(tl_register_kprobe(&kp), 0);
			EQ(tl_unregister_kprobe(&kp), 0);
			EQ(tl_unregister_kprobe(&other), 0);
		}
	}
}

/* ---- flags ---- */

static uint8_t first_byte(void)
{
	return *(uint8_t *)good;
}

static void enabled_and_armed(void)
{
	struct tl_kprobe a = {.addr = good}, b = {.addr = good, .flags = TL_DISABLED};

	start();
	EQ(tl_register_kprobe(&b), 0);
	EQ(first_byte(), MOCK_NOP); /* disarmed while all its probes are disabled */
	EQ(tl_register_kprobe(&a), 0);
	EQ(first_byte(), MOCK_BRK);
	EQ(tl_disable_kprobe(&a), 0);
	EQ(a.flags, TL_DISABLED);
	EQ(first_byte(), MOCK_NOP);
	CHECK(mock_run(good, 100));
	EQ(a.hits + b.hits, 0);
	EQ(tl_enable_kprobe(&b), 0);
	EQ(tl_enable_kprobe(&b), 0); /* idempotent */
	EQ(b.flags, 0);
	CHECK(mock_run(good, 100));
	EQ(a.hits, 0);
	EQ(b.hits, 1);

	tl_disarm_all();
	tl_disarm_all();
	CHECK(tl_held());
	EQ(first_byte(), MOCK_NOP);
	EQ(tl_enable_kprobe(&a), 0); /* its flag changes, the text does not */
	EQ(first_byte(), MOCK_NOP);
	EQ(tl_disable_kprobe(&b), 0);
	CHECK(mock_run(good, 100));
	tl_arm_all();
	EQ(first_byte(), MOCK_BRK);
	CHECK(mock_run(good, 100));
	EQ(a.hits, 1);
	EQ(b.hits, 1);

	/* Registered while everything is disarmed: armed with the rest. */
	tl_disarm_all();
	EQ(tl_unregister_kprobe(&a), 0);
	EQ(tl_unregister_kprobe(&b), 0);
	a.flags = 0;
	EQ(tl_register_kprobe(&a), 0);
	EQ(first_byte(), MOCK_NOP);
	tl_arm_all();
	EQ(first_byte(), MOCK_BRK);
	EQ(tl_unregister_kprobe(&a), 0);
	EQ(first_byte(), MOCK_NOP);
}

/* Text that stops taking writes is an error, with the flag as it was. */
static void text_becomes_rom(void)
{
	struct tl_kprobe a = {.addr = good, .flags = TL_DISABLED}, b = {.addr = good};

	start();
	EQ(tl_register_kprobe(&a), 0);
	mock_cpu.text_is_rom = true;
	EQ(tl_enable_kprobe(&a), -TL_EROM);
	EQ(a.flags, TL_DISABLED);
	EQ(tl_register_kprobe(&b), -TL_EROM);
	EQ(tl_register_kprobe(&b), -TL_EROM);
	CHECK(mock_run(good, 100));
	EQ(a.hits + b.hits, 0);
	mock_cpu.text_is_rom = false;
	EQ(tl_enable_kprobe(&a), 0);
	EQ(tl_register_kprobe(&b), 0);
	CHECK(mock_run(good, 100));
	EQ(a.hits, 1);
	EQ(b.hits, 1);
}

/* Text that takes no patch takes no point either, also where none can be taken back. */
static void refused_for_good(void)
{
	struct tl_kprobe flash[4 * TL_POINTS], a = {.addr = good};

	start();
	mock_cpu.tasks = 1; /* no base level */
	memset(flash, 0, sizeof flash);
	for (unsigned i = 0; i < 4 * TL_POINTS; i++) {
		flash[i].addr = MOCK_FLASH + 2 * i;
		EQ(tl_register_kprobe(&flash[i]), -TL_EROM);
	}
	EQ(tl_register_kprobe(&a), 0);
	CHECK(mock_run(good, 100));
	EQ(a.hits, 1);
}

/* A breakpoint that cannot be taken out is an error too; it goes on being stepped, and the firmware
 * runs. */
static void restore_fails(void)
{
	struct watched a;
	struct tl_kprobe others[TL_POINTS];

	start();
	EQ(watch(&a, good, 'a', PRE), 0);
	mock_cpu.text_is_rom = true;
	EQ(tl_disable_kprobe(&a.kp), -TL_EROM);
	EQ(first_byte(), MOCK_BRK);
	CHECK(mock_run(good, 100));
	SAME(probes_log, "a"); /* nothing has changed */
	EQ(tl_unregister_kprobe(&a.kp), -TL_EROM);
	CHECK(mock_run(good, 100));
	EQ(a.npre, 1);

	/* Its point serves no other address. */
	mock_cpu.text_is_rom = false;
	memset(others, 0, sizeof others);
	for (unsigned i = 0; i < TL_POINTS; i++) {
		others[i].addr = good + 2 + 2 * i;
		EQ(tl_register_kprobe(&others[i]), i < TL_POINTS - 1 ? 0 : -TL_EFULL);
	}
	CHECK(mock_run(good, 100));

	/* Probed once more, and taken out after all. */
	EQ(tl_register_kprobe(&a.kp), 0);
	CHECK(mock_run(good, 100));
	EQ(a.npre, 2);
	EQ(tl_unregister_kprobe(&a.kp), 0);
	EQ(first_byte(), MOCK_NOP);
	CHECK(mock_run(good, 100));
}

/* ---- points and slots ---- */

static void points_run_out(void)
{
	struct tl_kprobe kp[TL_POINTS + 1];

	start();
	memset(kp, 0, sizeof kp);
	for (unsigned i = 0; i < TL_POINTS; i++) {
		kp[i].addr = good + 2 * i;
		EQ(tl_register_kprobe(&kp[i]), 0);
	}
	kp[TL_POINTS].addr = good + 2 * TL_POINTS;
	refused(&kp[TL_POINTS], TL_EFULL);
	kp[TL_POINTS].addr = good; /* a point that there is has room for any number */
	EQ(tl_register_kprobe(&kp[TL_POINTS]), 0);
	CHECK(mock_run(good, 100));
	for (unsigned i = 0; i <= TL_POINTS; i++) {
		EQ(kp[i].hits, 1);
		EQ(tl_unregister_kprobe(&kp[i]), 0);
	}
	for (unsigned i = 0; i < 8; i++)
		EQ(*(uint8_t *)(good + 2 * i), MOCK_NOP);
}

/* Slots of deleted probes serve another address from base level only, and their own at any time. */
static void slots_retired(void)
{
	struct tl_kprobe kp = {.addr = 0};
	unsigned points[TL_POINTS];

	start();
	for (unsigned i = 0; i < TL_POINTS; i++) {
		kp.addr = good + 2 * i;
		EQ(tl_register_kprobe(&kp), 0);
		points[i] = kp.probe.point;
		EQ(tl_unregister_kprobe(&kp), 0);
		for (unsigned k = 0; k < i; k++)
			CHECK(points[k] != points[i]);
	}
	mock_cpu.tasks = 1; /* a task is suspended: where, nobody knows */
	kp.addr = good + 2 * TL_POINTS;
	refused(&kp, TL_ESLOT);
	for (unsigned i = 0; i < TL_POINTS; i++) {
		kp.addr = good + 2 * i;
		EQ(tl_register_kprobe(&kp), 0);
		EQ(kp.probe.point, points[i]);
		EQ(tl_unregister_kprobe(&kp), 0);
	}
	kp.addr = good + 2 * TL_POINTS;
	refused(&kp, TL_ESLOT);
	tl_quiescent(); /* the firmware knows */
	EQ(tl_register_kprobe(&kp), 0);
	EQ(tl_unregister_kprobe(&kp), 0);
	mock_cpu.tasks = 0;
	EQ(tl_register_kprobe(&kp), 0);
	CHECK(mock_run(good, 100));
	EQ(kp.hits, 1);
	EQ(tl_unregister_kprobe(&kp), 0);
}

/* The same from a handler: the hit it runs in has a slot to go back to. */
static struct tl_kprobe from_handler;
static int pre_registers(struct watched *w, struct mock_regs *m)
{
	(void)m;
	EQ(tl_unregister_kprobe(&w->kp), 0);
	EQ(tl_register_kprobe(&from_handler), -TL_ESLOT);
	return 0;
}

static void slot_of_running_hit(void)
{
	struct watched w[TL_POINTS];

	start();
	for (unsigned i = 0; i < TL_POINTS; i++) {
		watch_prepare(&w[i], good + 2 * i, 'a', PRE);
		if (i == 2)
			w[i].pre = pre_registers;
		EQ(tl_register_kprobe(&w[i].kp), 0);
	}
	from_handler = (struct tl_kprobe){.addr = good + 2 * TL_POINTS};
	CHECK(mock_run(good, 100));
	SAME(probes_log, "aaaa");
	EQ(*(uint8_t *)(good + 4), MOCK_NOP);
	EQ(tl_register_kprobe(&from_handler), 0); /* base level again */
}

/* Random registrations against a model: text, points and hits are as they should be after each. */
static void random_use(void)
{
	enum { KPS = 8 };
	struct tl_kprobe kp[KPS];
	bool registered[KPS] = {false}, enabled[KPS] = {false}, all = true;

	start();
	memset(kp, 0, sizeof kp);
	unit_seed(30);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = unit_below(KPS), points = 0;
		uint32_t before[KPS];

		unit_at("round %u", round);
		switch (unit_below(5)) {
		case 0:
			if (!registered[i]) {
				kp[i].addr = good + 2 * unit_below(6);
				kp[i].flags = unit_below(4) ? 0 : TL_DISABLED;
				enabled[i] = !kp[i].flags;
			}
			int err = tl_register_kprobe(&kp[i]);
			if (registered[i])
				EQ(err, -TL_EBUSY);
			else if (err)
				EQ(err, -TL_EFULL);
			registered[i] |= !err;
			break;
		case 1:
			EQ(tl_unregister_kprobe(&kp[i]), registered[i] ? 0 : -TL_ENOENT);
			registered[i] = false;
			break;
		case 2:
		case 3:
			if (registered[i]) {
				enabled[i] = unit_below(2);
				EQ(enabled[i] ? tl_enable_kprobe(&kp[i])
				              : tl_disable_kprobe(&kp[i]),
				   0);
			}
			break;
		default:
			all = unit_below(4);
			if (all)
				tl_arm_all();
			else
				tl_disarm_all();
		}
		for (unsigned a = 0; a < 6; a++) {
			bool live = false, armed = false;

			for (unsigned k = 0; k < KPS; k++)
				if (registered[k] && kp[k].addr == good + 2 * a) {
					live = true;
					armed |= enabled[k] && all;
				}
			points += live;
			EQ(*(uint8_t *)(good + 2 * a), armed ? MOCK_BRK : MOCK_NOP);
		}
		EQ(tl_points_used(), points);
		for (unsigned k = 0; k < KPS; k++)
			before[k] = kp[k].hits;
		CHECK(mock_run(good, 100));
		for (unsigned k = 0; k < KPS; k++)
			EQ(kp[k].hits - before[k], registered[k] && enabled[k] && all);
	}
}

static const struct unit_test tests[] = {
        {"how a probe is asked for", how_registered},
        {"where none may be", where_refused},
        {"instructions that are refused", what_refused},
        {"nothing may follow an instruction that masks traps", masking_shared},
        {"between load- and store-exclusive", exclusive_window},
        {"enabled, disabled, all disarmed, all armed", enabled_and_armed},
        {"text that does not take the patch", text_becomes_rom},
        {"text that does not take the patch costs nothing", refused_for_good},
        {"text that does not take the restore", restore_fails},
        {"more addresses than points", points_run_out},
        {"slots of deleted probes", slots_retired},
        {"the slot of a hit under way", slot_of_running_hit},
        {"random use, against a model", random_use},
};
UNIT_MAIN(tests)
