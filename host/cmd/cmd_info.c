/* SPDX-License-Identifier: MIT */
/*
 * trapline info: what the target is, what the ELF is, and whether they belong together. Either may
 * be missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "error.h"
#include "frame.h"
#include "output/output.h"
#include "session/attach.h"
#include "session/images.h"
#include "session/target.h"

/* A list of facts, in the format asked for. */
struct facts {
	FILE *out;
	enum format format;
	bool any;
};

static void text_fact(struct facts *f, const char *name, const char *value)
{
	if (f->format == FORMAT_TEXT) {
		fprintf(f->out, "%-14s %s\n", name, value);
	} else if (f->format == FORMAT_CSV) {
		fprintf(f->out, "%s,\"%s\"\n", name, value);
	} else {
		fputs(f->any ? "," : "{", f->out);
		json_string(f->out, name);
		fputc(':', f->out);
		json_string(f->out, value);
	}
	f->any = true;
}

static void number_fact(struct facts *f, const char *name, uint64_t value, const char *unit)
{
	if (f->format == FORMAT_JSONL) {
		fprintf(f->out, "%s\"%s\":%llu", f->any ? "," : "{", name,
		        (unsigned long long)value);
		f->any = true;
	} else {
		char text[64];

		snprintf(text, sizeof text, "%llu%s%s", (unsigned long long)value, *unit ? " " : "",
		         unit);
		text_fact(f, name, text);
	}
}

static void id_fact(struct facts *f, const char *name, const uint8_t *id, unsigned n)
{
	char hex[2 * BUILD_ID_MAX + 1];

	format_hex(hex, id, n);
	text_fact(f, name, n ? hex : "none");
}

/* What the agent was built with. */
static void features(struct facts *f, unsigned has)
{
	static const struct {
		enum tl_feature feature;
		const char *name;
	} names[] = {{TL_FEATURE_RETURNS, " returns"},
	             {TL_FEATURE_DECODER, " decoder"},
	             {TL_FEATURE_GDB, " gdb"},
	             {TL_FEATURE_TRACE, " tracepoints"},
	             {TL_FEATURE_BYTECODE, " expressions"},
	             {TL_FEATURE_FETCH, " fetch"},
	             {TL_FEATURE_STACK, " stacks"},
	             {TL_FEATURE_FLASH, " flash"},
	             {TL_FEATURE_IMAGES, " images"}};
	char text[100] = "";

	if (!(has & TL_FEATURE_DECODER))
		strcat(text, " thin");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (has & names[i].feature)
			strcat(text, names[i].name);
	text_fact(f, "features", text + 1);
}

/* Where text takes no breakpoint. An agent that has none does not know the packet. */
static void comparators(struct facts *f, struct session *s)
{
	struct target_comparators c;
	int result = target_comparators(s, &c);
	char text[64];

	if (result && result != TL_ENOSUP)
		return;
	if (result)
		snprintf(text, sizeof text, "none: the agent is built without");
	else if (c.taken)
		snprintf(text, sizeof text, "a debugger on the debug port has them");
	else if (!c.count)
		snprintf(text, sizeof text, "none on this core");
	else
		snprintf(text, sizeof text, "%u of %u in use", c.used, c.count);
	text_fact(f, "comparators", text);
}

/* Pages that are written with breakpoints; what that has cost. */
static void flash(struct facts *f, struct session *s)
{
	struct target_flash flash;
	char text[128];
	int n;

	if (!(s->target.features & TL_FEATURE_FLASH) || target_flash(s, &flash))
		return;
	n = snprintf(text, sizeof text, "%u of %u pages changed, %u erased so far", flash.used,
	             flash.copies, flash.erases);
	if (flash.back)
		snprintf(text + n, sizeof text - (size_t)n, ", %u put back by a start", flash.back);
	text_fact(f, "flash", text);
}

/* Programs that the firmware has loaded, and those that probes wait for. */
static void images(struct facts *f, struct session *s)
{
	struct images images;

	if (images_read(s, &images))
		return;
	for (size_t i = 0; i < images.n; i++) {
		const struct image *image = &images.at[i];
		char name[8 + sizeof image->name], id[2 * BUILD_ID_MAX + 1];
		char *text = copy_string("not loaded, a probe waits for it"), *longer;

		for (size_t k = 0; k < image->nsegments; k++) {
			const struct elf_segment *at = &image->segments[k];

			longer = format_string("%s%s%llu bytes at 0x%08llx", k ? text : "",
			                       k ? ", " : "", (unsigned long long)at->size,
			                       (unsigned long long)at->base);
			free(text);
			text = longer;
		}
		format_hex(id, image->build_id, image->build_id_len);
		longer = format_string("%s%s%s", text, *id ? "  build-id " : "", id);
		snprintf(name, sizeof name, "image-%s", image->name);
		text_fact(f, name, longer);
		free(text);
		free(longer);
	}
}

