/*
 * The search commands (commands/search.c, search_wrap.c) and probe (commands/probe.c). A search for a file
 * opens, and so measures, the file on every device that has it until the search ends; a search for an
 * identifier only looks at file systems. What it measures depends on the order of the devices and on devices
 * whose file system is unknown: for those GRUB tries to load modules.
 */
#include "measure/grub/cmd_search.h"

#include <string.h>
#include <strings.h>

#include "measure/grub/arena.h"
#include "measure/grub/argv.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/names.h"
#include "measure/grub/opt.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"

enum by { BY_FILE, BY_LABEL, BY_UUID };

struct search {
	enum by by;
	const char *key;
	const char *var;
	bool no_floppy, efidisk_only;
	const struct grub_argv *hints;
	unsigned found;
	bool from_cache;
};

static bool device_fits(struct grub *g, const struct search *s, const char *name)
{
	const struct grub_device *d;
	struct grub_path path;
	struct grub_stat st;
	const char *id;

	if (s->by == BY_FILE) {
		if (!strcmp(name, "proc"))
			return false;
		return grub_dev_open(g, grub_format(g, "(%s)%s", name, s->key), USE_PLAIN, &path, &st);
	}
	d = grub_dev_find(g, name);
	if (!d || !grub_dev_fs(g, d))
		return false;
	id = s->by == BY_UUID ? d->fs_uuid : d->fs_label;
	return id && !(s->by == BY_UUID ? strcasecmp(id, s->key) : strcmp(id, s->key));
}

static const char *cache_name(struct grub *g, const struct search *s)
{
	struct grub_text t = { 0 };
	const char *p;

	grub_text_char(g, &t, (char)('0' + s->by));
	for (p = s->key; *p; p++)
		grub_text_char(g, &t, s->by == BY_UUID && *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p);
	return t.s;
}

/* iterate_device: true ends the search */
static bool try_device(struct grub *g, const char *name, void *context)
{
	struct search *s = context;
	bool fits;

	if (s->no_floppy && name[0] == 'f' && name[1] == 'd' && name[2] >= '0' && name[2] <= '9')
		return grub_does(g->machine, BUILD_FLOPPY_ENDS);
	/* all that the model knows besides the image's own devices are the firmware's */
	if (s->efidisk_only && !grub_dev_find(g, name))
		return false;
	fits = device_fits(g, s, name);
	if (fits && !s->from_cache && !s->found)
		grub_name_add(g, &g->search_cache, cache_name(g, s), name);
	if (fits) {
		s->found++;
		if (s->var)
			grub_vars_set(g, s->var, name);
	}
	g->grub_errno = GRUB_OK;
	return fits && s->var;
}

/* "hd0," means the disk, then its partitions in ascending order */
static bool try_hint(struct grub *g, struct search *s, const char *hint)
{
	size_t n = strlen(hint), i;
	const char *disk, *name;

	if (!n)
		return false;
	disk = hint[n - 1] == ',' ? grub_dup_n(g, hint, n - 1) : hint;
	if (try_device(g, disk, s))
		return true;
	if (disk == hint || !grub_dev_find(g, disk))
		return false;
	for (i = 0; i < g->machine->device_count; i++) {
		name = g->machine->devices[i].name;
		if (!strncmp(name, hint, n) && try_device(g, name, s))
			return true;
	}
	return false;
}

static void try_all(struct grub *g, struct search *s)
{
	struct grub_name *cached = grub_name_find(g->search_cache, cache_name(g, s));
	bool done;
	size_t i;

	if (cached) {
		s->from_cache = true;
		done = try_device(g, cached->value, s);
		s->from_cache = false;
		if (done)
			return;
	}
	for (i = 0; i < s->hints->count; i++)
		if (try_hint(g, s, s->hints->args[i]))
			return;
	grub_dev_each(g, try_device, s);
}

