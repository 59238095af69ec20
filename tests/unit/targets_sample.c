#include "targets_sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

void write_attribute(const struct targets_sample *s, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", s->root, name);
	tree_write_text(&s->t, path, text);
}

int targets_setup(void **state)
{
	struct targets_sample *s = calloc(1, sizeof(*s));
	struct stat st;

	tree_make(&s->t);
	assert_int_equal(stat(s->t.root, &st), 0);
	snprintf(s->number, sizeof(s->number), "%u:%u\n", major(st.st_dev), minor(st.st_dev));
	snprintf(s->root, sizeof(s->root), "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	write_attribute(s, "dm/uuid", "CRYPT-LUKS2-" ROOT_UUID "-cryptroot\n");
	write_attribute(s, "dm/name", "cryptroot\n");
	write_attribute(s, "slaves/vda3/dev", "254:3\n");
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE);
	*state = s;
	return 0;
}

int targets_teardown(void **state)
{
	struct targets_sample *s = *state;

	tree_remove(&s->t);
	free(s);
	return 0;
}

void add_volume(const struct targets_sample *s, const char *number, const char *name, const char *below)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/uuid", number);
	snprintf(text, sizeof(text), "CRYPT-LUKS2-5ea1ab1e0000400080000000000000%s-%s\n", &number[4], name);
	tree_write_text(&s->t, path, text);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/name", number);
	snprintf(text, sizeof(text), "%s\n", name);
	tree_write_text(&s->t, path, text);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/slaves/%s/dev", number, below);
	tree_write_text(&s->t, path, "8:1\n");
}

void finds(const struct targets_sample *s, const char *name)
{
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	if (targets_find(&s->t.machine, &err, target, &n) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(n, 1);
	assert_string_equal(target[0].name, name);
	assert_string_equal(strrchr(target[0].device, '/'), "/vda3");
}

void finds_all(const struct targets_sample *s, const char *names)
{
	struct target target[TARGET_MAX];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	size_t n;

	if (targets_find(&s->t.machine, &err, target, &n) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		buffer_addf(&b, "%s%s on %s", i == 0 ? "" : ", ", target[i].name,
			    strrchr(target[i].device, '/') + 1);
	assert_string_equal(buffer_str(&b), names);
	buffer_free(&b);
}

void refuses_root(const struct targets_sample *s, const char *words)
{
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	assert_int_equal(targets_find(&s->t.machine, &err, target, &n), -EOPNOTSUPP);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" is not in: %s", words, err.text);
}
