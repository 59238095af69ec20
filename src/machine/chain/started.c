#include "machine/chain/started.h"

#include <errno.h>
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

static bool is_in_firmware(const struct eventlog *log, size_t at)
{
	struct reader data = eventlog_data(log, at);
	struct devpath path;

	return devpath_of_image(&data, &path) == 0 && path.in_firmware && !path.has_partition;
}

static size_t next_image(const struct event_list *events, size_t at)
{
	while (at < events->n && !is_image(&events->e[at]))
		at++;
	return at;
}

int started_find(const struct eventlog *log, const struct event_list *events, struct error *err,
		 struct started *ret)
{
	size_t at = next_image(events, last_call(events));
	struct started s = { .n = 1 };
	struct devpath path;
	struct reader data;
	int r;

	/* an application of the maker's, out of flash: part of what the firmware does before the loader */
	while (at < events->n && is_in_firmware(log, at))
		at = next_image(events, at + 1);
	if (at == events->n)
		return error_set(err, -EOPNOTSUPP, "event log: no boot loader in PCR 4%s",
				 eventlog_full(log));
	data = eventlog_data(log, at);
	r = devpath_of_image(&data, &path);
	if (r < 0 || !path.has_partition || path.part_uuid[0] == '\0' || path.file[0] == '\0')
		return error_set(err, -EOPNOTSUPP,
				 "event log: the boot loader '%s' does not come from a file on a GPT "
				 "partition: choose the disk's own boot entry in the firmware's setup",
				 events->e[at].what);
	memcpy(s.part_uuid, path.part_uuid, sizeof(s.part_uuid));
	memcpy(s.image[0].file, path.file, sizeof(path.file));
	s.image[0].at = at;
	*ret = s;
	return 0;
}

int started_find_second(const struct eventlog *log, const struct event_list *events, struct error *err,
			struct started *s)
{
	size_t at = next_image(events, s->image[0].at + 1);
	const char *first = s->image[0].file;
	struct reader data;
	struct devpath path;
	int r;

	if (at == events->n)
		return error_set(err, -EOPNOTSUPP,
				 "event log: '%s' did not start a second loader: a chain without a model%s",
				 first, eventlog_full(log));
	data = eventlog_data(log, at);
	r = devpath_of_image(&data, &path);
	if (r < 0 || path.file[0] == '\0')
		return error_set(err, -EOPNOTSUPP,
				 "event log: '%s' did not start a second loader from a file", first);
	/* shim passes on a path without a partition: the file is on its own */
	if (path.has_partition && strcmp(path.part_uuid, s->part_uuid) != 0)
		return error_set(err, -EOPNOTSUPP,
				 "event log: '%s' was loaded from a different partition than '%s'", path.file,
				 first);
	s->image[1].at = at;
	memcpy(s->image[1].file, path.file, sizeof(path.file));
	s->n = 2;
	return 0;
}
