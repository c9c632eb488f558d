/* SPDX-License-Identifier: MIT */
/* A second ELF, as a bootloader or a ROM is. */
int rom_sum(int v)
{
	return v * 5 + 1;
}

int rom_entry(int v)
{
	return rom_sum(v) + rom_sum(v + 1);
}
