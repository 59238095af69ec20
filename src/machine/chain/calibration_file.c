/*
 * /run/bootseal/calibration.json: the verdict of this boot, so that a reseal later in it need not judge files
 * that have changed since.
 *
 * {"version":1,"boot_id":"...","verdict":"exact","label":"...","entry":"...","reason":"...",
 *  "pcrs":[{"pcr":4,"value":HEX},...],
 *  "files":[{"path":"...","measured":HEX,"authenticode":false,"changed":false},...]}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/chain/calibration_file.h"
#include "measure/boot/predict.h"
#include "seal/json.h"
#include "seal/json_write.h"

#define CALIBRATION_MAX_LEN (1u << 20)
#define TEXT_MAX 4096
#define FILES_IN_IT 1024

static const char *const verdict_names[] = {
	[VERDICT_EXACT] = "exact",
	[VERDICT_INPUTS_CHANGED] = "inputs changed",
	[VERDICT_MISMATCH] = "mismatch",
};

void calibration_free(struct calibration *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		free(c->file[i].path);
	free(c->file);
	free(c->label);
	free(c->entry);
	free(c->reason);
	*c = CALIBRATION_NONE;
}

static void put_hex(struct json_object *o, const char *name, const uint8_t digest[static SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(digest, SHA256_LEN, hex);
	json_put_text(o, name, hex);
}

static bool take_hex(struct json_object *o, const char *name, uint8_t ret[static SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1];

	return json_member_text(o, name, sizeof(hex), hex) &&
	       text_unhex(hex, strlen(hex), ret, SHA256_LEN) == 0;
}

static struct json_object *files_to_json(const struct calibration *c)
{
	struct json_object *a = json_new_list(), *o;

	for (size_t i = 0; i < c->file_count; i++) {
		o = json_new_object();
		json_put_text(o, "path", c->file[i].path);
		put_hex(o, "measured", c->file[i].measured);
		json_put_bool(o, "authenticode", c->file[i].authenticode);
		json_put_bool(o, "changed", c->file[i].changed);
		json_list_add(a, o);
	}
	return a;
}

static struct json_object *pcrs_to_json(const struct calibration *c)
{
	struct json_object *a = json_new_list(), *o;

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(c->mask >> i & 1))
			continue;
		o = json_new_object();
		json_put_number(o, "pcr", i);
		put_hex(o, "value", c->pcrs[i]);
		json_list_add(a, o);
	}
	return a;
}

int calibration_write(const struct machine *m, const struct calibration *c, struct error *err)
{
	struct json_object *o = json_new_object();
	char path[PATH_MAX], dir[PATH_MAX];
	const char *text;
	int r;

	json_put_number(o, "version", 1);
	json_put_text(o, "boot_id", c->boot_id);
	json_put_text(o, "verdict", verdict_names[c->verdict]);
	json_put_text(o, "label", c->label ? c->label : "");
	json_put_text(o, "entry", c->entry ? c->entry : "");
	json_put_text(o, "reason", c->reason ? c->reason : "");
	json_put_member(o, "pcrs", pcrs_to_json(c));
	json_put_member(o, "files", files_to_json(c));
	text = json_text(o, JSON_PRETTY);
	r = text ? machine_path(m, CALIBRATION_PATH, path) : -ENOMEM;
	if (r == 0)
		r = machine_path(m, MACHINE_RUN_DIR, dir);
	if (r == 0)
		r = file_mkdir(dir, 0755, err);
	if (r == 0)
		r = file_replace(path, text, strlen(text), 0644, err);
	json_free(o);
	return r;
}

/* A string of ours; "" becomes NULL. */
static bool take_text(struct json_object *o, const char *name, char **ret)
{
	char text[TEXT_MAX];

	if (!json_member_text(o, name, sizeof(text), text))
		return false;
	*ret = *text ? strdup(text) : NULL;
	return !*text || *ret;
}

static bool take_verdict(struct json_object *o, enum verdict *ret)
{
	char name[32];

	if (!json_member_text(o, "verdict", sizeof(name), name))
		return false;
	for (size_t i = 0; i < sizeof(verdict_names) / sizeof(verdict_names[0]); i++)
		if (strcmp(verdict_names[i], name) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static bool take_pcrs(struct json_object *o, struct calibration *c)
{
	struct json_object *a, *v;
	uint64_t pcr;
	size_t n;

	if (!json_member_array(o, "pcrs", PCR_COUNT, &a, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		v = json_list_at(a, i);
		if (!json_member_number(v, "pcr", PCR_COUNT - 1, &pcr) ||
		    !take_hex(v, "value", c->pcrs[pcr]))
			return false;
		c->mask |= PCR(pcr);
	}
	return true;
}

static bool take_files(struct json_object *o, struct calibration *c)
{
	struct json_object *a, *v;
	size_t n;

	if (!json_member_array(o, "files", FILES_IN_IT, &a, &n))
		return false;
	c->file = calloc(n + 1, sizeof(*c->file));
	if (!c->file)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct calibration_file *f = &c->file[c->file_count++];

		v = json_list_at(a, i);
		if (!take_text(v, "path", &f->path) || !f->path || !take_hex(v, "measured", f->measured) ||
		    !json_member_bool(v, "authenticode", &f->authenticode) ||
		    !json_member_bool(v, "changed", &f->changed))
			return false;
	}
	return true;
}

static bool take_all(struct json_object *o, struct calibration *c)
{
	uint64_t version;

	return json_member_number(o, "version", 1, &version) && version == 1 &&
	       json_member_text(o, "boot_id", sizeof(c->boot_id), c->boot_id) &&
	       take_verdict(o, &c->verdict) && take_text(o, "label", &c->label) &&
	       take_text(o, "entry", &c->entry) && take_text(o, "reason", &c->reason) && take_pcrs(o, c) &&
	       take_files(o, c);
}

int calibration_read(const struct machine *m, struct error *err, struct calibration *ret)
{
	struct calibration c = CALIBRATION_NONE;
	struct buffer text = BUFFER_NONE;
	struct json_object *o = NULL;
	int r;

	r = machine_read(m, CALIBRATION_PATH, CALIBRATION_MAX_LEN, err, &text);
	if (r == -ENOENT)
		return error_set(err, -ENODATA, "%s: this boot is not calibrated yet", CALIBRATION_PATH);
	if (r < 0)
		return r;
	r = json_read(buffer_str(&text), text.len, err, &o);
	buffer_free(&text);
	if (r < 0 || !take_all(o, &c))
		r = error_set(err, -EBADMSG, "%s: damaged; 'bootseal calibrate --force' writes it again",
			      CALIBRATION_PATH);
	else if (strcmp(c.boot_id, m->boot_id) != 0)
		r = error_set(err, -ENODATA, "%s: from a previous boot", CALIBRATION_PATH);
	json_free(o);
	if (r < 0)
		calibration_free(&c);
	else
		*ret = c;
	return r;
}
