#include "machine/trust/initrd_crypttab.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/trust/initrd.h"
#include "seal/crypttab_use.h"

/* no function below returns it */
#define FOUND (-ECHILD)

static bool wants_nothing(void *context, const char *name)
{
	return false;
}

static int take(void *context, const struct cpio_entry *e)
{
	struct buffer *text = context;

	if (strcmp(e->name, CRYPTTAB_IN_INITRD) != 0 || !S_ISREG(e->mode) || !e->data)
		return 0;
	buffer_add(text, e->data, e->size);
	return buffer_ok(text) ? FOUND : -ENOMEM;
}

int initrd_crypttab(int initrd, struct error *err, struct buffer *ret)
{
	struct buffer text = BUFFER_NONE;
	const struct cpio_sink sink = { .context = &text, .wants = wants_nothing, .entry = take };
	int r = initrd_unpack_file(initrd, &sink, err);

	if (r == FOUND) {
		*ret = text;
		return 0;
	}
	buffer_free(&text);
	return r < 0 ? r : error_set(err, -ENOENT, "the initrd has no /" CRYPTTAB_IN_INITRD);
}
