/* SPDX-License-Identifier: MIT */
/*
 * For differential.py: firmware that does a bit of everything that firmware does, once, from the
 * same beginning always: packets, filters, controllers, trees, text, matrices, library code that
 * calls back. It waits until somebody sets `go`, or types a character. Its values depend on nothing
 * else.
 */
#include <stddef.h>

#include "board.h"

#define KEEP   __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

/* Of the C library; some of the compilers here have no headers of it. */
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
unsigned long strtoul(const char *, char **, int);
int snprintf(char *, size_t, const char *, ...);
size_t strlen(const char *);
void *memcpy(void *, const void *, size_t);

enum kind { PING, READ, WRITE, REPLY = 8, BAD = -1 };
enum access { A_READ = 1, A_WRITE = 2, A_EXEC = 4 };
typedef enum { IDLE, HEAD, BODY, DONE } state_t;

struct point {
	int16_t x, y;
};

struct box {
	struct point from, to;
	uint8_t colour[3];
};

struct header {
	uint32_t kind : 4, length : 9;
	int32_t priority : 5;
	uint32_t last : 1;
	uint16_t sum;
};

struct packet {
	struct header head;
	uint8_t body[12];
	union {
		uint32_t word;
		float real;
		struct {
			uint16_t low, high;
		};
	};
	enum access access;
	int64_t stamp;
};

struct node {
	struct node *left, *right;
	const char *name;
	int key;
	double weight;
};

struct pid {
	float kp, ki, kd, sum, last;
	int32_t limit;
	_Bool saturated;
};

struct parser {
	state_t state;
	unsigned at, wanted;
	struct packet packet;
	void (*done)(struct parser *, const struct packet *);
	unsigned counts[4];
};

struct filter {
	int64_t energy;
	uint64_t seen;
	int32_t taps[4];
	int8_t shift;
	unsigned char next;
};

volatile uint32_t go, rounds, sink;
static volatile int32_t given = 37;
static struct packet packets[3];
static struct node nodes[7];
static struct box boxes[2] = {{{1, -2}, {30, 40}, {9, 8, 7}}, {{-5, 6}, {7, -8}, {1, 2, 250}}};
static const char *const names[] = {"oak", "elm", "ash", "fir", "yew", "box", "bay"};
static const float gains[2][3] = {{0.5f, -0.25f, 1.5f}, {2.0f, 0.125f, -3.0f}};

/* Whoever stops here may write below the stack pointer. */
KEEP void drained(void)
{
	rounds++;
}

/* What is caught leaves the ring. */
KEEP static void drain(void)
{
	for (unsigned i = 0; i < 400; i++)
		tl_poll();
}

INLINE uint32_t mixed(uint32_t n, unsigned by)
{
	uint32_t high = n >> by, low = n << (32 - by);

	return (high | low) ^ 0x9e3779b9u;
}

INLINE int32_t clamp(int32_t v, int32_t low, int32_t high)
{
	if (v < low)
		return low;
	return v > high ? high : v;
}

KEEP static uint16_t checksum(const uint8_t *bytes, unsigned n)
{
	uint16_t sum = 0xffff;

	for (unsigned i = 0; i < n; i++) {
		uint8_t byte = bytes[i];

		sum ^= (uint16_t)(byte << 8);
		for (int bit = 0; bit < 2; bit++)
			sum = (uint16_t)(sum & 0x8000 ? sum << 1 ^ 0x1021 : sum << 1);
	}
	return sum;
}

KEEP static struct packet *fill(struct packet *p, enum kind kind, int priority)
{
	uint32_t seed = mixed((uint32_t)kind + 5, 7);
	struct header head = {.kind = (uint32_t)kind, .priority = priority, .last = 1};

	for (unsigned i = 0; i < sizeof p->body; i++) {
		seed = mixed(seed, 3 + i % 5);
		p->body[i] = (uint8_t)seed;
	}
	head.length = sizeof p->body;
	head.sum = checksum(p->body, sizeof p->body);
	p->head = head;
	p->real = 1.5f * (float)priority;
	p->access = priority > 0 ? A_READ | A_EXEC : A_WRITE;
	p->stamp = -5000000000ll * priority;
	return p;
}

