#include "measure/grub/lines.h"

#include <string.h>

#include "measure/grub/state.h"
#include "measure/grub/text.h"

/* grub_file_getline: carriage returns are dropped, and a NUL ends the line for the rest of GRUB. */
static const char *next_line(struct grub *g, struct grub_lines *l)
{
	const char *nl = l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;
	const char *end = nl ? nl : l->end;
	struct grub_text t = { 0 };
	const char *cr;

	if (l->is_file) {
		while (l->at < end) {
			cr = memchr(l->at, '\r', (size_t)(end - l->at));
			grub_text_add(g, &t, l->at, (size_t)((cr ? cr : end) - l->at));
			l->at = cr ? cr + 1 : end;
		}
		if (!t.len && !nl) {
			l->done = true;
			return NULL;
		}
	} else {
		/*
		 * execute.c, sourcecode_getline: the text after the last newline is a line, even when empty
		 */
		if (l->done)
			return NULL;
		grub_text_add(g, &t, l->at, (size_t)(end - l->at));
		l->done = !nl;
	}
	l->at = nl ? nl + 1 : l->end;
	l->line++;
	return grub_text_str(g, &t);
}

const char *grub_lines_next(struct grub *g, struct grub_lines *l)
{
	const char *line;

	/* normal/main.c: lines that start with '#' never reach the parser, not even inside quotes */
	do
		line = next_line(g, l);
	while (line && l->is_file && line[0] == '#');
	return line;
}
