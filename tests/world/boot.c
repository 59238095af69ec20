/*
 * The firmware's, shim's, GRUB's and the kernel's part of a boot, as the model tells it from the files that
 * are there now.
 */
#include "world.h"

#include "base/file.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "measure/efi/pe.h"
#include "measure/efi/secureboot_log.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/log/tcg.h"
#include "measure/efi/uefi.h"
#include "measure/boot/platform.h"
#include "measure/grub/renumber.h"

#define BASE_LOG "tests/eventlogs/debian12-grub206-sb.bin"
#define SHIM "/boot/efi/EFI/BOOT/BOOTX64.EFI"
#define ATTRIBUTES "\6\0\0\0" /* of a variable: boot and runtime */
#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM_LOCK "605dab50-e046-4300-abb6-3dd810dd8b23"

struct log {
	struct buffer bytes;
	struct eventlog log;
	struct event_list events;
};

static void read_log(const char *path, struct log *l)
{
	struct error err = ERROR_NONE;
	struct reader r;

	*l = (struct log){ .bytes = BUFFER_NONE };
	if (file_read(path, EVENTLOG_MAX_LEN, &err, &l->bytes) < 0)
		fail_msg("%s", err.text);
	r = reader_new(l->bytes.data, l->bytes.len);
	assert_int_equal(eventlog_parse(&r, &err, &l->log), 0);
	assert_int_equal(eventlog_events(&l->log, &err, &l->events), 0);
}

static void free_log(struct log *l)
{
	event_list_free(&l->events);
	eventlog_free(&l->log);
	buffer_free(&l->bytes);
}

static bool is_image(const struct event *e)
{
	return e->pcr == 4 && e->type == EV_EFI_BOOT_SERVICES_APPLICATION;
}

/* What the log has of shim is of an earlier one, perhaps. */
static void put_digest(struct log *l, uint32_t pcr, const char *what, const uint8_t digest[static SHA256_LEN])
{
	int bank = eventlog_bank_find(&l->log, HASH_SHA256);

	for (size_t i = 0; i < l->events.n; i++)
		if (l->events.e[i].pcr == pcr &&
		    (what ? strcmp(l->events.e[i].what, what) == 0 : is_image(&l->events.e[i]))) {
			memcpy((uint8_t *)l->log.record[l->log.extended[i]].digest[bank], digest, SHA256_LEN);
			return;
		}
	fail();
}

static void write_variable(const struct world *w, const char *name, const char *guid, const void *content,
			   size_t len)
{
	struct buffer b = BUFFER_NONE;
	char path[256];

	snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-%s", name, guid);
	buffer_add(&b, ATTRIBUTES, 4);
	buffer_add(&b, content, len);
	world_write(w, path, b.data, b.len);
	buffer_free(&b);
}

static void write_logged(const struct world *w, const char *name, const char *guid,
			 const struct reader *content)
{
	write_variable(w, name, guid, content->at, content->left);
}

static void write_mirror(const struct world *w, const char *name, const char *logged, const void *content,
			 size_t len, struct log *l)
{
	uint8_t digest[SHA256_LEN];

	write_variable(w, name, SHIM_LOCK, content, len);
	assert_int_equal(hash_sha256(content, len, digest), 0);
	put_digest(l, 14, logged, digest);
}

/* shim measures its built-in lists and mirrors them: mok.c, as in tests/unit/secureboot_sample.c. */
static void write_mirrors(const struct world *w, const struct reader *vendor_cert, struct log *l)
{
	uint32_t len = 0, x_len = 0, at = 0, x_at = 0;
	struct reader vendor = *vendor_cert, r = vendor;
	struct buffer list = BUFFER_NONE;

	assert_true(reader_le32(&r, &len) && reader_le32(&r, &x_len) && reader_le32(&r, &at) &&
		    reader_le32(&r, &x_at));
	assert_true(at <= vendor.left && len <= vendor.left - at && x_at <= vendor.left &&
		    x_len <= vendor.left - x_at);
	buffer_add(&list, siglist_type_x509, 16);
	buffer_add_le32(&list, 28 + 16 + len);
	buffer_add_le32(&list, 0);
	buffer_add_le32(&list, 16 + len);
	buffer_add(&list, uefi_guid_shim_lock, 16);
	buffer_add(&list, vendor.at + at, len);
	write_mirror(w, "MokListRT", "MokList", list.data, list.len, l);
	write_mirror(w, "MokListXRT", "MokListX", vendor.at + x_at, x_len, l);
	write_mirror(w, "MokListTrustedRT", "MokListTrusted", "\1", 1, l);
	buffer_free(&list);
}