static void target_facts(struct facts *f, struct session *s)
{
	const struct target *t = &s->target;
	char regs[512] = "";

	text_fact(f, "board", t->board);
	text_fact(f, "isa", t->isa->name);
	number_fact(f, "protocol", t->version, "");
	id_fact(f, "target-id", t->build_id, t->build_id_len);
	number_fact(f, "tick-rate", t->tick_hz, "Hz");
	number_fact(f, "points", t->points, "");
	number_fact(f, "probes", t->probes, "");
	number_fact(f, "ring", t->ring, "bytes");
	number_fact(f, "packet", t->packet, "bytes");
	number_fact(f, "slot", t->slot, "bytes");
	comparators(f, s);
	flash(f, s);
	images(f, s);
	features(f, t->features);
	for (unsigned i = 0; i < t->isa->ncore; i++)
		snprintf(regs + strlen(regs), sizeof regs - strlen(regs), "%s%s", i ? " " : "",
		         t->isa->regs[i].name);
	text_fact(f, "registers", regs);
}

/* Who has given an option, if not the command line. */
static void origin_fact(struct facts *f, const struct options *o, const char *option)
{
	const char *where = option_origin(o, option);
	char name[32];

	snprintf(name, sizeof name, "%s-from", option);
	if (where && strncmp(where, "--", 2) != 0)
		text_fact(f, name, where);
}

/* elf, elf-id; of a further one elf-2, elf-2-id … */
static void file_facts(struct facts *f, const struct elf_file *file, size_t index)
{
	char name[16], id[24];

	snprintf(name, sizeof name, index ? "elf-%zu" : "elf", index + 1);
	snprintf(id, sizeof id, "%s-id", name);
	text_fact(f, name, file->path);
	id_fact(f, id, file->build_id, file->build_id_len);
}

static void elf_facts(struct facts *f, const struct elf *e)
{
	uint64_t text = 0;
	char agent[64];

	for (size_t i = 0; i < e->nsections; i++)
		if (e->sections[i].code)
			text += e->sections[i].size;
	for (size_t i = 0; i < e->nfiles; i++)
		file_facts(f, &e->files[i], i);
	text_fact(f, "elf-isa", e->isa->name);
	number_fact(f, "text", text, "bytes");
	number_fact(f, "functions", e->nfuncs, "");
	snprintf(agent, sizeof agent, "0x%llx-0x%llx", (unsigned long long)e->agent_start,
	         (unsigned long long)e->agent_end);
	text_fact(f, "agent",
	          e->agent_start == e->agent_end ? "none: this ELF has no tl_text" : agent);
}

/* The settings that say what is told about, and who gave them. */
static void setting_facts(struct facts *f, const struct options *o)
{
	if (o->profile)
		text_fact(f, "profile", o->profile);
	if (o->port)
		text_fact(f, "port", o->port);
	origin_fact(f, o, "port");
	origin_fact(f, o, "baud");
	origin_fact(f, o, "elf");
}

int cmd_info(const struct options *o, int argc, char **argv)
{
	struct facts f = {.format = o->format};
	struct attached a;
	int status, written;

	(void)argv;
	if (argc)
		return MISUSED;
	if (!o->nelfs && !o->port) {
		fail(USAGE, "nothing to tell about");
		hint("give -p PORT, -e FILE or both");
		return USAGE;
	}
	status = attach(&a, o, MAY_ELF | MAY_PORT | ANY_ELF);
	if (status)
		return status;
	if (a.online && a.elf)
		status = same_firmware(&a, o);
	f.out = output_open(o);
	if (f.out) {
		if (f.format == FORMAT_CSV)
			fputs("fact,value\n", f.out);
		if (a.online)
			target_facts(&f, &a.session);
		if (a.elf)
			elf_facts(&f, a.elf);
		if (a.online && a.elf)
			text_fact(&f, "match", status ? "no" : "yes");
		setting_facts(&f, o);
		if (f.format == FORMAT_JSONL)
			fputs("}\n", f.out);
	}
	written = f.out ? output_close(f.out) : OUTPUT;
	detach(&a);
	return status ? status : written;
}
