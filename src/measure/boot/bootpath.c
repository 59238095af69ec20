#include "measure/boot/bootpath.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "measure/grub/env.h"

#define STATES_MAX 8    /* environment blocks that are followed */
#define ENTRIES_MAX 256 /* of one menu */

/* One environment block; where it lies is known once some path has opened or written it. */
struct state {
	uint8_t *bytes; /* NULL: as it is on the disk */
	size_t len;
	char *device, *path;
};

struct finder {
	const struct bootpath_options *o;
	struct bootpaths found;
	struct error *err;
	/* the variant that is walked */
	struct boot_facts chain;
	struct grub_machine machine; /* chain.own */
	const char *disk_note; /* "" or for the label: ", boot disk hd1" */
	struct state state[STATES_MAX];
	size_t state_count, at_state;
	bool first_walk; /* the machine as it is: only here reasons are noted */
};

static void state_free(struct state *s)
{
	free(s->bytes);
	free(s->device);
	free(s->path);
	*s = (struct state){ .bytes = NULL };
}

static int add_state(struct finder *f, const uint8_t *bytes, size_t len, const char *device, const char *path)
{
	struct state *s;

	for (size_t i = 0; i < f->state_count; i++)
		if (f->state[i].bytes && f->state[i].len == len && memcmp(f->state[i].bytes, bytes, len) == 0)
			return 0;
	if (f->state_count == STATES_MAX)
		return 0;
	s = &f->state[f->state_count];
	*s = (struct state){ .bytes = malloc(len ? len : 1), .len = len, .device = strdup(device), .path = strdup(path) };
	if (!s->bytes || !s->device || !s->path) {
		state_free(s);
		return -ENOMEM;
	}
	memcpy(s->bytes, bytes, len);
	f->state_count++;
	return 0;
}

static int is_recordfail(void *context, const char *name, const char *value)
{
	return strcmp(name, "recordfail") == 0 && strcmp(value, "1") == 0;
}

static bool has_recordfail(const struct state *s)
{
	return s->bytes && grub_env_each(s->bytes, s->len, is_recordfail, NULL) == 1;
}

/*
 * What this boot leaves behind is what the next one finds: as GRUB wrote it, and with recordfail taken back
 * by the system.
 */
static int follow_writes(struct finder *f, const struct boot_trace *g)
{
	int r = 0;

	for (size_t i = 0; i < g->write_count && r == 0; i++) {
		const struct boot_written *w = &g->writes[i];
		uint8_t *plain;

		if (!grub_env_valid(w->bytes, w->len))
			continue;
		r = add_state(f, w->bytes, w->len, w->device, w->path);
		plain = r == 0 ? malloc(w->len) : NULL;
		if (!plain)
			return r < 0 ? r : -ENOMEM;
		memcpy(plain, w->bytes, w->len);
		grub_env_unset(plain, w->len, "recordfail");
		r = add_state(f, plain, w->len, w->device, w->path);
		free(plain);
	}
	return r;
}

