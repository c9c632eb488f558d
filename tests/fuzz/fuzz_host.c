/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for the host tool by its line: commands from their first packet to their last
 * word, over a link that brings what the input says.
 *
 * Input: a byte that chooses the command, one of options, then lines; each is brought when the tool
 * has asked something, or has waited in vain. An empty line is what a good agent would answer. In
 * the others '@' stands for the TAG that was asked with, '^' for the session's token, '~' takes
 * 0x40 off or on the next byte, so that any can be there. Frames `$…#` and `%…#` get their CRC and
 * their sum unless a '!' follows the '#', since nobody guesses them. Time is the input's, too: it
 * goes on when the tool waits.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "cmd/cmd.h"
#include "frame.h"
#include "link/link.h"
#include "pack.h"

enum {
	LONGEST = 16384,
	WAITS = 300000, /* of one command, until it is a hang */
	REOPENS = 1,    /* options: the link can be opened again, */
	JSONL = 2,
	CSV = 4,
	RECONNECT = 8,
	TYPES = 16, /* something is typed */
};

static struct {
	const uint8_t *at, *end; /* what is left of the input */
	uint8_t line[LONGEST];   /* what the tool can read now */
	size_t n, taken;
	char tag[8], token[16], name[24];
	unsigned asked; /* bytes of memory */
	uint64_t ms;
	unsigned waits, idle;
	bool typed;
} peer;
static uint8_t how;

/* ---- what the peer says ---- */

static void put(uint8_t byte)
{
	if (peer.n < sizeof peer.line)
		peer.line[peer.n++] = byte;
}

static void put_text(const char *s)
{
	for (; *s; s++)
		put((uint8_t)*s);
}

/* A packet gets a CRC-32, a notification a CRC-16; both are escaped again, and their sum is
   right. */
static void put_frame(const uint8_t *data, size_t n)
{
	uint8_t frame[LONGEST];
	struct tl_frame_tx tx = {.out = frame, .size = sizeof frame};
	size_t name = data[0] == '$' ? 1 : n > 3 && data[3] == 'O' ? 5 : 4;
	uint16_t crc = 0xffff;

	tl_frame_open(&tx, (char)data[0]);
	for (size_t i = 1; i < n; i++) {
		tl_frame_put(&tx, data[i]);
		if (i >= name)
			crc = tl_crc16(crc, data[i]);
	}
	if (data[0] == '$') {
		tl_frame_put_crc(&tx);
	} else {
		tl_frame_put(&tx, (uint8_t)(crc >> 8));
		tl_frame_put(&tx, (uint8_t)crc);
	}
	if (tl_frame_close(&tx))
		for (unsigned i = 0; i < tx.len; i++)
			put(frame[i]);
}

static void put_good(void)
{
	static const char *const answers[][2] = {
	        {"QTl.hello", ",2,armv7-m,board,abcdef,f4240,40,40,1000,200,20"},
	        {"qTl.ping", NULL},
	        {"qTl.next", ",0"},
	        {"QTl.add", ",0,2,1"},
	        {"qTl.check", ",0,2"},
	        {"QTl.input", ",4"}};
	char text[LONGEST / 8];
	const char *fields = "";

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strcmp(peer.name, answers[i][0]) == 0)
			fields = answers[i][1];
	if (strcmp(peer.name, "qTl.read") == 0)
		snprintf(text, sizeof text, "$%s,0,%0*d", peer.tag, (int)(2 * peer.asked), 0);
	else if (fields)
		snprintf(text, sizeof text, "$%s,0%s", peer.tag, fields);
	else
		snprintf(text, sizeof text, "$%s,0,%s,%x,0,0,1,0,1388,%x", peer.tag, peer.token,
		         (unsigned)peer.ms * 1000, (unsigned)peer.ms);
	put_frame((const uint8_t *)text, strlen(text));
}

/* A line of the input as its bytes; from the '$' or '%' of a frame up to its '#'. */
static void put_line(const uint8_t *in, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		bool escaped = in[i] == '~' && i + 1 < n;
		uint8_t c = escaped ? in[++i] ^ 0x40 : in[i];

		if (!escaped && c == '#' && (peer.line[from] == '$' || peer.line[from] == '%') &&
		    from < peer.n && !(i + 1 < n && in[i + 1] == '!')) {
			static uint8_t frame[LONGEST];
			size_t length = peer.n - from;

			memcpy(frame, peer.line + from, length);
			peer.n = from;
			put_frame(frame, length);
			from = peer.n;
			continue;
		}
		if (!escaped && (c == '$' || c == '%'))
			from = peer.n;
		if (!escaped && c == '@')
			put_text(peer.tag);
		else if (!escaped && c == '^')
			put_text(peer.token);
		else
			put(c);
	}
}

static void bring(void)
{
	const uint8_t *end;

	if (peer.at >= peer.end)
		return;
	end = memchr(peer.at, '\n', (size_t)(peer.end - peer.at));
	if (!end)
		end = peer.end;
	peer.n = peer.taken = 0;
	if (end == peer.at && *peer.name)
		put_good();
	else
		put_line(peer.at, (size_t)(end - peer.at));
	peer.at = end + 1;
}

