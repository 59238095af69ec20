#include "machine/chain/chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "measure/efi/pe.h"
#include "measure/grub/version.h"
#include "measure/log/compare.h"

static int read_log(struct chain *c, struct error *err)
{
	struct reader bytes;
	int r;

	r = machine_read(c->machine, EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, &c->log_bytes);
	if (r == -ENOENT)
		return error_set(err, -ENODATA, "%s: missing: this boot was not measured (no TPM, securityfs not mounted, or a boot "
				 "loader that passes no event log, such as GRUB 2.06 with Secure Boot off)", EVENTLOG_PATH);
	if (r < 0)
		return r;
	bytes = reader_new(c->log_bytes.data, c->log_bytes.len);
	r = eventlog_parse(&bytes, err, &c->log);
	if (r == 0)
		r = eventlog_events(&c->log, err, &c->logged);
	return r;
}

static int find_esp(struct chain *c, struct error *err)
{
	c->esp = partition_by_uuid(&c->parts, c->loader.shim.part_uuid);
	if (!c->esp)
		return error_set(err, -ENOENT, "no disk has the partition %s from which this boot was started",
				 c->loader.shim.part_uuid);
	if (c->esp->mount[0] == '\0')
		return error_set(err, -ENOENT, "the EFI partition (%s) is not mounted: mount it, usually at /boot/efi",
				 c->loader.shim.part_uuid);
	return 0;
}

/* PCR 4 before shim is what the firmware did: nothing on a disk tells it. */
static int take_platform(struct chain *c)
{
	int r = 0;

	for (size_t i = 0; i < c->loader.shim_at && r == 0; i++) {
		const struct event *e = &c->logged.e[i];

		if (e->pcr == 4)
			r = event_list_add(&c->platform, e->pcr, e->type, e->digest, e->what);
	}
	return r;
}

static int read_image(struct chain *c, size_t which, const char *file, struct error *err)
{
	struct sb_image *image = &c->image[which];
	struct input *input;
	int r;

	image->name = file;
	r = files_input(c->files, c->esp->mount, file, err, &input);
	if (r == 0)
		r = input_bytes(input, err, &image->file);
	if (r == 0)
		r = input_authenticode(input, err, image->digest);
	return r;
}

/*
 * The shim that made this boot's variables, when an update has replaced it since: kept by the first
 * calibration.
 */
static int read_running_shim(struct chain *c, struct error *err)
{
	const uint8_t *logged = c->logged.e[c->loader.shim_at].digest;
	uint8_t digest[SHA256_LEN];
	struct reader image;
	int r;

	if (memcmp(c->image[0].digest, logged, SHA256_LEN) == 0)
		return 0;
	r = machine_read(c->machine, RUNNING_SHIM_PATH, SHIM_MAX_LEN, err, &c->shim_bytes);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	image = reader_new(c->shim_bytes.data, c->shim_bytes.len);
	if (pe_digest(&image, err, digest) < 0 || memcmp(digest, logged, SHA256_LEN) != 0)
		buffer_free(&c->shim_bytes);
	return 0;
}

int chain_secureboot(const struct chain *c, const struct sb_image *image, size_t n, struct error *err,
		     struct event_list *ret)
{
	struct reader running = reader_new(c->shim_bytes.data, c->shim_bytes.len);
	struct sb_boot boot = {
		.vars = &c->vars.vars,
		.log = &c->log,
		.running_shim = c->shim_bytes.len > 0 ? &running : NULL,
		.image = image,
		.n_images = n,
	};

	return secureboot_events(&boot, err, ret, NULL);
}

/* Which GRUB this is, and what was built into it. */
static int read_grub(struct chain *c, struct error *err)
{
	struct grub_machine *g = &c->grub;
	struct reader section;
	struct pe pe;
	int r;

	r = boot_loader_find(&c->image[1].file, err, &c->model.loader);
	if (r == 0)
		r = pe_parse(&c->image[1].file, err, &pe);
	if (r == 0 && !pe_section(&pe, ".sbat", &section))
		r = error_set(err, -EOPNOTSUPP, "unknown GRUB image: it has no section .sbat");
	if (r == 0)
		r = grub_version_from_sbat((const char *)section.at, section.left, err, &g->version);
	if (r == 0 && pe_section(&pe, "mods", &section))
		r = grub_image_read(&section, g->version, err, &c->grub_image);
	if (r < 0)
		return error_prefix(err, r, "%s", c->image[1].name);
	g->modules = c->grub_image.modules;
	g->embedded = c->grub_image.embedded;
	g->prefix = c->grub_image.prefix && *c->grub_image.prefix ? c->grub_image.prefix : NULL;
	return 0;
}

/*
 * shim lets everything through when the firmware does, or when its own switch says so (mokutil
 * --disable-validation).
 */
static bool is_secure(const struct sb_vars *v)
{
	return v->secure_boot.left == 1 && v->secure_boot.at[0] == 1 &&
	       !(v->mok_sb_state_rt.left == 1 && v->mok_sb_state_rt.at[0] == 1);
}

