#include "machine/chain/no_log.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/chain/chain_loader.h"
#include "measure/boot/prediction_record.h"
#include "measure/boot/recognize.h"
#include "measure/log/tcg.h"

#define VALUE_MAX_LEN 256
#define FAILED_MAX 3u /* boot options before ours that may have failed */

static int read_pcr(const struct machine *m, unsigned pcr, uint8_t ret[static SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	char path[128], hex[2 * SHA256_LEN + 1];
	size_t n;
	int r;

	snprintf(path, sizeof(path), PCR_VALUES_DIR "/%u", pcr);
	r = machine_read(m, path, VALUE_MAX_LEN, NULL, &b);
	if (r < 0)
		return r;
	n = strcspn(buffer_str(&b), "\n");
	for (size_t i = 0; i < n && n == sizeof(hex) - 1; i++)
		hex[i] = (char)tolower((unsigned char)buffer_str(&b)[i]);
	r = n == sizeof(hex) - 1 ? text_unhex(hex, n, ret, SHA256_LEN) : -EBADMSG;
	buffer_free(&b);
	return r;
}

static int read_pcrs(const struct machine *m, uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	int r = 0;

	for (unsigned i = 0; i < PCR_COUNT && r == 0; i++)
		r = read_pcr(m, i, ret[i]);
	return r;
}

/* Those that the events extend: the loader's are among them. */
static bool gives(const struct event_list *l, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN])
{
	uint8_t own[PCR_COUNT][SHA256_LEN];
	pcr_mask extended = 0;

	for (size_t i = 0; i < l->n; i++)
		extended |= PCR(l->e[i].pcr);
	if (!(extended & PCR(4)) || event_list_replay(l, own) < 0)
		return false;
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (extended >> i & 1 && memcmp(own[i], pcrs[i], SHA256_LEN) != 0)
			return false;
	return true;
}

int no_log_kept(const struct machine *m, struct event_list *ret)
{
	struct prediction_record kept = PREDICTION_RECORD_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct buffer text = BUFFER_NONE;
	int r = -ENOENT;

	if (read_pcrs(m, pcrs) < 0)
		return -ENODATA;
	if (machine_read(m, BOOT_EVENTS_PATH, PREDICTION_RECORD_MAX_LEN, NULL, &text) < 0)
		return -ENOENT;
	/* of an earlier boot, or damaged: as if there were none */
	if (prediction_record_parse(text.data, text.len, BOOT_EVENTS_PATH, NULL, &kept) == 0 && kept.n == 1 &&
	    gives(&kept.path[0].events, pcrs)) {
		*ret = kept.path[0].events;
		kept.path[0].events = EVENT_LIST_NONE;
		r = 0;
	}
	prediction_record_free(&kept);
	buffer_free(&text);
	return r;
}

int no_log_begin(struct chain *c)
{
	int r = no_log_kept(c->machine, &c->logged);

	if (r == -ENODATA)
		return r;
	c->no_log = true;
	c->log_kept = r == 0;
	return 0;
}

int no_log_advise(int r, struct error *err)
{
	const struct error why = err ? *err : ERROR_NONE;

	if (r != -EBADMSG)
		return r;
	return error_set(err, r, "%.400s; 'bootseal enroll --without-log' does without this log", why.text);
}

int no_log_keep(const struct chain *c, struct error *err)
{
	struct prediction_record kept = { .n = 1 };
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	kept.path[0] = (struct recorded_path){ .label = (char *)"this boot", .events = c->logged };
	r = prediction_record_format(&kept, &text);
	if (r == 0)
		r = machine_path(c->machine, BOOT_EVENTS_PATH, path);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	buffer_free(&text);
	return r;
}

static int read_variable(const struct machine *m, const char *name, struct error *err, struct buffer *b,
			 struct reader *ret)
{
	static const char unknown[] = "no event log is used, and the boot option that was used is not known";
	char file[80];
	int r;

	snprintf(file, sizeof(file), "%s-" EFIVARS_GLOBAL, name);
	r = efivars_add(m, file, err, b);
	if (r == 0)
		return error_set(err, -ENOENT, "%s: no variable %s", unknown, name);
	if (r < 0)
		return error_prefix(err, r, "%s", unknown);
	*ret = reader_new(b->data, b->len);
	return 0;
}

