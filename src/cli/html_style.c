#include "cli/html_style.h"

/* The file, in the program itself, with a NUL behind it. */
__asm__(".pushsection .rodata\n"
	".globl html_style\n"
	"html_style: .incbin \"src/cli/page.css\"\n"
	".byte 0\n"
	".popsection");
