/* SPDX-License-Identifier: MIT */
/*
 * Numbers on the wire, against published vectors: varints (DWARF 5, figure 22), CRCs (the check
 * value of "123456789"), hex.
 */
#include "pack.h"

#include <string.h>

#include "unit.h"

static void varints(void)
{
	static const struct {
		uintptr_t v;
		unsigned n;
		uint8_t bytes[TL_VARINT_MAX];
	} vectors[] = {
	        {0, 1, {0}},
	        {2, 1, {2}},
	        {127, 1, {127}},
	        {128, 2, {0x80, 1}},
	        {129, 2, {0x81, 1}},
	        {12857, 2, {0xb9, 0x64}},
	        {624485, 3, {0xe5, 0x8e, 0x26}},
	        {UINT32_MAX, 5, {0xff, 0xff, 0xff, 0xff, 0x0f}},
	        {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
	};

	for (unsigned i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		uint8_t out[TL_VARINT_MAX];
		uintptr_t back = 0;

		unit_at("%#lx", (unsigned long)vectors[i].v);
		EQ(tl_put_varint(out, vectors[i].v), vectors[i].n);
		CHECK(!memcmp(out, vectors[i].bytes, vectors[i].n));
		EQ(tl_get_varint(out, sizeof out, &back), vectors[i].n);
		EQ(back, vectors[i].v);
		for (unsigned cut = 0; cut < vectors[i].n; cut++)
			EQ(tl_get_varint(out, cut, &back), 0);
	}
}

static void varints_too_long(void)
{
	/* 65 bits */
	static const uint8_t over[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	                                  0x80, 0x80, 0x80, 0x80, 0x80, 0};
	uintptr_t v = 7;

	EQ(tl_get_varint(over, sizeof over, &v), 0);
	EQ(tl_get_varint(endless, sizeof endless, &v), 0);
	EQ(v, 7);
}

static void zigzag(void)
{
	static const intptr_t order[] = {0, -1, 1, -2, 2, -3};

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
		EQ(tl_zigzag(order[i]), i);
		EQ(tl_unzigzag(i), order[i]);
	}
	EQ(tl_zigzag(INTPTR_MIN), UINTPTR_MAX);
	EQ(tl_zigzag(INTPTR_MAX), UINTPTR_MAX - 1);
	EQ(tl_unzigzag(UINTPTR_MAX), INTPTR_MIN);
	unit_seed(1);
	for (unsigned i = 0; i < 10000; i++) {
		intptr_t v = (intptr_t)(unit_random() >> unit_below(64));

		EQ(tl_unzigzag(tl_zigzag(v)), v);
		EQ(tl_unzigzag(tl_zigzag(-v)), -v);
	}
}

static void hex(void)
{
	static const struct {
		const char *text;
		uintptr_t v;
		unsigned used; /* 0: refused */
	} vectors[] = {
	        {"0", 0, 1},
	        {"1f,2", 0x1f, 2},
	        {"DeadBeef", 0xdeadbeef, 8},
	        {"00000000000000000012", 0x12, 20},
	        {"", 0, 0},
	        {",1", 0, 0},
	        {"g", 0, 0},
	        {"ffffffffffffffff", UINTPTR_MAX, 16},
	        {"10000000000000000", 0, 0},
	};

	for (unsigned i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const uint8_t *at = (const uint8_t *)vectors[i].text, *from = at;
		uintptr_t v = 99;
		bool good = tl_get_hex(&at, at + strlen(vectors[i].text), &v);

		unit_at("\"%s\"", vectors[i].text);
		EQ(good, vectors[i].used > 0);
		EQ(at - from, vectors[i].used);
		EQ(v, good ? vectors[i].v : 99);
	}
	for (unsigned c = 0; c < 256; c++) {
		const char *digits = "0123456789abcdef",
		           *found = c && c < 128 ? strchr(digits, c >= 'A' && c <= 'F' ? (int)c + 32
		                                                                       : (int)c)
		                                 : 0;

		EQ(tl_hex_digit((uint8_t)c), found ? found - digits : -1);
	}
	unit_at("round trip");
	unit_seed(2);
	for (unsigned i = 0; i < 10000; i++) {
		uintptr_t v = unit_random() >> unit_below(64), back = 0;
		uint8_t out[16];
		const uint8_t *at = out;
		unsigned n = tl_put_hex(out, v);

		CHECK(n == 1 || out[0] != '0');
		CHECK(tl_get_hex(&at, out + n, &back));
		EQ(back, v);
	}
}

static void crcs(void)
{
	uint16_t crc16 = 0xffff;
	uint32_t crc32 = 0xffffffff;

	for (const char *c = "123456789"; *c; c++) {
		crc16 = tl_crc16(crc16, (uint8_t)*c);
		crc32 = tl_crc32(crc32, (uint8_t)*c);
	}
	EQ(crc16, 0x29b1);     /* CRC-16/IBM-3740 */
	EQ(crc32, 0x0376e6e7); /* CRC-32/MPEG-2 */
}

static const struct unit_test tests[] = {
        {"varints", varints},
        {"varints cut short or too long are refused", varints_too_long},
        {"zigzag", zigzag},
        {"hex", hex},
        {"CRC-16 and CRC-32", crcs},
};
UNIT_MAIN(tests)
