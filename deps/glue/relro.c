/*
 * Makes the relocated constants read-only. In a program with an interpreter the interpreter does that; musl's start
 * code for static-pie (1.2.3: ldso/dlstart.c, src/env/__init_tls.c) relocates and leaves them writable.
 */
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

extern const ElfW(Ehdr) __ehdr_start; /* by the linker: where the program was loaded */

static void __attribute__((constructor)) protect_constants(void)
{
	const ElfW(Phdr) *segment = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	uintptr_t base = (uintptr_t)&__ehdr_start, page = sysconf(_SC_PAGESIZE), from, to;
	unsigned long n = getauxval(AT_PHNUM);

	for (; n > 0; n--, segment++) {
		if (segment->p_type != PT_GNU_RELRO)
			continue;
		from = (base + segment->p_vaddr) & ~(page - 1);
		to = (base + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
		if (mprotect((void *)from, to - from, PROT_READ) != 0)
			abort();
	}
}
