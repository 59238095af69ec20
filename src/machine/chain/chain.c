#include "machine/chain/chain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "machine/chain/chain_loader.h"
#include "machine/chain/chain_secureboot.h"
#include "machine/chain/next_keys.h"
#include "machine/chain/no_log.h"
#include "machine/record/state.h"
#include "machine/record/without_log.h"
#include "measure/efi/pe.h"
#include "machine/system/canonical_fde.h"
#include "machine/system/digests.h"
#include "measure/efi/sbat.h"

static int read_log(struct chain *c, enum log_use use, struct error *err)
{
	struct reader bytes;
	int r;

	c->log_unused = use == LOG_UNUSED || (use == LOG_AS_CHOSEN && without_log_is_set(c->machine));
	if (c->log_unused && no_log_begin(c) == 0)
		return 0;
	if (c->log_unused)
		return error_set(err, -ENODATA,
				 PCR_VALUES_DIR ": cannot be read, and without the event log nothing else "
				 "tells what this boot measured");
	r = machine_read(c->machine, EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, &c->log_bytes);
	if ((r == -ENOENT || (r == 0 && c->log_bytes.len == 0)) && no_log_begin(c) == 0)
		return 0;
	if (r == -ENOENT && machine_is_tree(c->machine))
		return -ENODATA; /* named and explained */
	if (r == -ENOENT)
		return error_set(err, -ENODATA,
				 "%s: missing: this boot was not measured (no TPM, securityfs not mounted, "
				 "or a boot loader that passes no event log, such as GRUB 2.06 with Secure "
				 "Boot off)",
				 EVENTLOG_PATH);
	if (r < 0)
		return r;
	bytes = reader_new(c->log_bytes.data, c->log_bytes.len);
	r = eventlog_parse(&bytes, err, &c->log);
	if (r == 0)
		r = eventlog_events(&c->log, err, &c->logged);
	if (r < 0)
		return use == LOG_AS_CHOSEN && c->log_bytes.len > 0 ? no_log_advise(r, err) : r;
	return eventlog_add_start(&c->log, &c->logged);
}

static int find_esp(struct chain *c, struct error *err)
{
	c->esp = partition_by_uuid(&c->parts, c->started.part_uuid);
	if (!c->esp)
		return error_set(err, -ENOENT,
				 "no disk has the partition %s from which this boot was started",
				 c->started.part_uuid);
	if (c->esp->mount[0] == '\0')
		return error_set(err, -ENOENT,
				 "the EFI partition (%s) is not mounted: mount it, usually at /boot/efi",
				 c->started.part_uuid);
	return 0;
}

/* PCR 4 before the first image is what the firmware did: nothing on a disk tells it. */
static int take_platform(struct chain *c)
{
	int r = 0;

	for (size_t i = 0; i < c->started.image[0].at && r == 0; i++) {
		const struct event *e = &c->logged.e[i];

		if (e->pcr == 4)
			r = event_list_add(&c->platform, e->pcr, e->type, e->digest, e->what);
	}
	return r;
}

/* Is it the firmware itself that checks what it starts, whatever shim does? */
static bool firmware_is_secure(const struct chain *c)
{
	const struct reader *v = &c->vars.vars.secure_boot;

	return v->left == 1 && v->at[0] == 1;
}

static bool has_separator(const struct event_list *l, uint32_t pcr)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == pcr && l->e[i].kind == EVENT_SEPARATOR)
			return true;
	return false;
}

/* As this boot measured them: nothing tells them but the log. */
static int take_firmware(struct chain *c, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < c->logged.n && r == 0; i++) {
		const struct event *e = &c->logged.e[i];

		if (FIRMWARE_PCRS >> e->pcr & 1)
			r = event_list_add(&c->firmware, e->pcr, e->type, e->digest, e->what);
	}
	if (r == 0 && c->no_log && !firmware_is_secure(c))
		return error_set(err, -EOPNOTSUPP,
				 "Secure Boot is off, and without an event log nothing tells what the "
				 "firmware measured of itself and the drivers that it loads (PCR 0 and 2): "
				 "turn Secure Boot on in the firmware's setup");
	if (r == 0 && !firmware_is_secure(c) &&
	    !(has_separator(&c->firmware, 0) && has_separator(&c->firmware, 2)))
		r = error_set(err, -EOPNOTSUPP,
			      "Secure Boot is off, and this firmware does not measure itself and the drivers "
			      "that it loads (PCR 0 and 2) as it must: turn Secure Boot on in the firmware's "
			      "setup");
	return r;
}