/* EFI_LOAD_OPTION: attributes, length of the paths, description, paths. */
static bool take_path(struct reader *option, struct devpath *ret)
{
	struct reader nodes;
	uint16_t len, unit;

	if (!reader_skip(option, 4) || !reader_le16(option, &len))
		return false;
	do
		if (!reader_le16(option, &unit))
			return false;
	while (unit != 0);
	return reader_take(option, len, &nodes) && devpath_parse(&nodes, ret) == 0;
}

static int read_option(const struct machine *m, struct error *err, struct devpath *ret)
{
	struct buffer current = BUFFER_NONE, option = BUFFER_NONE;
	struct reader r_current, r_option;
	uint16_t number;
	char name[16];
	int r;

	r = read_variable(m, "BootCurrent", err, &current, &r_current);
	if (r == 0 && !reader_le16(&r_current, &number))
		r = error_set(err, -EBADMSG, "BootCurrent: too short");
	if (r == 0) {
		snprintf(name, sizeof(name), "Boot%04X", number);
		r = read_variable(m, name, err, &option, &r_option);
	}
	if (r == 0 && !take_path(&r_option, ret))
		r = error_set(err, -EBADMSG, "%s: not a boot option", name);
	if (r == 0 && (ret->has_partition ? ret->part_uuid[0] == '\0' : ret->in_firmware))
		r = error_set(err, -EOPNOTSUPP,
			      "no event log is used, and the boot option that was used (%s) does not name "
			      "a GPT partition: choose the disk's own boot entry in the firmware's setup",
			      name);
	buffer_free(&current);
	buffer_free(&option);
	return r;
}

/*
 * A whole disk or controller, as firmware makes its own options: which of its partitions was started is not
 * said. The one that is in use is a guess, which the PCRs' values prove.
 */
static int guess_partition(const struct partitions *parts, struct error *err, struct devpath *path)
{
	const struct partition *esp = partition_by_mount(parts, "/boot/efi");

	if (!esp)
		esp = partition_by_mount(parts, "/efi");
	if (!esp || strcmp(esp->scheme, "gpt") != 0 || strlen(esp->part_uuid) >= sizeof(path->part_uuid))
		return error_set(err, -EOPNOTSUPP,
				 "no event log is used, the boot option that was used names no partition, "
				 "and no EFI partition is mounted at /boot/efi or /efi");
	strcpy(path->part_uuid, esp->part_uuid);
	return 0;
}

int no_log_started(const struct machine *m, const struct partitions *parts, struct error *err,
		   struct started *ret)
{
	struct started s = { .n = 2 };
	struct devpath path;
	const char *slash;
	int r = read_option(m, err, &path);

	if (r == 0 && !path.has_partition)
		r = guess_partition(parts, err, &path);
	if (r < 0)
		return r;
	/* UEFI 2.10, 3.5.1.1: of a partition without a file it is this one */
	if (path.file[0] == '\0')
		strcpy(path.file, "/EFI/BOOT/BOOTX64.EFI");
	slash = strrchr(path.file, '/');
	memcpy(s.part_uuid, path.part_uuid, sizeof(s.part_uuid));
	memcpy(s.image[0].file, path.file, sizeof(path.file));
	if (!slash || snprintf(s.image[1].file, sizeof(s.image[1].file), "%.*s/" SHIM_STARTS,
			       (int)(slash - path.file), path.file) >= (int)sizeof(s.image[1].file))
		return error_set(err, -EOPNOTSUPP, "the boot option's file, '%s', has no model", path.file);
	*ret = s;
	return 0;
}

static int add(struct event_list *l, uint32_t type, const char *text, const void *data, size_t n)
{
	uint8_t digest[SHA256_LEN];
	int r = hash_sha256(data, n, digest);

	return r < 0 ? r : event_list_add(l, 4, type, digest, text);
}

static int add_call(struct event_list *l)
{
	return add(l, EV_EFI_ACTION, EFI_ACTION_CALLING, EFI_ACTION_CALLING, strlen(EFI_ACTION_CALLING));
}

static int add_separator(struct event_list *l)
{
	return add(l, EV_SEPARATOR, "separator", EV_SEPARATOR_DATA, EV_SEPARATOR_LEN);
}

