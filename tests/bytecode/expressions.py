# SPDX-License-Identifier: MIT
"""Expressions on the variables of program.c: picked by hand, one idea each, and drawn at random.

All are such as GDB 13 compiles, to what it means itself. It compiles no arithmetic on bool, enum
and character constants; its shifts have the type of both operands where C says the left one's, so
counts are made int here; and ?: has that of one, so both have the same.
"""
import random

VARIABLES = "s8 u8 s16 u16 s32 u32 s64 u64 c sh l ul ll zero vc local wide arg small big".split()
MEMBERS = """first.in.a first.in.b first.in.c first.two[0].c first.two[1].a first.two[1].b
    first.s3 first.s13 first.s16 first.u1 first.u7 first.u24 first.u40 first.u20 first.s33
    first.u.word first.u.bytes[2] second.s13 second.u24 second.u40 second.s33 ps->in.a ps->in.c
    ps->next->in.b ps->next->u7 ps->next->s33 (*pps)->s13 (**pps).next->u.word object->in.c
    object->two[1].c object->next->s3 copy.a copy.b copy.c""".split()
ARRAYS = {"as8": 4, "au8": 4, "as16": 4, "au16": 4, "as32": 4, "au32": 4, "pb": 4, "pi": 3, "ph": 2,
          "list": 3, "as64": 3, "au64": 3}
POINTERS = """pi ph pb pl &s32 &u16 &as8[1] &first.in.b &object->two[0].a &list[1] as32
    au64""".split()
LITERALS = """0 1 2 7 100 127 128 255 256 65535 65536 0x7fffffff 0x80000000 0xffffffff
    4294967296LL 0x123456789abcdefLL 10u 3L 5UL (int)RED (int)BLUE (int)color (int)other
    (int)yes (int)no (unsigned)yes (char)color sizeof(int) sizeof(struct~inner)
    sizeof(first)""".split()
CASTS = ["char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int",
         "long", "unsigned long", "long long", "unsigned long long"]
BINARY = ["+", "-", "*", "/", "%", "&", "|", "^"]
COMPARE = ["==", "!=", "<", ">", "<=", ">="]

# Where the compiler to bytecode takes its own way; then what fails.
PICKED = """
*pi ; *ph ; *pb ; *pl ; pi[-1] ; pb[1] ; *(pi + 1) ; *(pi - 1) ; *(2 + ph) ; &*pi ; &pi[2] ; pi + 1
ph - 1 ; pi - as32 ; &as32[3] - &as32[0] ; ph == &au16[2] ; pi != as32 ; pi > as32
ps->next ; ps->next == &second ; *pps == ps ; (long)ps ; (char)(long)pi ; (int *)pv
*(unsigned int *)pv ; *(short *)&s64 ; ((unsigned char *)&s64)[7]
*(unsigned long long *)&au64[2] ; nowhere == 0 ; !nowhere ; !ps ; ps && ps->u1 ; nowhere || ps
grid[1][2] ; grid[0][1] + grid[1][0] ; *grid[1] ; &grid[1][1]
text[0] ; text[4] ; *text ; *(text + 1) ; text[4] == 111 ; empty[0] ; sizeof(s64) ; sizeof(first.in)
sizeof(struct outer) ; sizeof(int *) ; sizeof(as32)
RED ; BLUE ; color ; other ; (int)color == -1 ; (int)color < 0 ; (int)other == (int)BLUE
(int)other + 1 ; (enum color)5 ; (int)color ? (int)other : 3
yes ; no ; !(int)yes ; !(int)no ; (int)yes + (int)yes ; (int)yes == 1 ; no || yes ; yes && no
(char)yes ; (unsigned)no ; yes && s8 ; (_Bool)yes
-s8 ; -u8 ; -s16 ; -u32 ; -s64 ; -u64 ; +s8 ; +u16 ; ~s8 ; ~u8 ; ~u16 ; ~s32 ; ~u32 ; ~u64 ; !s8
!u64 ; !zero ; ~c ; -(-arg) ; - -arg ; ~~wide
first.s3 ; first.s13 ; first.s16 ; first.u1 ; first.u7 ; first.u24 ; first.u40 ; first.u20
first.s33 ; first.s3 + first.s13 ; first.u1 && first.u7 > 100 ; -first.s3
first.u.bytes[0] ; first.u.bytes[3] ; first.u.word >> 8 ; (signed char)first.u.bytes[3]
second.u.bytes[0] ; (signed char)second.u.bytes[0]
(char)u8 ; (signed char)u8 ; (unsigned char)s8 ; (short)u16 ; (unsigned short)s16 ; (int)u32
(unsigned int)s32 ; (long long)s8 ; (unsigned long long)s8 ; (long long)u32
(unsigned long long)s32 ; (int)s64 ; (unsigned int)s64 ; (char)s64 ; (unsigned char)(s8 + u8)
(int)(char)200 ; (unsigned int)(signed char)200
s32 + s32 ; s32 * 2 ; u32 + u32 ; u32 * u32 ; s32 - 2000000000 ; u32 << 1 ; s32 << 4 ; u8 << 24
s8 << 8 ; s64 << 1 ; u64 << 1 ; 1LL << 40 ; 1 << 31
s8 >> 1 ; s16 >> 3 ; s32 >> 31 ; s64 >> 63 ; u8 >> 1 ; u32 >> 31 ; u64 >> 63 ; u64 >> 1 ; s64 >> 1
-1 >> 1 ; s64 >> 32 ; u64 >> 32 ; u64 >> 33
s32 / 7 ; s32 / -7 ; s32 % 7 ; s32 % -7 ; s64 / 1000 ; s64 % 1000 ; s64 / s32 ; u64 / 3 ; u64 % 3
u64 / u32 ; u32 / 7 ; u32 % 7 ; u32 / s8 ; s8 / 3 ; u8 / 3 ; u8 % 7 ; s8 % 7
s8 < u8 ; s8 < u32 ; s32 < u32 ; s64 < u64 ; s64 < s32 ; u64 > u32 ; -1 < 0u ; -1 < 0 ; s8 <= -100
s8 >= -100 ; s8 > -101 ; u8 <= 200 ; u64 >= u64 ; s32 != s64 ; s8 == -100
s8, u8 ; (s8, u16) + 1 ; (1, 2, 3) ; s8 ? u8 : s16 ; zero ? 1 : 2 ; zero ? s64 : s8
u8 ? s8 ? 1 : 2 : 3 ; s8 < 0 ? -s8 : s8 ; 0 ? 1/0 : 5 ; zero && 1/zero ; 1 || 1/zero
s8 && u8 ; zero && u8 ; zero || no ; s8 || zero ; !(s8 && zero) ; (s8 && u8) + (zero || yes)
s8 > 0 || u8 > 0 && zero ; (arg < 0 && small > 100) || big
arg ; small ; big ; local ; wide ; object->in.a ; list[0] ; list[1] + list[2] ; copy.b ; copy.c
object->next->in.a ; *&local ; &local == &local ; list + 1 == &list[1] ; object == &first
$sp ; $pc ; (long)$sp & 7 ; $pc == (long)$pc ; *(int *)$sp ; (unsigned long)$sp > 0
s32 / zero ; s32 % zero ; u32 / (unsigned)zero ; s64 / (ll - ll) ; *unmapped ; unmapped[1]
*(char *)(unmapped + 2) ; ((struct outer *)unmapped)->u.word ; *(short *)((char *)unmapped + 1)
s8 + *unmapped
"""