/*
 * Option ROMs and the drivers of Driver#### entries are in PCR 2. Under Secure Boot their signers are in PCR
 * 7; without it nothing else covers them. A policy that was enrolled with these PCRs keeps them.
 */
static bool needs_firmware(const struct chain *c)
{
	struct state s;

	return !firmware_is_secure(c) || (state_load(c->machine, NULL, &s) == 0 && s.mask & FIRMWARE_PCRS);
}

static int read_image(struct chain *c, const char *file, struct error *err)
{
	struct sb_image *image = &c->image[c->image_count];
	struct input *input;
	int r;

	image->name = file;
	r = files_input(c->files, c->esp->mount, file, err, &input);
	if (r == 0)
		r = input_bytes(input, err, &image->file);
	if (r == 0)
		r = input_authenticode(input, err, image->digest);
	if (r == 0)
		c->image_count++;
	return r;
}

/*
 * The shim that made this boot's variables, when an update has replaced it since: kept by the first
 * calibration.
 */
static int read_running_shim(struct chain *c, struct error *err)
{
	const uint8_t *logged;
	const struct sb_image *shim = chain_shim(c);
	uint8_t digest[SHA256_LEN];
	struct reader image;
	int r;

	/* then one that was replaced is found out when nothing gives the PCRs' values */
	if (c->logged.n == 0)
		return 0;
	logged = c->logged.e[c->started.image[0].at].digest;
	if (!shim || memcmp(shim->digest, logged, SHA256_LEN) == 0)
		return 0;
	r = machine_read(c->machine, RUNNING_SHIM_PATH, SHIM_MAX_LEN, err, &c->shim_bytes);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	image = reader_new(c->shim_bytes.data, c->shim_bytes.len);
	if (pe_digest(&image, err, digest) < 0 || memcmp(digest, logged, SHA256_LEN) != 0)
		buffer_free(&c->shim_bytes);
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

	c->secure_boot = is_secure(&c->vars.vars);
	m->platform = &c->platform;
	m->firmware = needs_firmware(c) ? &c->firmware : NULL;
	m->secureboot = secureboot_measured(c->secureboot);
	m->image_count = c->image_count;
	for (size_t i = 0; i < m->image_count; i++) {
		m->image[i].name = c->image[i].name;
		memcpy(m->image[i].digest, c->image[i].digest, SHA256_LEN);
	}
	m->loader = c->loader->model;
	m->context = c;
	m->kernel = chain_kernel_facts;
	m->stub = chain_kernel_stub;
	m->initrds = chain_initrds_digest;
}

static void add_component(const struct sb_image *image, const char *component, const char *name,
			  struct buffer *b)
{
	char version[SBAT_VERSION_MAX];

	if (sbat_version(&image->file, component, version))
		buffer_addf(b, "%s %s, ", name, version);
}

static int make_summary(struct chain *c)
{
	const struct sb_image *shim = chain_shim(c);
	struct buffer b = BUFFER_NONE;

	if (shim)
		add_component(shim, "shim", "shim", &b);
	add_component(&c->image[c->image_count - 1], c->loader->component, c->loader->model->name, &b);
	buffer_addf(&b, "Secure Boot %s%s", c->secure_boot ? "on" : "off",
		    c->log_unused ? ", event log not used" : c->no_log ? ", no event log" : "");
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

	r = read_image(c, c->started.image[0].file, err);
	if (r == 0 && !chain_loader_is_first(&c->image[0])) {
		r = c->no_log ? 0 : started_find_second(&c->log, &c->logged, err, &c->started);
		if (r == 0)
			r = read_image(c, c->started.image[1].file, err);
	}
	if (r == 0)
		r = read_running_shim(c, err);
	if (r == 0)
		r = chain_secureboot(c, &c->vars.vars, err, &c->secureboot);
	if (r == 0)
		r = chain_loader_find(&c->image[c->image_count - 1], err, &c->loader);
	return r;
}

