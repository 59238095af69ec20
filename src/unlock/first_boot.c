#include "unlock/first_boot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "seal/crypttab_use.h"
#include "seal/token_first_boot.h"
#include "seal/tpm_first_boot.h"
#include "seal/tpm_window.h"
#include "seal/volume_token.h"
#include "seal/window_text.h"
#include "unlock/crypttab_guard.h"
#include "unlock/last_resort.h"
#include "unlock/mapping.h"
#include "unlock/run_file.h"
#include "unlock/target.h"
#include "unlock/tpms.h"
#include "unlock/window.h"

struct first_boot {
	const struct options *o;
	struct result *result;
	struct targets targets; /* one: the volume */
	struct anchor volumes;	/* the same for those who come after us */
	struct first_boot_token token;
	struct tpms tpms;
	struct secret key;
};

bool first_boot_is(const struct options *o)
{
	return file_exists(o->deployed);
}

static int run_path(const struct options *o, const char *name, struct error *err, char ret[static PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s", o->run_dir, name) < PATH_MAX ?
		       0 :
		       error_set(err, -ENAMETOOLONG, "%s: path too long", o->run_dir);
}

int first_boot_volumes(const struct options *o, struct error *err, struct anchor *ret)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	r = run_path(o, FIRST_BOOT_VOLUMES, err, path);
	if (r == 0)
		r = file_read(path, ANCHOR_MAX_LEN, err, &text);
	if (r == 0)
		r = anchor_parse_volumes(text.data, text.len, path, err, ret);
	buffer_free(&text);
	return r;
}

/* The first volume of the crypttab that a passphrase would open; an image has one. */
static int find_volume(struct first_boot *f, struct error *err)
{
	struct target *t = &f->targets.target[0];
	struct anchor_target *named = &f->volumes.target[0];
	struct crypttab tab = { .count = 0 };
	bool replaced;
	int r = targets_read_crypttab(f->o, err, &tab, &replaced);

	for (size_t i = 0; i < tab.count && r == 0 && f->targets.count == 0; i++) {
		const struct crypttab_entry *e = &tab.entry[i];

		if (replaced || crypttab_check_entry(e, err) < 0 || mapping_exists(f->o, e->name))
			continue;
		snprintf(named->name, sizeof(named->name), "%s", e->name);
		snprintf(t->device, sizeof(t->device), "%s", e->device);
		t->pinned = named;
		f->volumes.target_count = f->targets.count = 1;
	}
	if (r == 0 && f->targets.count == 0)
		r = error_set(err, -ENOENT, "the crypttab in the initrd names no volume to be unlocked");
	if (r < 0)
		return r;
	targets_wait(&f->targets, f->o->wait_ms);
	result_step(f->result, STEP_DEVICES);
	if (t->outcome == TARGET_ABSENT)
		return error_set(err, -ENODEV, "%s", t->why.text);
	return 0;
}

static int read_header(struct first_boot *f, struct error *err)
{
	struct anchor_target *named = &f->volumes.target[0];
	struct target *t = &f->targets.target[0];
	int r = volume_open(t->device, err, &t->volume);

	if (r == 0)
		r = volume_first_boot(t->volume, err, &f->token);
	if (r == 0 && f->token.kind != FIRST_BOOT_SEALED)
		r = error_set(err, -EBADMSG, "its token of the first boot names no TPM");
	if (r < 0)
		return r;
	snprintf(named->uuid, sizeof(named->uuid), "%s", volume_uuid(t->volume));
	/* none while the volume key is changed: zeros */
	if (volume_pin(t->volume, f->token.keyslot, NULL, named->volume_pin) < 0)
		memset(named->volume_pin, 0, sizeof(named->volume_pin));
	result_step(f->result, STEP_HEADERS);
	return 0;
}

/*
 * From the TPM that it was sealed for, which becomes the first one. Of several that do not release it, one
 * that has another storage key has the least to say.
 */
static int get_key(struct first_boot *f, struct error *err)
{
	int r = -ENODEV, said;
	struct error why;
	struct tpm *other;

	for (size_t i = 0; i < f->tpms.count && r != 0; i++) {
		why = ERROR_NONE;
		said = tpm_first_boot(f->tpms.tpm[i], &f->token.sealed, &why, &f->key);
		if (i == 0 || said == 0 || r == -EKEYREJECTED) {
			r = said;
			*err = why;
		}
		if (said != 0)
			continue;
		other = f->tpms.tpm[0];
		f->tpms.tpm[0] = f->tpms.tpm[i];
		f->tpms.tpm[i] = other;
	}
	if (r == 0)
		f->volumes.srk = f->token.sealed.srk;
	result_step(f->result, STEP_UNSEAL);
	return r;
}

/* False when the boot must not go on. */
static bool shut(struct first_boot *f, struct error *err)
{
	bool opened[TARGET_MAX] = { f->key.bytes != NULL };
	struct buffer text = BUFFER_NONE;
	int r = window_text(&f->volumes, opened, &text);
	bool safe;

	if (r == 0)
		r = tpm_close_window(f->tpms.tpm[0], f->key.bytes ? &f->volumes.srk : NULL, buffer_str(&text),
				     f->key.bytes != NULL, err);
	buffer_free(&text);
	safe = r == 0;
	if (!safe) {
		secret_free(&f->key);
		safe = window_shut(f->tpms.tpm[0], NULL, err) != UNLOCK_WINDOW;
	}
	for (size_t i = 1; i < f->tpms.count; i++)
		safe &= window_shut(f->tpms.tpm[i], NULL, err) != UNLOCK_WINDOW;
	f->result->record.window = safe ? WINDOW_CLOSED : WINDOW_OPEN;
	result_step(f->result, STEP_WINDOW);
	return safe;
}