static void take_shim(const struct world *w, struct log *l)
{
	uint8_t digest[SHA256_LEN];
	struct reader image, vendor;
	struct pe pe;
	size_t len;
	char *shim = world_read(w, SHIM, &len);

	image = reader_new(shim, len);
	assert_int_equal(pe_digest(&image, NULL, digest), 0);
	put_digest(l, 4, NULL, digest);
	assert_int_equal(pe_parse(&image, NULL, &pe), 0);
	assert_true(pe_section(&pe, ".vendor_cert", &vendor));
	write_mirrors(w, &vendor, l);
	free(shim);
}

static void write_variables(const struct world *w, const struct log *l)
{
	struct sb_vars v = { .secure_boot = { .at = NULL } };

	assert_int_equal(secureboot_vars_from_log(&l->log, NULL, &v), 0);
	write_logged(w, "SecureBoot", GLOBAL, &v.secure_boot);
	write_logged(w, "PK", GLOBAL, &v.pk);
	write_logged(w, "KEK", GLOBAL, &v.kek);
	write_logged(w, "db", SECURITY, &v.db);
	write_logged(w, "dbx", SECURITY, &v.dbx);
	write_logged(w, "SbatLevelRT", SHIM_LOCK, &v.sbat_level_rt);
}

/* No real firmware has it: world.firmware and world.option_rom. */
static bool is_added(const struct event *e)
{
	return FIRMWARE_PCRS >> e->pcr & 1 && e->type == EV_EFI_BOOT_SERVICES_DRIVER &&
	       strncmp(e->what, "added: ", 7) == 0;
}

/* The event's own bytes: those of the real log's event of that name, its text otherwise. */
static struct reader data_of(const struct log *l, const struct event *e, size_t image)
{
	for (size_t i = 0; i < l->events.n; i++) {
		const struct event *real = &l->events.e[i];

		if (e->pcr == 8 || e->pcr == 9 || is_added(e))
			break;
		if (is_image(e) ? is_image(real) && image-- == 0
				: real->pcr == e->pcr && real->type == e->type &&
					  strcmp(real->what, e->what) == 0)
			return eventlog_data(&l->log, i);
	}
	assert_true(e->pcr == 8 || e->pcr == 9 || is_added(e));
	return reader_new(e->what, strlen(e->what) + 1);
}

/* TCG_PCR_EVENT2 with the one digest that counts here. */
static void add_record(struct buffer *b, const struct event *e, const struct reader *data)
{
	buffer_add_le32(b, e->pcr);
	buffer_add_le32(b, e->type);
	buffer_add_le32(b, 1);
	buffer_add(b, "\x0b", 2); /* TPM_ALG_SHA256, little endian */
	buffer_add(b, e->digest, SHA256_LEN);
	buffer_add_le32(b, data->left);
	buffer_add(b, data->at, data->left);
}

static void write_log(const struct world *w, const struct log *l, const struct event_list *events)
{
	const struct eventlog_record *first = &l->log.record[0];
	struct buffer b = BUFFER_NONE;
	size_t images = 0;

	/* the record that tells the format */
	assert_int_equal(first->type, EV_NO_ACTION);
	buffer_add(&b, l->bytes.data, first->data.at + first->data.left - l->bytes.data);
	for (size_t i = 0; i < events->n; i++) {
		struct reader data = data_of(l, &events->e[i], images);

		/* every image after GRUB is like the first of them: without a path */
		if (is_image(&events->e[i]) && images < 2)
			images++;
		add_record(&b, &events->e[i], &data);
	}
	assert_true(buffer_ok(&b));
	world_write(w, EVENTLOG_PATH, b.data, b.len);
	buffer_free(&b);
}

static void write_boot_id(struct world *w)
{
	static unsigned number;
	char id[64];

	snprintf(id, sizeof(id), "00000000-0000-4000-8000-%06x%06x\n", (unsigned)getpid() & 0xffffff,
		 ++number);
	world_write_text(w, "/proc/sys/kernel/random/boot_id", id);
}

