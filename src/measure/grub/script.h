/* A parsed script: what the lexer and the parser make and the interpreter runs. */
#ifndef MEASURE_GRUB_SCRIPT_H
#define MEASURE_GRUB_SCRIPT_H

enum grub_part_type {
	PART_TEXT,	/* unquoted: wildcards count, \x is kept for later */
	PART_VAR,	/* $x, split into words */
	PART_DQVAR,	/* "$x" */
	PART_DQSTR,
	PART_SQSTR,
	PART_GETTEXT,	/* $"..." */
	PART_BLOCK,	/* { ... } as text */
};

struct grub_part {
	enum grub_part_type type;
	const char *text;
	struct grub_part *next;
};

struct grub_word {
	struct grub_part *parts;
	struct grub_word *next;
};

enum grub_cmd_kind { CMD_LINE, CMD_LIST, CMD_IF, CMD_FOR, CMD_WHILE, CMD_UNTIL };

struct grub_cmd {
	enum grub_cmd_kind kind;
	unsigned line;
	struct grub_cmd *next;		/* in a list */
	struct grub_cmd *first, *last;	/* CMD_LIST: its commands */
	struct grub_word *words;	/* CMD_LINE, CMD_FOR */
	const char *name;		/* CMD_FOR: the variable */
	struct grub_cmd *cond, *body, *otherwise;
};

struct grub_function {
	const char *name;
	struct grub_cmd *body;
	unsigned executing;
	struct grub_function *next;
};

#endif
