/* SPDX-License-Identifier: MIT */
/*
 * Each of these is an example of a kind of probe, in kind_<name>.c.
 */
#ifndef KINDS_H
#define KINDS_H

void kind_kprobe(void);
void kind_kretprobe(void);
void kind_uprobe(void);
void kind_asyncprobe(void);
void kind_watch(void);
void kind_event(void);

#endif
