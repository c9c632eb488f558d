/* SPDX-License-Identifier: MIT */
/*
 * JSON strings (RFC 8259, section 7): see json.h.
 */
#include "base/json.h"

/* The length of the UTF-8 sequence (RFC 3629) at `s`, 0 if it is none. */
static unsigned utf8_length(const unsigned char *s)
{
	unsigned n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void json_string(FILE *out, const char *s)
{
	fputc('"', out);
	while (*s) {
		unsigned char c = (unsigned char)*s;
		unsigned n = utf8_length((const unsigned char *)s);

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (n)
			fwrite(s, n, 1, out);
		else if (c < ' ' || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
		s += n ? n : 1;
	}
	fputc('"', out);
}