static enum grub_err run_search(struct grub *g, struct search *s)
{
	bool autoload = g->fs_autoload;

	g->grub_errno = GRUB_OK;
	if (s->var) {
		g->fs_autoload = false;
		try_all(g, s);
		g->fs_autoload = autoload;
	}
	if (!s->found)
		try_all(g, s);
	if (!s->found)
		grub_fail(g, GRUB_ERR_FILE_NOT_FOUND);
	return g->grub_errno;
}

/* search.file, search.fs_label, search.fs_uuid: NAME [VARIABLE] [HINTS] */
enum grub_err grub_cmd_search_by(struct grub *g, const struct grub_call *call)
{
	const struct grub_argv *v = &call->argv;
	struct grub_argv hints = { 0 };
	struct search s = { .hints = &hints };

	if (!v->count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	s.by = BY_UUID;
	if (!strcmp(call->name, "search.file"))
		s.by = BY_FILE;
	else if (!strcmp(call->name, "search.fs_label"))
		s.by = BY_LABEL;
	s.key = v->args[0];
	s.var = v->count > 1 ? v->args[1] : NULL;
	if (v->count > 2)
		hints = (struct grub_argv){ .args = v->args + 2, .count = v->count - 2 };
	return run_search(g, &s);
}

enum {
	OPT_FILE, OPT_LABEL, OPT_UUID, OPT_SET, OPT_NO_FLOPPY, OPT_HINT, OPT_HINT_IEEE, OPT_HINT_BIOS,
	OPT_HINT_METAL, OPT_HINT_EFI, OPT_HINT_ARC, OPT_EFIDISK,
};

static void add_hints(struct grub *g, struct grub_argv *hints, const struct grub_argv *more)
{
	size_t i;

	for (i = 0; i < more->count; i++) {
		grub_argv_next(g, hints);
		grub_argv_append(g, hints, more->args[i], strlen(more->args[i]));
	}
}

enum grub_err grub_cmd_search(struct grub *g, const struct grub_call *call)
{
	struct grub_opt options[] = {
		[OPT_FILE] = { .name = "file", .letter = 'f' },
		[OPT_LABEL] = { .name = "label", .letter = 'l' },
		[OPT_UUID] = { .name = "fs-uuid", .letter = 'u' },
		[OPT_SET] = { .name = "set", .letter = 's', .flags = OPT_OPTIONAL, .takes_value = true },
		[OPT_NO_FLOPPY] = { .name = "no-floppy", .letter = 'n' },
		[OPT_HINT] = { .name = "hint", .letter = 'h', .flags = OPT_REPEAT, .takes_value = true },
		[OPT_HINT_IEEE] = { .name = "hint-ieee1275", .flags = OPT_REPEAT, .takes_value = true },
		[OPT_HINT_BIOS] = { .name = "hint-bios", .flags = OPT_REPEAT, .takes_value = true },
		[OPT_HINT_METAL] = { .name = "hint-baremetal", .flags = OPT_REPEAT, .takes_value = true },
		[OPT_HINT_EFI] = { .name = "hint-efi", .flags = OPT_REPEAT, .takes_value = true },
		[OPT_HINT_ARC] = { .name = "hint-arc", .flags = OPT_REPEAT, .takes_value = true },
		[OPT_EFIDISK] = { .name = "efidisk-only" },
		{ 0 },
	};
	struct grub_argv hints = { 0 };
	struct search s = { .hints = &hints };
	struct grub_opts o;
	size_t i = 0;