static int load(struct chain *c, enum log_use use, struct error *err)
{
	int r;

	r = read_log(c, use, err);
	if (r == 0)
		r = partitions_read(c->machine, err, &c->parts);
	if (r == 0)
		r = c->no_log ? no_log_started(c->machine, &c->parts, err, &c->started)
			      : started_find(&c->log, &c->logged, err, &c->started);
	if (r == 0)
		r = find_esp(c, err);
	if (r == 0)
		r = efivars_read(c->machine, err, &c->vars);
	if (r == 0 && c->no_log)
		no_log_find_images(c);
	if (r == 0 && c->logged.n > 0)
		r = take_platform(c);
	if (r == 0)
		r = take_firmware(c, err);
	if (r == 0)
		r = load_images(c, err);
	if (r < 0)
		return r;
	fill_model(c);
	r = c->loader->load(c, err);
	if (r == 0 && c->logged.n == 0) {
		r = no_log_recognize(c, err);
		if (r == 0)
			r = take_platform(c);
	}
	if (r == 0)
		r = next_keys_load(c);
	return r < 0 ? r : make_summary(c);
}

int chain_load(const struct machine *m, struct error *err, struct chain **ret)
{
	return chain_load_with(m, LOG_AS_CHOSEN, err, ret);
}

int chain_load_with(const struct machine *m, enum log_use use, struct error *err, struct chain **ret)
{
	struct chain *c = calloc(1, sizeof(*c));
	const int64_t began = log_begin();
	int r;

	if (!c)
		return error_set(err, -ENOMEM, "out of memory");
	c->machine = m;
	/* a damaged one is reported by those who need it; here it only saves work */
	if (manifest_read(m, NULL, &c->known) < 0)
		c->known = MANIFEST_NONE;
	r = digests_check(m, err);
	if (r == 0)
		r = files_new(m, &c->files);
	if (r == 0) {
		files_know(c->files, &c->known);
		r = load(c, use, err);
	}
	if (r < 0) {
		chain_free(c);
		/* what it lacks of a boot chain that is ours says less */
		return canonical_fde_refuse(m, err) < 0 ? -EOPNOTSUPP : r;
	}
	log_step_since(began, "read the boot chain: %zu events, %s", c->logged.n, chain_summary(c));
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
	if (c->loader)
		c->loader->free(c);
	event_list_free(&c->platform);
	event_list_free(&c->firmware);
	secureboot_free(c->secureboot);
	secureboot_free(c->next_secureboot);
	for (size_t i = 0; i < sizeof(c->next_content) / sizeof(c->next_content[0]); i++)
		buffer_free(&c->next_content[i]);
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

const struct sb_image *chain_shim(const struct chain *c)
{
	return c->image_count > 1 ? &c->image[0] : NULL;
}

const char *chain_summary(const struct chain *c)
{
	return c->summary;
}

pcr_mask chain_pcrs(const struct chain *c)
{
	return boot_facts_pcrs(&c->model) | PCR(WINDOW_PCR);
}

pcr_mask chain_policy_pcrs(const struct chain *c)
{
	return c->model.loader->pcrs | (firmware_is_secure(c) ? 0 : FIRMWARE_PCRS) | PCR(WINDOW_PCR);
}

int chain_check_log(const struct chain *c, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		    struct error *err)
{
	return c->no_log ? no_log_check(c, mask, pcrs, err) : eventlog_check(&c->log, mask, pcrs, err, NULL);
}

int chain_check_pcrs(const struct chain *c, const struct pcr_values *v, const char *name, struct error *err)
{
	pcr_mask mask = boot_facts_pcrs(&c->model);
	int r;

	r = pcr_values_require(v, mask, name, err);
	if (r == 0)
		r = chain_check_log(c, mask, v->value, err);
	return r == -EBADMSG ? error_prefix(err, r, "%s", name) : r;
}

int chain_still_same(struct chain *c, struct error *err)
{
	return files_still_same(c->files, err);
}
