#include "machine/record/confidential.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define MAX_LEN 256

/* "SECONDS KIND", one line */
int confidential_read(const struct machine *m, struct error *err, struct confidential_record *ret)
{
	struct buffer text = BUFFER_NONE;
	const char *blank, *end;
	uint64_t at;
	int r;

	r = machine_read(m, CONFIDENTIAL_PATH, MAX_LEN, err, &text);
	if (r < 0)
		return r;
	blank = strchr(buffer_str(&text), ' ');
	end = strchr(buffer_str(&text), '\n');
	if (blank && end && blank < end && (size_t)(end - blank - 1) < sizeof(ret->kind) &&
	    text_number(buffer_str(&text), (size_t)(blank - buffer_str(&text)), INT64_MAX, &at) == 0) {
		ret->at = (int64_t)at;
		snprintf(ret->kind, sizeof(ret->kind), "%.*s", (int)(end - blank - 1), blank + 1);
		text_make_printable(ret->kind);
	} else {
		r = error_set(err, -EBADMSG, CONFIDENTIAL_PATH ": damaged");
	}
	buffer_free(&text);
	return r;
}

int confidential_write(const struct machine *m, const char *kind, struct error *err)
{
	char path[PATH_MAX], text[MAX_LEN];
	int r = machine_path(m, CONFIDENTIAL_PATH, path);
	time_t now = time(NULL);

	if (r < 0)
		return r;
	if (!kind)
		return unlink(path) == 0 || errno == ENOENT
			       ? 0
			       : error_set(err, -errno, CONFIDENTIAL_PATH ": cannot remove: %s",
					   strerror(errno));
	snprintf(text, sizeof(text), "%" PRId64 " %.63s\n", (int64_t)(now > 0 ? now : 0), kind);
	return file_replace(path, text, strlen(text), 0600, err);
}
