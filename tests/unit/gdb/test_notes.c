/* SPDX-License-Identifier: MIT */
/*
 * The pool of notes: order, the draft, a full pool, and what a walk finds when notes go meanwhile.
 */
#include <string.h>

#include "client.h"
#include "trace/notes.h"
#include "unit.h"

enum { A = TL_OWNER_BREAK, B = TL_OWNER_TRACE, HEAD = 4 };

static void give(unsigned owner, const char *text)
{
	EQ(tl_note_add(TL_NOTE_TEXT, text, (unsigned)strlen(text)), 0);
	tl_notes_give(owner);
}

/* The owner's notes, in order, each with a dot behind it. */
static const char *all(unsigned owner)
{
	static char text[2 * TL_NOTES];
	struct tl_note note = tl_notes_of(owner);
	unsigned n = 0;

	while (tl_note_next(&note)) {
		memcpy(text + n, note.bytes, note.size);
		n += note.size;
		text[n++] = '.';
	}
	text[n] = 0;
	return text;
}

static void order(void)
{
	give(A, "one");
	give(B, "two");
	give(A, "");
	give(B, "three");
	give(A, "four");
	SAME(all(A), "one..four.");
	SAME(all(B), "two.three.");
	tl_notes_drop(A);
	SAME(all(A), "");
	SAME(all(B), "two.three.");
	give(A, "five");
	SAME(all(A), "five.");
}

/* What is being received belongs to nobody until it is given. */
static void draft(void)
{
	give(A, "old");
	EQ(tl_note_add(TL_NOTE_TEXT, "new", 3), 0);
	EQ(tl_note_add(TL_NOTE_TEXT, "er", 2), 0);
	SAME(all(A), "old.");
	SAME(all(TL_OWNER_DRAFT), "new.er.");
	tl_notes_drop(TL_OWNER_DRAFT);
	SAME(all(A), "old.");
	tl_notes_give(A);
	SAME(all(A), "old.");
}

/* A note that has no room leaves the pool as it was; the last one that has fills it to the byte. */
static void full(void)
{
	static uint8_t bytes[TL_NOTES];
	unsigned n = 0;

	EQ(tl_note_add(TL_NOTE_TEXT, bytes, sizeof bytes), -TL_EFULL);
	EQ(tl_note_add(TL_NOTE_TEXT, bytes, 0xffffffff), -TL_EFULL);
	for (; !tl_note_add(TL_NOTE_TEXT, bytes, 60); n++)
		tl_notes_give(n % 2 ? A : B);
	EQ(n, TL_NOTES / (60 + HEAD));
	EQ(tl_note_add(TL_NOTE_TEXT, bytes,
	               TL_NOTES % (60 + HEAD) ? TL_NOTES % (60 + HEAD) - HEAD : 1),
	   TL_NOTES % (60 + HEAD) ? 0 : -TL_EFULL);
	EQ(tl_note_open(TL_NOTE_TEXT, 0) != 0, 0);
	tl_notes_drop(A);
	tl_notes_drop(B);
	tl_notes_drop(TL_OWNER_DRAFT);
	EQ(tl_note_add(TL_NOTE_TEXT, bytes, TL_NOTES - HEAD), 0);
	EQ(tl_note_add(TL_NOTE_TEXT, bytes, 0), -TL_EFULL);
}

/* A walk ends where notes have moved: GDB asks for a tracepoint's actions one by one, and may drop
 * them in between. */
static void dropped_in_a_walk(void)
{
	struct tl_note note;

	give(A, "one");
	give(B, "two");
	give(B, "three");
	note = tl_notes_of(B);
	CHECK(tl_note_next(&note));
	tl_notes_drop(TL_OWNER_USER); /* there is none: nothing moves */
	CHECK(tl_note_next(&note));
	note = tl_notes_of(B);
	CHECK(tl_note_next(&note));
	tl_notes_drop(A);
	CHECK(!tl_note_next(&note));
	SAME(all(B), "two.three.");
}

/* The same at random: what is there is what was given and not dropped. */
static void at_random(void)
{
	static char want[4][4 * TL_NOTES];
	char text[40];

	unit_seed(1);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned which = unit_below(4), n = unit_below(30);

		if (!unit_below(8)) {
			tl_notes_drop(A + which);
			want[which][0] = 0;
			continue;
		}
		for (unsigned i = 0; i < n; i++)
			text[i] = (char)('a' + unit_below(26));
		text[n] = 0;
		if (tl_note_add(TL_NOTE_TEXT, text, n))
			continue;
		tl_notes_give(A + which);
		strcat(strcat(want[which], text), ".");
		for (unsigned i = 0; i < 4; i++)
			SAME(all(A + i), want[i]);
	}
}

static const struct unit_test tests[] = {
        {"notes of an owner stay in order", order},
        {"a draft is nobody's until it is given", draft},
        {"a full pool", full},
        {"notes dropped in a walk", dropped_in_a_walk},
        {"notes at random", at_random},
};
UNIT_MAIN(tests)