KEEP static void finish_packet(struct parser *parser, const struct packet *p)
{
	unsigned index = p->head.kind & 3;
	int64_t stamp = p->stamp;
	enum access access = p->access;

	parser->counts[index]++;
	sink += (uint32_t)stamp + (uint32_t)access;
	if (p->head.sum != checksum(p->body, p->head.length))
		parser->counts[3] += 100;
}

KEEP static state_t feed(struct parser *parser, uint8_t byte)
{
	state_t before = parser->state;
	uint8_t *bytes = (uint8_t *)&parser->packet;

	switch (before) {
	case IDLE:
		parser->at = 0;
		parser->wanted = sizeof(struct header);
		parser->state = HEAD; /* fall through */
	case HEAD:
		bytes[parser->at++] = byte;
		if (parser->at == parser->wanted) {
			parser->wanted = sizeof parser->packet;
			parser->state = BODY;
		}
		break;
	case BODY:
		bytes[parser->at++] = byte;
		if (parser->at < parser->wanted)
			break;
		parser->state = DONE;
		parser->done(parser, &parser->packet);
		parser->state = IDLE;
		break;
	default:
		parser->state = IDLE;
	}
	return before;
}

KEEP static int32_t step(struct pid *pid, float wanted, float measured, float dt)
{
	float error = wanted - measured;
	float slope = (error - pid->last) / dt;
	float out;
	int32_t rounded;

	pid->sum += error * dt;
	pid->last = error;
	out = pid->kp * error + pid->ki * pid->sum + pid->kd * slope;
	rounded = clamp((int32_t)out, -pid->limit, pid->limit);
	pid->saturated = (float)rounded != (float)(int32_t)out;
	return rounded;
}

KEEP static int32_t filtered(struct filter *f, int32_t sample)
{
	int64_t all = 0;
	uint64_t square = (uint64_t)((int64_t)sample * sample);

	f->taps[f->next++ & 3] = sample;
	for (int i = 0; i < 4; i++) {
		int32_t tap = f->taps[i];

		all += (int64_t)tap << f->shift;
	}
	f->energy += (int64_t)square - all;
	f->seen++;
	return (int32_t)(all >> (f->shift + 2));
}

KEEP static double distance(double ax, double ay, const struct point *b)
{
	double dx = ax - b->x, dy = ay - b->y;
	double square = dx * dx + dy * dy, root = square / 2;

	for (int i = 0; i < 6; i++) {
		double better = (root + square / root) / 2;

		root = better;
	}
	return root;
}

KEEP static struct node *insert(struct node *root, struct node *n)
{
	if (!root)
		return n;
	if (n->key < root->key)
		root->left = insert(root->left, n);
	else
		root->right = insert(root->right, n);
	return root;
}

KEEP static double weigh(const struct node *n, int depth)
{
	double left, right;
	int here = depth * n->key;

	if (!n->left && !n->right)
		return n->weight;
	left = n->left ? weigh(n->left, depth + 1) : 0.5;
	right = n->right ? weigh(n->right, depth + 1) : -0.5;
	sink += (uint32_t)here;
	return left + right + n->weight;
}

KEEP static struct box grown(struct box b, int by)
{
	struct box result = b;
	struct point size = {(int16_t)(b.to.x - b.from.x), (int16_t)(b.to.y - b.from.y)};

	result.from.x = (int16_t)(b.from.x - by);
	result.to.y = (int16_t)(b.to.y + by * size.x);
	result.colour[by % 3] ^= (uint8_t)size.y;
	return result;
}

KEEP static unsigned words(char *text, struct point *spans, unsigned most)
{
	unsigned n = 0;
	char *at = text;

	while (*at && n < most) {
		char *start;

		while (*at == ' ')
			at++;
		start = at;
		while (*at && *at != ' ')
			at++;
		if (at == start)
			break;
		spans[n].x = (int16_t)(start - text);
		spans[n].y = (int16_t)(at - text);
		n++;
	}
	return n;
}

KEEP static float product(const float m[2][3], const float *v, float *out)
{
	float norm = 0;

	for (int row = 0; row < 2; row++) {
		float sum = 0;

		for (int column = 0; column < 3; column++)
			sum += m[row][column] * v[column];
		out[row] = sum;
		norm += sum * sum;
	}
	return norm;
}

KEEP static int by_key(const void *a, const void *b)
{
	const struct node *left = a, *right = b;
	int order = left->key - right->key;

	return order ? order : (int)(left->weight - right->weight);
}

