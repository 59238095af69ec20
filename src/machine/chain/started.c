#include "machine/chain/started.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/log/tcg.h"

static bool is_image(const struct event *e)
{
	return e->kind == EVENT_IMAGE;
}

/* Boot options that failed come with images of their own; ours follows the last call. */
static size_t last_call(const struct event_list *events)
{
	size_t at = 0;

	for (size_t i = 0; i < events->n; i++)
		if (events->e[i].pcr == 4 && events->e[i].kind == EVENT_ACTION &&
		    strcmp(events->e[i].what, EFI_ACTION_CALLING) == 0)
			at = i + 1;
	return at;
}

static size_t next_image(const struct event_list *events, size_t at)
{
	while (at < events->n && !is_image(&events->e[at]))
		at++;
	return at;
}

/* GRUB's first event names the file or directory that it looks at: "... (hd0,gpt1)/EFI/debian ...". */
static void find_disk(const struct event_list *events, size_t from, char ret[static 16])
{
	const char *open;
	unsigned number;

	for (size_t i = from; i < events->n; i++) {
		if (events->e[i].pcr != 8 && events->e[i].pcr != 9)
			continue;
		open = strstr(events->e[i].what, "(hd");
		if (open && sscanf(open, "(hd%u,", &number) == 1 && number < 1000) {
			snprintf(ret, 16, "hd%u", number);
			return;
		}
	}
	strcpy(ret, "hd0");
}

/* shim hands on a path without a partition: the file lies beside it. */
static int find_grub(const struct eventlog *log, struct error *err, struct loader *l)
{
	struct reader data = eventlog_data(log, l->grub_at);
	struct devpath path;
	int r;

	r = devpath_of_image(&data, &path);
	if (r < 0 || path.file[0] == '\0')
		return error_set(err, -EOPNOTSUPP, "event log: '%s' did not start a second loader (GRUB) from a file",
				 l->shim.file);
	if (path.has_partition && strcmp(path.part_uuid, l->shim.part_uuid) != 0)
		return error_set(err, -EOPNOTSUPP, "event log: '%s' was loaded from a different partition than '%s'",
				 path.file, l->shim.file);
	memcpy(l->grub_file, path.file, sizeof(l->grub_file));
	return 0;
}

int loader_find(const struct eventlog *log, const struct event_list *events, struct error *err, struct loader *ret)
{
	struct loader l = { .shim_at = next_image(events, last_call(events)) };
	struct reader data;
	int r;

	if (l.shim_at == events->n)
		return error_set(err, -EOPNOTSUPP, "event log: no boot loader in PCR 4");
	data = eventlog_data(log, l.shim_at);
	r = devpath_of_image(&data, &l.shim);
	if (r < 0 || !l.shim.has_partition || l.shim.part_uuid[0] == '\0' || l.shim.file[0] == '\0')
		return error_set(err, -EOPNOTSUPP, "event log: the boot loader '%s' does not come from a file on a GPT partition",
				 events->e[l.shim_at].what);
	l.grub_at = next_image(events, l.shim_at + 1);
	if (l.grub_at == events->n)
		return error_set(err, -EOPNOTSUPP, "event log: '%s' did not start a second loader (GRUB): a chain without a model",
				 l.shim.file);
	r = find_grub(log, err, &l);
	if (r < 0)
		return r;
	find_disk(events, l.grub_at + 1, l.grub_disk);
	*ret = l;
	return 0;
}