PRINTS = r"""
"plain" ; "%%\n" ; "%d\n",s32 ; "%d",-1 ; "%u",u32 ; "%u",s8 ; "%x",u32 ; "%X",s32 ; "%o",u16
"%i",s16 ; "%5d|",s8 ; "%-5d|",s8 ; "%05d|",s8 ; "%+d",u8 ; "% d",u8 ; "%#x",u16 ; "%#o",u16
"%.4d",7 ; "%8.4d|",7 ; "%-8.4x|",255 ; "%ld",l ; "%lu",ul ; "%lx",ul ; "%lld",s64 ; "%llu",u64
"%llx",u64 ; "%llX",ll ; "%20lld|",s64 ; "%-22lld|",s64
"%c",c ; "%c%c%c",65,66,67 ; "%3c|",c ; "%-3c|",c ; "%s",text ; "<%s>",&empty[0]
"%s, %s\n",text,text+7 ; "%.5s",text ; "%10.3s|",text ; "%-15s|",text ; "%p",pi ; "%p",nowhere
"%p",ps->next
"\t%d\\\"\a\e",5 ; "%d %d %d %d %d %d",1,2,3,4,5,6 ; "%s=%d (%x)",text,s8,u64
"%d: %s %c %lld",first.s13,text+first.u1,text[1],first.s33 ; "%d",yes ; "%d",color
"""

# What a tracepoint collects, and needs bytecode to.
COLLECTED = ["*ps", "ps->next->u", "s32 + $variable", "$variable", "as32[u8 & 3]", "object->two[1]",
             "text[local + 9]"]


def split(text):
    return [e.strip() for line in text.strip().splitlines() for e in line.split(" ; ")]


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def leaf(self):
        pick, r = self.random.choice, self.random.random()
        if r < .35:
            return pick(VARIABLES)
        if r < .6:
            return pick(MEMBERS)
        if r < .8:
            name = pick(sorted(ARRAYS))
            return f"{name}[{self.random.randrange(ARRAYS[name])}]"
        if r < .86:
            return f"*{pick(POINTERS[:4])}" if self.random.random() < .5 else f"*({pick(POINTERS)})"
        return pick(LITERALS).replace("~", " ")

    def expression(self, depth):
        pick, sub = self.random.choice, lambda: self.expression(depth - 1)
        if depth == 0:
            return self.leaf()
        kind = pick(["binary"] * 5 + ["shift"] * 2 + ["compare"] * 3
                    + ["logic", "logic", "unary", "unary", "cast", "cast", "choice", "comma",
                       "index", "pointer"])
        if kind == "binary":
            return f"({sub()} {pick(BINARY)} {sub()})"
        if kind == "shift":
            return f"({sub()} {pick(['<<', '>>'])} ((int)({sub()}) & 15))"
        if kind == "compare":
            return f"({sub()} {pick(COMPARE)} {sub()})"
        if kind == "logic":
            return f"({sub()} {pick(['&&', '||'])} {sub()})"
        if kind == "unary":
            return f"{pick('-~!')}({sub()})"
        if kind == "cast":
            return f"(({pick(CASTS)})({sub()}))"
        if kind == "choice":
            kind = pick(CASTS)
            return f"({sub()} ? ({kind})({sub()}) : ({kind})({sub()}))"
        if kind == "comma":
            return f"({sub()}, {sub()})"
        if kind == "index":
            return f"{pick([a for a in sorted(ARRAYS) if ARRAYS[a] == 4])}[({sub()}) & 3]"
        return f"(({pick(POINTERS)} + 1) - {pick(['1', '2'])} {pick(COMPARE)} {pick(POINTERS)})"


def values(count, seed):
    draw = Draw(seed)
    found = dict.fromkeys(split(PICKED))
    while len(found) < count:
        found[draw.expression(draw.random.choice([1, 1, 2, 2, 3]))] = None
    return list(found)