/* The next word of a line, with the blanks before it. */
static struct reader take_word(struct reader *line)
{
	const uint8_t *begin = line->at;
	bool in_word = false;

	while (line->left > 0) {
		bool blank = *line->at == ' ' || *line->at == '\t';

		if (in_word && blank)
			break;
		in_word |= !blank;
		reader_skip(line, 1);
	}
	return reader_new(begin, line->at - begin);
}

/* The crypttab with that file in place of the volume's "none". */
static int name_key(const struct first_boot *f, const char *file, struct error *err)
{
	struct buffer text = BUFFER_NONE, out = BUFFER_NONE;
	struct reader whole, line, name, word;
	bool ours;
	int r = guard_read_crypttab(f->o, err, &text);

	whole = reader_new(text.data, text.len);
	while (r == 0 && reader_line(&whole, &line)) {
		name = take_word(&line);
		buffer_add(&out, name.at, name.left);
		while (name.left > 0 && (*name.at == ' ' || *name.at == '\t'))
			reader_skip(&name, 1);
		ours = reader_equals(&name, f->volumes.target[0].name);
		if (ours) {
			word = take_word(&line);
			buffer_add(&out, word.at, word.left);
			take_word(&line);
			buffer_addf(&out, " %s", file);
		}
		buffer_add(&out, line.at, line.left);
		buffer_add_u8(&out, '\n');
	}
	if (r == 0 && !buffer_ok(&out))
		r = -ENOMEM;
	if (r == 0)
		r = file_replace(f->o->crypttab, out.data, out.len, 0644, err);
	buffer_free(&text);
	buffer_free(&out);
	return r;
}

/* First what tells `lock` and `root` which volume it is, then the key. */
static int hand_over(const struct first_boot *f, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	r = anchor_format_volumes(&f->volumes, &text);
	if (r == 0)
		r = run_file_write(f->o->run_dir, RUN_OPENED, "", err);
	if (r == 0)
		r = run_path(f->o, FIRST_BOOT_VOLUMES, err, path);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	if (r == 0)
		r = run_path(f->o, FIRST_BOOT_KEY, err, path);
	if (r == 0)
		r = file_replace(path, f->key.bytes, f->key.len, 0400, err);
	if (r == 0)
		r = name_key(f, path, err);
	/* cryptroot asks then, and does not need it */
	if (r < 0)
		run_file_remove(f->o->run_dir, FIRST_BOOT_KEY, NULL);
	buffer_free(&text);
	return r;
}

static enum unlock_exit code_of(int r)
{
	switch (r) {
	case 0:
		return UNLOCK_DONE;
	case -ENODEV:
		return UNLOCK_NO_TPM;
	case -EACCES:
	case -EKEYREJECTED:
	case -EKEYEXPIRED:
		return UNLOCK_POLICY;
	case -EBADMSG:
	case -ENODATA:
		return UNLOCK_TAMPERED;
	default:
		return UNLOCK_FAILED;
	}
}

static void say(const struct first_boot *f, int r, struct error *err)
{
	struct boot_result *record = &f->result->record;

	record->exit = record->window == WINDOW_OPEN ? UNLOCK_WINDOW : code_of(r);
	if (record->window == WINDOW_OPEN)
		log_say("the window cannot be closed");
	if (r == 0) {
		log_say("%s: first boot: the TPM has released the key", f->volumes.target[0].name);
		return;
	}
	record->reason = *err;
	log_say("first boot: not unlocked by the TPM: %s", text_after_tpm(err->text));
	log_say("type the passphrase of the image");
	run_file_write(f->o->run_dir, "prompt", err->text, NULL);
}

int first_boot_open(const struct options *o, struct result *result)
{
	struct first_boot f = { .o = o, .result = result, .token = FIRST_BOOT_TOKEN_NONE };
	struct error err = ERROR_NONE, ignored = ERROR_NONE;
	int r;

	result->record.reason = ERROR_NONE; /* that there is no anchor */
	r = find_volume(&f, &err);
	if (r == 0)
		r = read_header(&f, &err);
	if (r < 0) {
		result->record.reason = err;
		r = last_resort_after(o, result);
		goto out;
	}
	r = tpms_open(o, NULL, &err, &f.tpms);
	if (r == 0) {
		r = get_key(&f, &err);
		if (!shut(&f, r == 0 ? &err : &ignored) || !f.key.bytes)
			r = r == 0 ? -EIO : r;
	} else {
		result->record.window = r == -EBUSY ? WINDOW_OPEN : WINDOW_NONE;
	}
	if (r == 0)
		r = hand_over(&f, &err);
	say(&f, r, &err);
	last_resort_leave(o, result);
	r = result->record.exit;
out:
	secret_free(&f.key);
	first_boot_token_free(&f.token);
	targets_free(&f.targets);
	tpms_close(&f.tpms);
	return r;
}