/* save_env */
static void apply_writes(const struct world *w, const struct chain *c, const struct boot_trace *g)
{
	char *path;

	for (size_t i = 0; i < g->write_count; i++) {
		assert_int_equal(chain_system_path(c, g->writes[i].device, g->writes[i].path, &path), 0);
		world_write(w, path, g->writes[i].bytes, g->writes[i].len);
		free(path);
	}
}

static void find_initrd(const struct chain *c, const struct boot_trace *g, char ret[static PATH_MAX])
{
	const char *base, *path;

	ret[0] = '\0';
	if (g->initrd_count == 0)
		return;
	assert_int_equal(chain_locate_path(c, g->initrds[0], &base, &path), 0);
	snprintf(ret, PATH_MAX, "%s%s", base, path);
}

static void extend(const struct world *w, const struct event_list *events)
{
	for (size_t i = 0; i < events->n; i++)
		swtpm_extend(&w->swtpm, events->e[i].pcr, events->e[i].digest);
}

/* The machine around the boot chain in which this boot finds it. */
struct around {
	struct event_list platform;
	struct grub_machine *grub;
};

static void add_firmware(struct chain *c, uint32_t pcr, const char *what)
{
	uint8_t digest[SHA256_LEN];
	char text[64];

	if (!what)
		return;
	snprintf(text, sizeof(text), "added: %s", what);
	assert_int_equal(hash_sha256(text, strlen(text), digest), 0);
	assert_int_equal(event_list_add(&c->firmware, pcr, EV_EFI_BOOT_SERVICES_DRIVER, digest, text), 0);
}

static void take_actions_away(const struct chain *c, struct event_list *ret)
{
	for (size_t i = 0; i < c->platform.n; i++) {
		const struct event *e = &c->platform.e[i];

		if (e->kind != EVENT_ACTION)
			assert_int_equal(event_list_add(ret, e->pcr, e->type, e->digest, e->what), 0);
	}
}

static void set_around(const struct world *w, struct chain *c, struct around *a)
{
	struct grub_disks to = { .boot = w->disk, .other = GRUB_NO_DISK };

	*a = (struct around){ .grub = NULL };
	if (w->failed_options >= 0) {
		assert_int_equal(platform_with_attempts(&c->platform, w->failed_options, &a->platform), 0);
		c->model.platform = &a->platform;
	}
	if (w->no_actions) {
		take_actions_away(c, &a->platform);
		c->model.platform = &a->platform;
	}
	add_firmware(c, 0, w->firmware);
	add_firmware(c, 2, w->option_rom);
	if (w->disk >= 0) {
		assert_int_equal(grub_renumber(c->model.own, &to, &a->grub), 0);
		c->model.own = a->grub;
	}
}

void world_measure(struct world *w, const char *entry, char ret_initrd[static PATH_MAX])
{
	struct boot_choice choice = { .path = entry, .force_menu = entry != NULL };
	struct prediction p = PREDICTION_NONE;
	struct around around;
	struct chain *c = NULL;
	struct log real;

	read_log(BASE_LOG, &real);
	write_variables(w, &real);
	take_shim(w, &real);
	/* variables that were changed in the firmware's setup */
	world_shell(w, "if [ -d firmware ]; then cp firmware/* sys/firmware/efi/efivars/; fi");
	world_write(w, EVENTLOG_PATH, real.bytes.data, real.bytes.len);
	write_boot_id(w);
	if (machine_init(world_path(w, ""), &w->err, &w->machine) < 0 ||
	    chain_load_with(&w->machine, LOG_USED, &w->err, &c) < 0)
		fail_msg("%s", w->err.text);
	set_around(w, c, &around);
	if (predict(&c->model, &choice, &w->err, &p) < 0)
		fail_msg("%s", w->err.text);
	assert_int_equal(p.trace.outcome, BOOT_LINUX);
	find_initrd(c, &p.trace, ret_initrd);
	write_log(w, &real, &p.events);
	apply_writes(w, c, &p.trace);
	swtpm_reboot(&w->swtpm);
	extend(w, &p.events);
	world_show_pcrs(w);
	prediction_free(&p);
	event_list_free(&around.platform);
	free(around.grub);
	chain_free(c);
	free_log(&real);
}

void world_measure_again(struct world *w)
{
	struct log log;

	read_log(world_path(w, EVENTLOG_PATH), &log);
	extend(w, &log.events);
	world_show_pcrs(w);
	free_log(&log);
	assert_int_equal(machine_init(world_path(w, ""), &w->err, &w->machine), 0);
}