/* ---- in the places of link/ and interrupt.c ---- */

static void explain(const struct link *l)
{
	fail(LINK, "%s has gone", l->port);
}

static const struct link_ops for_good = {.prefix = "", .explain = explain},
                             for_now = {.prefix = "", .explain = explain, .reopens = true};

int link_open(struct link *l, const char *port, const struct link_settings *settings, bool loud)
{
	(void)loud;
	*l = (struct link){.ops = how & REOPENS ? &for_now : &for_good,
	                   .port = port,
	                   .settings = *settings,
	                   .child = 0};
	return DONE;
}

bool link_reopen(struct link *l)
{
	l->gone = peer.at >= peer.end;
	return !l->gone;
}

void link_close(struct link *l)
{
	l->gone = true;
}

size_t link_read(struct link *l, uint8_t *to, size_t room)
{
	size_t n = peer.n - peer.taken < room ? peer.n - peer.taken : room;

	memcpy(to, peer.line + peer.taken, n);
	peer.taken += n;
	if (!n && peer.at >= peer.end)
		l->gone = true;
	return n;
}

bool link_write(struct link *l, const uint8_t *bytes, size_t n)
{
	char text[128];
	unsigned token;

	snprintf(text, sizeof text, "%.*s", (int)n, (const char *)bytes);
	*peer.name = 0;
	peer.asked = 0;
	sscanf(text, "$qTl.read:%*x,%*x,%3x", &peer.asked);
	if (sscanf(text, "$%23[^:]:%7[0-9a-f]", peer.name, peer.tag) == 2 &&
	    sscanf(text, "$QTl.hello:%*x,%*x,%x", &token) == 1)
		snprintf(peer.token, sizeof peer.token, "%x", token);
	bring();
	return !l->gone;
}

void ports_hint(void)
{
}

bool interrupted(void)
{
	return peer.idle > 100;
}

bool hung_up(void)
{
	return false;
}

int interrupt_fd(void)
{
	return -1;
}

void interrupt_seen(void)
{
}

/* ---- in the places of the system's (--wrap) ---- */

uint64_t __wrap_now_ms(void);
uint64_t __wrap_now_ms(void)
{
	return peer.ms;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	bool ready = peer.taken < peer.n;

	if (++peer.waits > WAITS)
		abort();
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = 0;
	if (n > 2 && fds[2].fd == STDIN_FILENO && how & TYPES && !peer.typed)
		fds[2].revents = POLLIN;
	peer.ms += ready || timeout < 1 ? 1 : (uint64_t)timeout;
	if (ready)
		return 1;
	*peer.name = 0;
	peer.idle += peer.at >= peer.end;
	bring();
	return 0;
}

ssize_t __real_read(int fd, void *to, size_t n);
ssize_t __wrap_read(int fd, void *to, size_t n);
ssize_t __wrap_read(int fd, void *to, size_t n)
{
	if (fd != STDIN_FILENO)
		return __real_read(fd, to, n);
	if (peer.typed)
		return 0;
	peer.typed = true;
	return snprintf(to, n, "help\n");
}

/* ---- the commands ---- */

static const struct {
	int (*run)(const struct options *, int argc, char **argv);
	int argc;
	char *argv[3];
} commands_fuzzed[] = {
        {cmd_watch, 2, {"a=0x1000 %pc %lr", "b=0x1010 every=3"}},
        {cmd_count, 2, {"a=0x1000", "b=0x1010 limit=9"}},
        {cmd_list, 0, {NULL}},
        {cmd_add, 1, {"a=0x1000"}},
        {cmd_del, 1, {"all"}},
        {cmd_disable, 1, {"3"}},
        {cmd_info, 0, {NULL}},
        {cmd_regs, 0, {NULL}},
        {cmd_regs, 1, {"0x1000"}},
        {cmd_read, 2, {"0x20000000", "600"}},
        {cmd_write, 2, {"0x20000000", "00112233"}},
        {cmd_console, 0, {NULL}},
        {cmd_check, 1, {"0x1000"}},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t choice = size ? data[0] % (sizeof commands_fuzzed / sizeof *commands_fuzzed) : 0;
	static FILE *nowhere;
	char *argv[3];
	struct options o = {.port = "fuzzed",
	                    .line.baud = 115200,
	                    .force = true,
	                    .duration = 60000,
	                    .fail_on_loss = true};

	if (size < 2 || size > LONGEST / 4)
		return -1;
	if (!nowhere)
		stdout = stderr = nowhere = fopen("/dev/null", "w");
	how = data[1];
	memset(&peer, 0, sizeof peer);
	peer.at = data + 2;
	peer.end = data + size;
	peer.ms = 1;
	o.format = how & JSONL ? FORMAT_JSONL : how & CSV ? FORMAT_CSV : FORMAT_TEXT;
	o.no_reconnect = !(how & RECONNECT);
	memcpy(argv, commands_fuzzed[choice].argv, sizeof argv);
	commands_fuzzed[choice].run(&o, commands_fuzzed[choice].argc, argv);
	return 0;
}