	/* 2.06 does not know it, and takes an unknown option for the name to search for */
	if (!grub_does(g->machine, BUILD_EFIDISK_ONLY))
		options[OPT_EFIDISK] = (struct grub_opt){ 0 };
	if (!grub_opt_parse(g, options, OPTS_ACCEPT_DASH, &call->argv, &o))
		return g->grub_errno;
	add_hints(g, &hints, &o.values[OPT_HINT]);
	add_hints(g, &hints, &o.values[OPT_HINT_EFI]);
	add_hints(g, &hints, &o.values[OPT_HINT_METAL]);
	while (i < o.rest.count && !strncmp(o.rest.args[i], "--hint-", 7))
		i++;
	if (o.set[OPT_SET])
		s.var = o.value[OPT_SET] ? o.value[OPT_SET] : "root";
	if (i < o.rest.count) {
		s.key = o.rest.args[i];
	} else if (o.set[OPT_SET] && o.value[OPT_SET]) {
		s.key = o.value[OPT_SET];
		s.var = "root";
	} else {
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	}
	s.no_floppy = o.set[OPT_NO_FLOPPY];
	s.efidisk_only = o.set[OPT_EFIDISK];
	if (!o.set[OPT_LABEL] && !o.set[OPT_UUID] && !o.set[OPT_FILE])
		return grub_fail(g, GRUB_ERR_INVALID_COMMAND);
	s.by = o.set[OPT_LABEL] ? BY_LABEL : o.set[OPT_UUID] ? BY_UUID : BY_FILE;
	return run_search(g, &s);
}

enum { PROBE_SET, PROBE_DRIVER, PROBE_PARTMAP, PROBE_FS, PROBE_UUID, PROBE_LABEL, PROBE_PART_UUID };

/*
 * The value that the options ask for, in the order of the source; NULL with grub_errno set when there is
 * none.
 */
static const char *probe_value(struct grub *g, const struct grub_opts *o, const struct grub_device *d)
{
	const char *comma = strchr(d->name, ','), *value;

	if (o->set[PROBE_DRIVER])
		return "efidisk";
	if (o->set[PROBE_PARTMAP])
		return comma ? grub_dup_n(g, comma + 1, strcspn(comma + 1, "0123456789")) : "none";
	if (o->set[PROBE_PART_UUID]) {
		if (comma && !d->part_uuid)
			grub_unmodelled(g, "the partition UUID of (%s) is not known", d->name);
		return comma ? d->part_uuid : "none";
	}
	if (!grub_dev_fs(g, d))
		return NULL;
	value = NULL;
	if (o->set[PROBE_FS])
		value = d->fs;
	else if (o->set[PROBE_UUID])
		value = d->fs_uuid;
	else if (o->set[PROBE_LABEL])
		value = d->fs_label;
	if (!value)
		grub_fail(g, o->set[PROBE_UUID] || o->set[PROBE_LABEL] ?
			  GRUB_ERR_NOT_IMPLEMENTED : GRUB_ERR_BAD_ARGUMENT);
	return value;
}

enum grub_err grub_cmd_probe(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		[PROBE_SET] = { .name = "set", .letter = 's', .takes_value = true },
		[PROBE_DRIVER] = { .name = "driver", .letter = 'd' },
		[PROBE_PARTMAP] = { .name = "partmap", .letter = 'p' },
		[PROBE_FS] = { .name = "fs", .letter = 'f' },
		[PROBE_UUID] = { .name = "fs-uuid", .letter = 'u' },
		[PROBE_LABEL] = { .name = "label", .letter = 'l' },
		[PROBE_PART_UUID] = { .name = "part-uuid" },
		{ 0 },
	};
	const struct grub_device *d;
	struct grub_opts o;
	const char *name, *value;
	size_t n;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (!o.rest.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	name = o.rest.args[0];
	n = strlen(name);
	if (n > 1 && name[0] == '(' && name[n - 1] == ')')
		name = grub_dup_n(g, name + 1, n - 2);
	d = grub_dev_find(g, name);
	if (!d)
		return grub_fail(g, grub_dev_error(g, name));
	value = probe_value(g, &o, d);
	if (!value)
		return g->grub_errno;
	if (o.set[PROBE_SET])
		grub_vars_set(g, o.value[PROBE_SET], value);
	return GRUB_OK;
}
