#include "seal/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "hash/hash.h"
#include "seal/token.h"
#include "seal/volume_internal.h"
#include "seal/volume_pin.h"

static void keep_log(int level, const char *msg, void *arg)
{
	struct volume *v = arg;
	size_t n;

	if (!v || level != CRYPT_LOG_ERROR)
		return;
	n = strcspn(msg, "\n");
	if (n >= sizeof(v->last))
		n = sizeof(v->last) - 1;
	memcpy(v->last, msg, n);
	v->last[n] = '\0';
}

int volume_said(const struct volume *v, int r, const char *what, struct error *err)
{
	return error_set(err, r, "%s: %s: %s", v->device, what, v->last[0] ? v->last : strerror(-r));
}

static int load(struct volume *v, struct error *err)
{
	const char *uuid;
	int r;

	/* crypt_init() answers ENOTBLK or EIO for a path that is not there */
	if (access(v->device, F_OK) < 0)
		return error_set(err, -errno, "%s: %s", v->device, strerror(errno));
	r = crypt_init(&v->cd, v->device);
	if (r < 0)
		return volume_said(v, r == -ENOMEM ? r : -EIO, "cannot open", err);
	crypt_set_log_callback(v->cd, keep_log, v);
	r = crypt_load(v->cd, CRYPT_LUKS2, NULL);
	if (r == -ENOMEM || r == -EACCES || r == -EIO)
		return volume_said(v, r == -ENOMEM ? r : -EIO, "cannot read", err);
	if (r < 0)
		return error_set(err, -EBADMSG, "%s: no valid LUKS2 header%s%s", v->device,
				 v->last[0] ? ": " : "", v->last);
	/* libuuid, which made it, writes lower case */
	uuid = crypt_get_uuid(v->cd);
	if (!uuid || strlen(uuid) != sizeof(v->uuid) - 1 || strspn(uuid, "0123456789abcdef-") != strlen(uuid))
		return error_set(err, -EBADMSG, "%s: the UUID in the LUKS2 header is malformed", v->device);
	memcpy(v->uuid, uuid, sizeof(v->uuid));
	return 0;
}

int volume_open(const char *device, struct error *err, struct volume **ret)
{
	const int64_t began = log_begin();
	struct volume *v;
	int r;

	/*
	 * messages without a context would go to the terminal; no plug-in is to run in this process because a
	 * header names it
	 */
	crypt_set_log_callback(NULL, keep_log, NULL);
	crypt_token_external_disable();
	v = calloc(1, sizeof(*v));
	if (!v)
		return error_set(err, -ENOMEM, "%s: out of memory", device);
	v->device = strdup(device);
	r = v->device ? load(v, err) : error_set(err, -ENOMEM, "%s: out of memory", device);
	if (r < 0) {
		volume_close(v);
		return r;
	}
	log_step_since(began, "%s: read the LUKS2 header", device);
	*ret = v;
	return 0;
}

void volume_close(struct volume *v)
{
	if (!v)
		return;
	crypt_free(v->cd);
	free(v->device);
	free(v);
}

int volume_reload(struct volume *v, struct error *err)
{
	struct volume *fresh = NULL, old;
	int r;

	r = volume_open(v->device, err, &fresh);
	if (!fresh)
		return r;
	old = *v;
	*v = *fresh;
	*fresh = old;
	/* the contexts have changed places and with them where their messages go */
	crypt_set_log_callback(v->cd, keep_log, v);
	crypt_set_log_callback(fresh->cd, keep_log, fresh);
	volume_close(fresh);
	return 0;
}

const char *volume_uuid(const struct volume *v)
{
	return v->uuid;
}

int volume_pin(const struct volume *v, int keyslot, struct error *err, uint8_t ret[static SHA256_LEN])
{
	struct volume_pin_source src = { .uuid = v->uuid, .keyslot = keyslot };
	struct buffer text = BUFFER_NONE;
	int r;

	r = crypt_dump_json(v->cd, &src.json, 0);
	if (r < 0)
		return volume_said(v, -EBADMSG, "cannot read the header's JSON", err);
	src.json_len = strlen(src.json);
	r = volume_pin_text(&src, err, &text);
	if (r < 0)
		return error_prefix(err, r, "%s", v->device);
	r = hash_sha256(text.data, text.len, ret);
	buffer_free(&text);
	return r < 0 ? error_set(err, r, "%s: cannot hash: %s", v->device, strerror(-r)) : 0;
}

static uint32_t activation_flags(const struct volume_flags *f)
{
	return (f->discards ? CRYPT_ACTIVATE_ALLOW_DISCARDS : 0) |
	       (f->no_read_workqueue ? CRYPT_ACTIVATE_NO_READ_WORKQUEUE : 0) |
	       (f->no_write_workqueue ? CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE : 0) |
	       (f->same_cpu_crypt ? CRYPT_ACTIVATE_SAME_CPU_CRYPT : 0) |
	       (f->submit_from_crypt_cpus ? CRYPT_ACTIVATE_SUBMIT_FROM_CRYPT_CPUS : 0) |
	       (f->readonly ? CRYPT_ACTIVATE_READONLY : 0);
}

int volume_activate(struct volume *v, const struct volume_mapping *m, struct error *err)
{
	int r;

	if (m->keyslot < 0 || m->keyslot >= KEYSLOT_MAX)
		return error_set(err, -EINVAL, "%s: no keyslot was named", v->device);
	/*
	 * By passphrase, so that opening the keyslot and checking the volume key are one step. libcryptsetup
	 * hands the volume key to dm-crypt through the kernel's keyring automatically where the kernel
	 * supports it.
	 */
	v->last[0] = '\0';
	r = crypt_activate_by_passphrase(v->cd, m->name, m->keyslot, (const char *)m->key->bytes, m->key->len,
					 activation_flags(m->flags));
	if (r == m->keyslot)
		return 0;
	if (r >= 0)
		return error_set(err, -EIO, "%s: keyslot %d was opened, not %d", v->device, r, m->keyslot);
	if (r == -EPERM || r == -ENOENT)
		return error_set(err, -EPERM, "%s: the key does not open keyslot %d", v->device, m->keyslot);
	return volume_said(v, r == -EEXIST || r == -ENOMEM ? r : -EIO, "cannot activate", err);
}

int volume_deactivate(const char *name, struct error *err)
{
	int r;

	crypt_set_log_callback(NULL, keep_log, NULL);
	r = crypt_deactivate(NULL, name);
	return r < 0 ? error_set(err, r, "%s: cannot close the mapping: %s", name, strerror(-r)) : 0;
}