static int leave_out(struct finder *f, const char *label, const char *why)
{
	struct bootpath_out *out;

	for (size_t i = 0; i < f->found.out_count; i++)
		if (strcmp(f->found.out[i].label, label) == 0 && strcmp(f->found.out[i].why, why) == 0)
			return 0;
	out = reallocarray(f->found.out, f->found.out_count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	f->found.out = out;
	out += f->found.out_count;
	*out = (struct bootpath_out){ .label = strdup(label), .why = strdup(why) };
	f->found.out_count++;
	return out->label && out->why ? 0 : -ENOMEM;
}

static void make_label(const struct finder *f, const struct prediction *p, bool by_itself, struct buffer *b)
{
	const char *release = kernel_release(p->trace.kernel ? p->trace.kernel : "");
	const char *title = p->trace.entry_title ? p->trace.entry_title : "no entry";

	if (*release) {
		buffer_add_str(b, "Linux ");
		text_add_printable(b, release, strlen(release), 64);
	} else {
		text_add_printable(b, title, strlen(title), 64);
	}
	buffer_add_str(b, by_itself ? " (default" : " (from the menu");
	if (f->at_state > 0)
		buffer_add_str(b, has_recordfail(&f->state[f->at_state]) ? ", after a boot that was cut short" :
									   ", after GRUB changed its environment");
	buffer_addf(b, "%s)", f->disk_note);
}

static void make_key(const struct finder *f, const struct prediction *p, bool by_itself, struct buffer *b)
{
	const struct state *s = &f->state[f->at_state];
	const char *entry = by_itself || !p->trace.entry ? "" : p->trace.entry;
	uint8_t digest[SHA256_LEN];
	char hex[17];

	buffer_add_str(b, by_itself ? "default" : "menu ");
	text_add_printable(b, entry, strlen(entry), 1024);
	if (s->bytes && hash_sha256(s->bytes, s->len, digest) == 0) {
		text_hex(digest, 8, hex);
		buffer_addf(b, " env %s", hex);
	}
	if (*f->disk_note)
		buffer_addf(b, " disk %s", f->machine.boot_device);
}

static bool is_known(const struct finder *f, const struct prediction *p)
{
	for (size_t i = 0; i < f->found.n; i++)
		if (memcmp(f->found.path[i].prediction.pcrs, p->pcrs, sizeof(p->pcrs)) == 0)
			return true;
	return false;
}

static void bootpath_free(struct bootpath *p)
{
	free(p->key);
	free(p->label);
	free(p->release);
	prediction_free(&p->prediction);
}

/* Takes the prediction over. */
static int add_path(struct finder *f, struct prediction *p, bool by_itself, const char *label)
{
	struct buffer key = BUFFER_NONE;
	struct bootpath *path;

	if (f->found.n >= f->o->max)
		return leave_out(f, label, "the policy has no space for more branches");
	path = reallocarray(f->found.path, f->found.n + 1, sizeof(*path));
	if (!path)
		return -ENOMEM;
	f->found.path = path;
	path += f->found.n;
	make_key(f, p, by_itself, &key);
	*path = (struct bootpath){
		.key = buffer_steal(&key),
		.label = strdup(label),
		.release = strdup(kernel_release(p->trace.kernel)),
		.is_default = by_itself && f->first_walk && f->at_state == 0,
	};
	if (!path->key || !path->label || !path->release) {
		bootpath_free(path);
		return -ENOMEM;
	}
	path->prediction = *p;
	*p = PREDICTION_NONE;
	f->found.n++;
	return 0;
}

/* A machine whose configuration is gone or lies elsewhere: what is missing says more than that nothing starts. */
static int explain_nothing(const struct finder *f, const struct boot_trace *g, struct error *why)
{
	const char *prefix = f->machine.prefix ? f->machine.prefix : "/EFI/debian";
	char esp[64], first[512];

	if (!g->missing_config)
		return error_set(why, -EPERM, "it does not start Linux");
	snprintf(esp, sizeof(esp), "(%s)/", f->machine.boot_device);
	if (strncmp(g->missing_config, esp, strlen(esp)) != 0)
		return error_set(why, -EPERM, "it does not start Linux: GRUB finds no %s; 'update-grub' writes it", g->missing_config);
	/* what grub-install writes, and where GRUB looks next */
	snprintf(first, sizeof(first), "(%s)%s/grub.cfg", f->machine.boot_device, prefix);
	if (strcmp(first, g->missing_config) == 0)
		return error_set(why, -EPERM, "it does not start Linux: GRUB finds no %s; 'grub-install' writes it", first);
	return error_set(why, -EPERM, "it does not start Linux: GRUB finds no %s, nor %s; 'grub-install' writes the first", first,
			 g->missing_config);
}

/* 0: it can be a boot path; else -EPERM and why not. */
static int judge(const struct finder *f, const struct prediction *p, struct error *why)
{
	const char *word;
	size_t n;

	if (p->trace.outcome == BOOT_IMAGE)
		return error_set(why, -EPERM, "it starts a different loader, '%s'", p->trace.image);
	if (p->trace.outcome != BOOT_LINUX)
		return explain_nothing(f, &p->trace, why);
	if (p->trace.initrd_count == 0)
		return error_set(why, -EPERM, "it has no initrd that could close the window");
	if (!f->o->root_shells && cmdline_gives_root_shell(p->trace.cmdline, &word, &n))
		return error_set(why, -EPERM, "it gives a root shell ('%.*s' on its command line)", (int)n, word);
	return f->o->admit ? f->o->admit(f->o->context, p, why) : 0;
}

/* "UEFI Firmware Settings", "Reboot" and the like: nobody expects a branch for them. */
static bool is_no_boot(const struct prediction *p, bool by_itself)
{
	return !by_itself && (p->trace.outcome == BOOT_ENDS || p->trace.outcome == BOOT_WAITS);
}

/* The machine failed while the path was looked at, which says nothing about the path: the next try may well see it. */
static bool is_failure(int r)
{
	return r == -ENOMEM || r == -EIO || r == -EMFILE || r == -ENFILE;
}

static int walk(struct finder *f, const struct boot_choice *choice, const char *title)
{
	struct prediction p = PREDICTION_NONE;
	struct error why = ERROR_NONE;
	struct buffer label = BUFFER_NONE;
	bool by_itself = choice->path == NULL, fit = false;
	int r;

	r = predict(&f->chain, choice, &why, &p);
	if (is_failure(r)) {
		error_set(f->err, r, "%s", *why.text ? why.text : strerror(-r));
		goto out;
	}
	if (r < 0) {
		r = f->first_walk ? leave_out(f, title, *why.text ? why.text : strerror(-r)) : 0;
		goto out;
	}
	make_label(f, &p, by_itself, &label);
	r = buffer_ok(&label) ? 0 : -ENOMEM;
	if (r == 0 && is_known(f, &p))
		goto out;
	if (by_itself && f->first_walk && f->at_state == 0)
		f->found.default_lacks_initrd = p.trace.outcome == BOOT_LINUX && p.trace.initrd_count == 0;
	if (r == 0) {
		r = judge(f, &p, &why);
		fit = r == 0;
		/* no word on the path, but a failure */
		if (r < 0 && r != -EPERM)
			error_set(f->err, r, "%s", why.text);
	}
	if (r == -EPERM && (!f->first_walk || is_no_boot(&p, by_itself)))
		r = 0;
	else if (r == -EPERM)
		r = leave_out(f, by_itself && p.trace.kernel ? buffer_str(&label) : title, why.text);
	else if (r == 0)
		r = follow_writes(f, &p.trace);
	if (r == 0 && fit)
		r = add_path(f, &p, by_itself, buffer_str(&label));
out:
	buffer_free(&label);
	prediction_free(&p);
	return r;
}

static int walk_entries(struct finder *f, const struct boot_entry *entry, size_t n, size_t *left)
{
	int r = 0;

	for (size_t i = 0; i < n && *left > 0 && r == 0; i++) {
		struct boot_choice choice = { .path = entry[i].path, .force_menu = true };

		if (entry[i].submenu) {
			r = walk_entries(f, entry[i].entries, entry[i].entry_count, left);
			continue;
		}
		(*left)--;
		r = walk(f, &choice, entry[i].title ? entry[i].title : entry[i].path);
	}
	return r;
}

static int walk_menu(struct finder *f)
{
	const struct boot_choice untouched = { .path = NULL };
	struct boot_menu menu = { .entries = NULL };
	size_t left = ENTRIES_MAX;
	int r;

	r = walk(f, &untouched, "the default entry");
	if (r == 0)
		r = f->chain.loader->list(&f->chain, f->err, &menu);
	if (r == 0)
		r = walk_entries(f, menu.entries, menu.entry_count, &left);
	boot_menu_free(&menu);
	return r;
}

/* All environment blocks that this variant of the disks leads to. */
static int walk_states(struct finder *f, const struct boot_facts *chain)
{
	const struct grub_machine *machine = chain->own;
	const struct grub_files *files = machine->files;
	struct overlay overlay;
	int r = 0;

	f->chain = *chain;
	f->machine = *machine;
	f->chain.own = &f->machine;
	f->state_count = 1;
	for (f->at_state = 0; f->at_state < f->state_count && r == 0; f->at_state++) {
		const struct state *s = &f->state[f->at_state];

		f->machine.files = files;
		if (s->bytes) {
			overlay_init(&overlay, files, s->device, s->path, s->bytes, s->len);
			f->machine.files = &overlay.files;
		}
		r = walk_menu(f);
		f->first_walk = false;
	}
	for (size_t i = 0; i < f->state_count; i++)
		state_free(&f->state[i]);
	f->state_count = 0;
	return r;
}

static int walk_renumbered(struct finder *f, const struct boot_facts *chain, unsigned number)
{
	const struct grub_machine *now = chain->own;
	struct grub_machine then = *now;
	struct boot_facts other = *chain;
	struct grub_device *devices;
	char note[48];
	int r;

	r = devices_renumber(now, number, &devices, &then.device_count, &then.boot_device);
	if (r < 0)
		return r == -EOPNOTSUPP ? 0 : r;
	if (strcmp(then.boot_device, now->boot_device) != 0) {
		snprintf(note, sizeof(note), ", boot disk as hd%u", number);
		then.devices = devices;
		other.own = &then;
		f->disk_note = note;
		r = walk_states(f, &other);
		f->disk_note = "";
	}
	free(devices);
	return r;
}

int bootpaths_find(const struct boot_facts *chain, const struct bootpath_options *o, struct error *err,
		   struct bootpaths *ret)
{
	struct finder f = { .o = o, .err = err, .disk_note = "", .first_walk = true };
	int r;

	r = walk_states(&f, chain);
	for (unsigned number = 0; number < 2 && r == 0 && !o->one_disk; number++)
		r = walk_renumbered(&f, chain, number);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory while listing boot paths");
	if (r == 0)
		*ret = f.found;
	else
		bootpaths_free(&f.found);
	return r;
}

void bootpaths_free(struct bootpaths *b)
{
	for (size_t i = 0; i < b->n; i++)
		bootpath_free(&b->path[i]);
	for (size_t i = 0; i < b->out_count; i++) {
		free(b->out[i].label);
		free(b->out[i].why);
	}
	free(b->path);
	free(b->out);
	*b = BOOTPATHS_NONE;
}