#define FORMS_MAX (2 * (FAILED_MAX + 1) + 1)

/* EDK2's order, the other one, each with failed options; and firmware that measures no calls. */
static int make_forms(struct event_list form[static FORMS_MAX], size_t *ret_n)
{
	struct event_list first[2] = { EVENT_LIST_NONE, EVENT_LIST_NONE };
	size_t n = 0;
	int r;

	r = add_call(&first[0]);
	if (r == 0)
		r = add_separator(&first[0]);
	if (r == 0)
		r = add_separator(&first[1]);
	if (r == 0)
		r = add_call(&first[1]);
	for (size_t i = 0; i < 2; i++)
		for (unsigned failed = 0; failed <= FAILED_MAX && r == 0; failed++) {
			form[n] = EVENT_LIST_NONE;
			r = platform_with_attempts(&first[i], failed, &form[n]);
			n += r == 0;
		}
	form[n] = EVENT_LIST_NONE;
	if (r == 0)
		r = add_separator(&form[n]);
	n += r == 0;
	event_list_free(&first[0]);
	event_list_free(&first[1]);
	*ret_n = n;
	return r;
}

/* No form of the firmware has images of its own. */
void no_log_find_images(struct chain *c)
{
	size_t at = 0;

	for (size_t i = 0; i < c->started.n; i++) {
		while (at < c->logged.n && (c->logged.e[at].pcr != 4 || c->logged.e[at].kind != EVENT_IMAGE))
			at++;
		c->started.image[i].at = at++;
	}
}

static int no_way(const struct chain *c, pcr_mask agreed, const struct error *why, struct error *err)
{
	const char *log = c->log_unused ? "the event log is not used" : "there is no event log";
	pcr_mask want = boot_facts_pcrs(&c->model);
	char list[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (want >> i & 1 && !(agreed >> i & 1))
			n += snprintf(list + n, sizeof(list) - n, "%s%u", n > 0 ? ", " : "", i);
	return error_set(err, -EOPNOTSUPP,
			 "%s, and no way to start this machine as it is now gives the "
			 "values of its PCRs (different at best: %s)%s%s; if a file of the boot changed "
			 "since, restart", log, list, why->text[0] ? "; " : "", why->text);
}

int no_log_recognize(struct chain *c, struct error *err)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct event_list form[FORMS_MAX];
	struct recognize_question q = { .facts = &c->model, .form = form, .pcrs = pcrs };
	struct recognized found = RECOGNIZED_NONE;
	struct error why = ERROR_NONE;
	pcr_mask agreed = 0;
	int r;

	r = read_pcrs(c->machine, pcrs);
	if (r < 0)
		return error_set(err, r, PCR_VALUES_DIR ": cannot be read: %s", strerror(-r));
	r = make_forms(form, &q.form_count);
	if (r == 0)
		r = event_list_append(&c->platform, &form[0]);
	for (unsigned i = 0; r == 0 && c->loader->guess(c, i, err) == 0; i++) {
		r = recognize_boot(&q, &why, &found);
		if (__builtin_popcount(found.agreed) > __builtin_popcount(agreed))
			agreed = found.agreed;
		if (r != -ENOENT)
			break;
		recognized_free(&found);
		r = 0;
	}
	if (r == 0 && found.prediction.events.n == 0)
		r = no_way(c, agreed, &why, err);
	if (r == 0) {
		c->logged = found.prediction.events;
		found.prediction.events = EVENT_LIST_NONE;
		event_list_free(&c->platform);
		no_log_find_images(c);
	}
	for (size_t i = 0; i < q.form_count; i++)
		event_list_free(&form[i]);
	recognized_free(&found);
	return r;
}

int no_log_check(const struct chain *c, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		 struct error *err)
{
	uint8_t own[PCR_COUNT][SHA256_LEN];
	int r = event_list_replay(&c->logged, own);

	for (unsigned i = 0; i < PCR_COUNT && r == 0; i++)
		if (mask >> i & 1 && memcmp(own[i], pcrs[i], SHA256_LEN) != 0)
			r = error_set(err, -EBADMSG, "PCR %u is not what " PCR_VALUES_DIR " says", i);
	return r;
}