static void fill_model(struct chain *c)
{
	struct boot_facts *m = &c->model;
	char *slash;

	m->platform = &c->platform;
	m->secureboot = &c->secureboot;
	m->image_count = 2;
	for (size_t i = 0; i < m->image_count; i++) {
		m->image[i].name = c->image[i].name;
		memcpy(m->image[i].digest, c->image[i].digest, SHA256_LEN);
	}
	m->own = &c->grub;
	c->grub.secure_boot = is_secure(&c->vars.vars);
	c->grub.devices = c->devices.at;
	c->grub.device_count = c->devices.n;
	c->grub.files = &c->devices.files;
	c->grub.boot_device = c->devices.boot_device;
	snprintf(c->boot_dir, sizeof(c->boot_dir), "%s", c->loader.grub_file);
	slash = strrchr(c->boot_dir, '/');
	if (slash)
		*slash = '\0';
	c->grub.boot_dir = c->boot_dir;
	c->grub.no_fwsetup = !c->vars.fwsetup;
	m->context = c;
	m->kernel = chain_kernel_facts;
	m->stub = chain_kernel_stub;
	m->initrds = chain_initrds_digest;
}

/* How many events of this boot the model makes when nobody touches the keyboard. */
static size_t agreeing(const struct chain *c)
{
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;
	struct comparison k = { .agreed = 0 };

	if (predict(&c->model, &untouched, NULL, &p) == 0)
		compare_events(&c->logged, &p.events, c->model.loader->pcrs, &k);
	prediction_free(&p);
	return k.agreed;
}

/*
 * Whether GRUB found a screen, nothing tells afterwards but its own events; where there are none it does not
 * matter.
 */
static void fit_graphics(struct chain *c)
{
	bool *none = &c->grub.no_graphics;
	size_t with = agreeing(c), without;

	*none = true;
	without = agreeing(c);
	*none = without > with;
}

/* "16.1" of a line "shim.debian,1,Debian,shim,16.1,https://..." in .sbat: the last line of that component. */
static void add_component(const struct reader *image, const char *component, const char *name, struct buffer *b)
{
	char version[32] = "";
	struct reader sbat, line, rest;
	struct error ignored;
	struct pe pe;

	if (pe_parse(image, &ignored, &pe) < 0 || !pe_section(&pe, ".sbat", &sbat))
		return;
	while (reader_line(&sbat, &line)) {
		char text[256] = "", found[32];

		rest = line;
		if (line.left >= sizeof(text) || line.left <= strlen(component) || !reader_bytes(&rest, text, line.left))
			continue;
		if (strncmp(text, component, strlen(component)) == 0 &&
		    sscanf(text, "%*[^,],%*[^,],%*[^,],%*[^,],%31[^,-]", found) == 1)
			memcpy(version, found, sizeof(version));
	}
	if (*version)
		buffer_addf(b, "%s %s, ", name, version);
}

static int make_summary(struct chain *c)
{
	struct buffer b = BUFFER_NONE;

	add_component(&c->image[0].file, "shim", "shim", &b);
	add_component(&c->image[1].file, "grub", "GRUB", &b);
	buffer_addf(&b, "Secure Boot %s", c->grub.secure_boot ? "on" : "off");
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return -ENOMEM;
	}
	snprintf(c->summary, sizeof(c->summary), "%s", buffer_str(&b));
	text_make_printable(c->summary);
	buffer_free(&b);
	return 0;
}

static int load_images(struct chain *c, struct error *err)
{
	int r;

	r = read_image(c, 0, c->loader.shim.file, err);
	if (r == 0)
		r = read_image(c, 1, c->loader.grub_file, err);
	if (r == 0)
		r = read_running_shim(c, err);
	if (r == 0)
		r = chain_secureboot(c, c->image, 2, err, &c->secureboot);
	if (r == 0)
		r = read_grub(c, err);
	return r;
}

static int load(struct chain *c, struct error *err)
{
	int r;

	r = read_log(c, err);
	if (r == 0)
		r = loader_find(&c->log, &c->logged, err, &c->loader);
	if (r == 0)
		r = partitions_read(c->machine, err, &c->parts);
	if (r == 0)
		r = find_esp(c, err);
	if (r == 0)
		r = efivars_read(c->machine, err, &c->vars);
	if (r == 0)
		r = take_platform(c);
	if (r == 0)
		r = load_images(c, err);
	if (r == 0)
		r = devices_new(&c->parts, c->esp, &c->loader, &c->logged, c->files, err, &c->devices);
	if (r < 0)
		return r;
	fill_model(c);
	fit_graphics(c);
	return make_summary(c);
}

int chain_load(const struct machine *m, struct error *err, struct chain **ret)
{
	struct chain *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_set(err, -ENOMEM, "out of memory");
	c->machine = m;
	/* a damaged one is reported by those who need it; here it only saves work */
	if (manifest_read(m, NULL, &c->known) < 0)
		c->known = MANIFEST_NONE;
	r = files_new(m, &c->files);
	if (r == 0) {
		files_know(c->files, &c->known);
		r = load(c, err);
	}
	if (r < 0) {
		chain_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void chain_free(struct chain *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->kernel_count; i++) {
		free(c->kernel[i].path);
		event_list_free(&c->kernel[i].authorities);
	}
	grub_image_free(&c->grub_image);
	devices_free(&c->devices);
	event_list_free(&c->platform);
	event_list_free(&c->secureboot);
	event_list_free(&c->logged);
	eventlog_free(&c->log);
	efivars_free(&c->vars);
	partitions_free(&c->parts);
	buffer_free(&c->log_bytes);
	buffer_free(&c->shim_bytes);
	files_free(c->files);
	manifest_free(&c->known);
	free(c);
}

const char *chain_summary(const struct chain *c)
{
	return c->summary;
}

pcr_mask chain_pcrs(const struct chain *c)
{
	return c->model.loader->pcrs | PCR(WINDOW_PCR);
}

int chain_still_same(struct chain *c, struct error *err)
{
	return files_still_same(c->files, err);
}
