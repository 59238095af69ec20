/* The lexer of GRUB's scripts. */
#ifndef MEASURE_GRUB_LEX_H
#define MEASURE_GRUB_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/grub/lines.h"
#include "measure/grub/script.h"
#include "measure/grub/text.h"

enum grub_token {
	TOK_END, TOK_BAD, TOK_NEWLINE, TOK_SEMI, TOK_LBRACE, TOK_RBRACE,
	TOK_OTHER,	/* && || ;; | & < > [[ ]] */
	TOK_CASE, TOK_DO, TOK_DONE, TOK_ELIF, TOK_ELSE, TOK_ESAC, TOK_FI, TOK_FOR, TOK_IF, TOK_IN, TOK_SELECT,
	TOK_THEN, TOK_UNTIL, TOK_WHILE, TOK_FUNCTION, TOK_NAME, TOK_WORD,
};

struct grub_lexer {
	struct grub *g;
	struct grub_lines *lines;
	const char *buf;
	size_t at, len;
	const char *prefix;		/* the beginning of a word that continues in the next line */
	unsigned refs;			/* open constructs: more lines may be read */
	bool at_end, failed;
	unsigned recording;
	struct grub_text record;
	enum grub_token token;		/* peeked at, not yet taken */
	bool peeked;
	struct grub_part *parts;	/* of the token */
};

/* lines is borrowed; first_line was taken from it. */
void grub_lex_start(struct grub_lexer *x, struct grub *g, struct grub_lines *lines, const char *first_line);
/* The token to come. The caller takes it by clearing x->peeked. */
enum grub_token grub_lex_peek(struct grub_lexer *x);

#endif
