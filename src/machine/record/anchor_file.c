#include "machine/record/anchor_file.h"

#include "base/file.h"

int anchor_save(const struct machine *m, const struct anchor *a, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	r = anchor_format(a, &text);
	if (r == 0)
		r = machine_path(m, "/etc/bootseal", path);
	if (r == 0)
		r = file_mkdir(path, 0755, err);
	if (r == 0)
		r = machine_path(m, ANCHOR_PATH, path);
	/* the anchor holds no secret: names and hashes */
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	buffer_free(&text);
	return r;
}
