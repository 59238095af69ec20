#include "measure/boot/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void boot_trace_free(struct boot_trace *out)
{
	size_t i;

	event_list_free(&out->events);
	for (i = 0; i < out->initrd_count; i++)
		free(out->initrds[i]);
	for (i = 0; i < out->access_count; i++) {
		free(out->accesses[i].device);
		free(out->accesses[i].path);
	}
	for (i = 0; i < out->write_count; i++) {
		free(out->writes[i].device);
		free(out->writes[i].path);
		free(out->writes[i].bytes);
	}
	free(out->initrds);
	free(out->accesses);
	free(out->writes);
	free(out->entry);
	free(out->entry_title);
	free(out->kernel);
	free(out->release);
	free(out->cmdline);
	free(out->image);
	free(out->missing_config);
	free(out->unsupported);
	*out = (struct boot_trace){ .events = EVENT_LIST_NONE };
}

static bool copy_text(const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return !from || *ret;
}

int boot_trace_copy_start(const struct boot_trace *from, struct boot_trace *ret)
{
	struct boot_trace t = { .outcome = from->outcome, .through_stub = from->through_stub };
	bool ok = copy_text(from->entry, &t.entry) && copy_text(from->entry_title, &t.entry_title) &&
		  copy_text(from->kernel, &t.kernel) && copy_text(from->release, &t.release) &&
		  copy_text(from->cmdline, &t.cmdline) && copy_text(from->image, &t.image);

	t.initrds = ok ? calloc(from->initrd_count + 1, sizeof(*t.initrds)) : NULL;
	ok = ok && t.initrds;
	for (; ok && t.initrd_count < from->initrd_count; t.initrd_count++)
		ok = copy_text(from->initrds[t.initrd_count], &t.initrds[t.initrd_count]);
	if (!ok) {
		boot_trace_free(&t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

const char *boot_trace_release(const struct boot_trace *trace)
{
	return trace->release ? trace->release : "";
}

static void free_entries(struct boot_entry *e, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free_entries(e[i].entries, e[i].entry_count);
		free(e[i].title);
		free(e[i].id);
		free(e[i].path);
	}
	free(e);
}

void boot_menu_free(struct boot_menu *menu)
{
	free_entries(menu->entries, menu->entry_count);
	free(menu->default_path);
	*menu = (struct boot_menu){ 0 };
}
