#include "bootpath_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

void find_paths(struct sample *s, const struct bootpath_options *o, struct bootpaths *ret)
{
	struct error err = ERROR_NONE;

	if (bootpaths_find(&s->chain, o, &err, ret) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ret->n; i++)
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(ret->path[i].key, ret->path[k].key);
			assert_memory_not_equal(ret->path[i].prediction.pcrs, ret->path[k].prediction.pcrs,
						sizeof(ret->path[i].prediction.pcrs));
		}
}

const struct bootpath *labelled(const struct bootpaths *b, const char *label)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->path[i].label, label) == 0)
			return &b->path[i];
	return NULL;
}

const char *why_out(const struct bootpaths *b, const char *label)
{
	for (size_t i = 0; i < b->out_count; i++)
		if (strcmp(b->out[i].label, label) == 0)
			return b->out[i].why;
	return "";
}

void replace_in_cfg(struct sample *s, const char *from, const char *to)
{
	struct buffer *b = &sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, other = BUFFER_NONE;
	char *at = strstr(buffer_str(b), from);

	assert_non_null(at);
	buffer_add(&other, b->data, at - buffer_str(b));
	buffer_add_str(&other, to);
	buffer_add_str(&other, at + strlen(from));
	buffer_free(b);
	*b = other;
}