KEEP static uint64_t packed(uint32_t high, uint32_t low, uint8_t shift, int64_t minus)
{
	uint64_t both = (uint64_t)high << 32 | low;
	uint64_t moved = both >> shift;
	_Bool negative = minus < 0;

	if (negative)
		moved -= (uint64_t)minus;
	return moved ^ both;
}

/* Inlined in inlined, of both ways. */
INLINE int scaled(const struct point *p, int by)
{
	int x = p->x * by, y = p->y * by;

	return clamp(x, -50, 50) + clamp(y, -60, 60);
}

KEEP static int area(const struct box *all, unsigned n, int by)
{
	int total = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct box *b = &all[i];
		struct point corner = {(int16_t)(b->to.x + by), (int16_t)(b->from.y - by)};
		int one = scaled(&corner, by);

		total += one * (int)(b->colour[0] + 1u);
		if (total > 1000) {
			int over = total - 1000;

			total = 1000 + over / 3;
		}
	}
	return total;
}

KEEP static int printed(char *to, size_t size, int n, const char *name)
{
	static unsigned calls;
	char number[12];
	char *end = NULL;
	int length = snprintf(to, size, "%s=%d/%x", name, n, (unsigned)n * 3u);

	snprintf(number, sizeof number, "%u", ++calls * 1000u);
	return length + (int)strtoul(number, &end, 10) + (int)(end - number);
}

KEEP static void with_packets(int start)
{
	struct parser parser = {.done = finish_packet};
	enum kind kinds[] = {PING, WRITE, REPLY};

	for (unsigned i = 0; i < 3; i++) {
		const struct packet *p = fill(&packets[i], kinds[i], (int)i * 3 - start / 30);
		uint8_t bytes[sizeof *p];

		memcpy(bytes, p, sizeof bytes);
		for (unsigned k = 0; k < sizeof bytes; k++)
			sink += feed(&parser, bytes[k]);
	}
	sink += parser.counts[0] + parser.counts[3];
}

KEEP static void with_numbers(int start)
{
	struct pid pid = {.kp = 2.5f, .ki = 0.25f, .kd = 0.0625f, .limit = 90};
	struct filter filter = {.shift = 3, .energy = -1};
	float vector[3] = {1.0f, 0.5f, (float)start}, out[2];

	for (int i = 0; i < 6; i++) {
		int32_t sample = filtered(&filter, start * i - 1000);

		sink += (uint32_t)step(&pid, (float)start, (float)sample / 8.0f, 0.125f);
	}
	sink += product(gains, vector, out) > out[1];
	sink += distance(start, 2.5, &boxes[0].to) > 3.0;
	sink += (uint32_t)packed(0x12345678, (uint32_t)start, 12, -77);
}

KEEP static void with_trees(int start)
{
	struct node *root = NULL;
	struct node sorted[7];

	for (int i = 0; i < 7; i++) {
		struct node *n = &nodes[i];

		*n = (struct node){
		        .name = names[i], .key = (start * (i + 3)) % 23, .weight = i / 4.0};
		root = insert(root, n);
	}
	sink += weigh(root, 1) > 2.0;
	memcpy(sorted, nodes, sizeof sorted);
	qsort(sorted, 7, sizeof *sorted, by_key);
	sink += (uint32_t)sorted[3].key;
}

KEEP static void with_text(int start)
{
	char text[24] = "one two  three", line[32];
	struct point spans[4] = {{0, 0}};
	unsigned n = words(text, spans, 4);
	struct box big = grown(boxes[1], start % 5);

	sink += n + (uint32_t)area(boxes, 2, start) + (uint32_t)big.to.y;
	sink += (uint32_t)printed(line, sizeof line, start, names[2]) + (uint32_t)strlen(line);
	sink += (uint32_t)printed(line, sizeof line, -start, names[4]);
}

KEEP void finished(void)
{
	rounds += 2; /* not as drained(), or a compiler may make one of both */
}

int main(void)
{
	struct tl_port port = tl_board_port;
	char typed;

	port.memory = NULL; /* so the host has to tell what may be read */
	tl_board_init(115200);
	tl_init(&port);
	for (;;) {
		tl_poll();
		if (!go && tl_console_read(&typed, 1) != 1)
			continue;
		go = 0;
		drain();
		drained();
		with_packets(given);
		drain();
		drained();
		with_numbers(given);
		drain();
		drained();
		with_trees(given);
		drain();
		drained();
		with_text(given);
		finished();
	}
}
