dnl What nettle's configure writes to config.m4 for ELF on x86-64.
define(`SYMBOL_PREFIX', `$1')dnl
define(`ELF_STYLE', `yes')dnl
define(`COFF_STYLE', `no')dnl
define(`TYPE_FUNCTION', `@function')dnl
define(`TYPE_PROGBITS', `@progbits')dnl
define(`ALIGN_LOG', `no')dnl
define(`W64_ABI', `no')dnl
define(`RODATA', `.section .rodata')dnl
define(`WORDS_BIGENDIAN', `no')dnl
define(`ASM_X86_ENDBR', `endbr64')dnl
define(`ASM_X86_MARK_CET_ALIGN', `3')dnl
divert(1)
	.section .note.GNU-stack,"",@progbits
divert
