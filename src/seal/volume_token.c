#include "seal/volume_token.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "seal/volume_internal.h"
#include "seal/volume_pin.h"

#define TRIES 20 /* when somebody else writes the header at the same time */
#define BINARY_HEADER_LEN 4096

static bool is_of_type(const struct volume *v, int id, const char *wanted)
{
	const char *type = NULL;

	switch (crypt_token_status(v->cd, id, &type)) {
	case CRYPT_TOKEN_INVALID:
	case CRYPT_TOKEN_INACTIVE:
		return false;
	default:
		return type && strcmp(type, wanted) == 0;
	}
}

static bool is_ours(const struct volume *v, int id)
{
	return is_of_type(v, id, TOKEN_TYPE);
}

int volume_token_find(const struct volume *v, int from, int *ret_id)
{
	for (int id = from < 0 ? 0 : from; id < TOKEN_SLOTS; id++)
		if (is_ours(v, id)) {
			*ret_id = id;
			return 0;
		}
	return -ENODATA;
}

int volume_token(const struct volume *v, struct error *err, int *ret_id, struct token *ret)
{
	const char *json;
	int id, second;

	if (volume_token_find(v, 0, &id) < 0)
		return error_set(err, -ENODATA, "%s: no bootseal token in the header", v->device);
	if (volume_token_find(v, id + 1, &second) == 0)
		return error_set(err, -EEXIST, "%s: two bootseal tokens in the header (%d and %d)", v->device,
				 id, second);
	if (crypt_token_json_get(v->cd, id, &json) < 0)
		return volume_said(v, -EBADMSG, "cannot read the token", err);
	if (token_parse(json, strlen(json), err, ret) < 0)
		return error_prefix(err, -EBADMSG, "%s", v->device);
	*ret_id = id;
	return 0;
}

int volume_first_boot(const struct volume *v, struct error *err, struct first_boot_token *ret)
{
	const char *json;
	int found = -1, r;

	for (int id = 0; id < TOKEN_SLOTS; id++) {
		if (!is_of_type(v, id, FIRST_BOOT_TOKEN_TYPE))
			continue;
		if (found >= 0)
			return error_set(err, -EEXIST,
					 "%s: two tokens of a first boot in the header (%d and %d)",
					 v->device, found, id);
		found = id;
	}
	if (found < 0)
		return error_set(err, -ENODATA,
				 "%s: it was not deployed for a machine: its header has no token of a first "
				 "boot",
				 v->device);
	if (crypt_token_json_get(v->cd, found, &json) < 0)
		return volume_said(v, -EBADMSG, "cannot read the token", err);
	r = first_boot_token_parse(json, strlen(json), err, ret);
	return r < 0 ? error_prefix(err, r, "%s", v->device) : 0;
}

int volume_first_boot_write(struct volume *v, const struct first_boot_token *t, struct error *err)
{
	struct buffer json = BUFFER_NONE;
	int r = first_boot_token_format(t, err, &json);

	if (r < 0)
		return r;
	v->last[0] = '\0';
	for (int id = 0; id < TOKEN_SLOTS && r >= 0; id++)
		if (is_of_type(v, id, FIRST_BOOT_TOKEN_TYPE))
			r = crypt_token_json_set(v->cd, id, NULL);
	if (r >= 0)
		r = crypt_token_json_set(v->cd, CRYPT_ANY_TOKEN, buffer_str(&json));
	buffer_free(&json);
	if (r < 0)
		return volume_said(v, r == -ENOSPC ? r : -EIO, "cannot write a token", err);
	return 0;
}

/* Reads the device again and compares the bytes: nothing is believed that was not read back. */
static int verify_written(const struct volume *v, int id, const char *want, struct error *err)
{
	struct volume *fresh = NULL;
	struct buffer found = BUFFER_NONE;
	struct token t;
	int found_id, r;

	r = volume_open(v->device, err, &fresh);
	if (r < 0)
		return r;
	r = volume_token(fresh, err, &found_id, &t);
	if (r == 0)
		r = token_format(&t, err, &found);
	if (r == 0 && (found_id != id || strcmp(buffer_str(&found), want) != 0))
		r = error_set(err, -EIO, "%s: the token on the disk differs from the one just written",
			      v->device);
	buffer_free(&found);
	volume_close(fresh);
	return r;
}

static int try_write(struct volume *v, int id, const char *json, struct error *err, int *ret_id)
{
	int other, r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	if (id >= 0 && !is_ours(v, id))
		return error_set(err, -ENODATA, "%s: token %d is no longer bootseal's", v->device, id);
	if (id < 0 && volume_token_find(v, 0, &other) == 0)
		return error_set(err, -EEXIST, "%s: the header already has a bootseal token (%d)", v->device,
				 other);
	v->last[0] = '\0';
	r = crypt_token_json_set(v->cd, id < 0 ? CRYPT_ANY_TOKEN : id, json);
	if (r == -ENOSPC)
		return error_set(err, r, "%s: no space for the token in the header", v->device);
	/*
	 * -EINVAL is also what a header that changed under us gives: the caller comes again with the new one
	 */
	if (r < 0)
		return volume_said(v, r == -EINVAL ? -EAGAIN : -EIO, "cannot write the token", err);
	*ret_id = r;
	return verify_written(v, r, json, err);
}

int volume_token_write(struct volume *v, int id, const struct token *t, struct error *err, int *ret_id)
{
	struct buffer json = BUFFER_NONE;
	const int64_t began = log_begin();
	int r, written = -1;

	r = token_format(t, err, &json);
	for (int i = 0; r == 0 && i < TRIES; i++) {
		r = try_write(v, id, buffer_str(&json), err, &written);
		if (r != -EAGAIN)
			break;
		r = i + 1 < TRIES ? 0 : -EIO;
	}
	buffer_free(&json);
	/* after a failure the context may hold what the disk does not */
	if (r < 0)
		volume_reload(v, NULL);
	else
		*ret_id = written;
	if (r == 0)
		log_step_since(began, "%s: wrote token %d, %zu generation(s) of boot paths", v->device,
			       written, t->generation_count);
	return r;
}

int volume_token_remove(struct volume *v, int id, struct error *err)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < TRIES; i++) {
		r = volume_reload(v, err);
		if (r < 0)
			return r;
		if (!is_ours(v, id))
			return error_set(err, -ENODATA, "%s: token %d is not bootseal's", v->device, id);
		v->last[0] = '\0';
		r = crypt_token_json_set(v->cd, id, NULL);
		if (r < 0)
			r = volume_said(v, r == -EINVAL ? -EAGAIN : -EIO, "cannot remove the token", err);
	}
	if (r < 0)
		volume_reload(v, NULL);
	else
		log_step("%s: removed token %d", v->device, id);
	return r == -EAGAIN ? -EIO : r < 0 ? r : 0;
}

int volume_json_room(const struct volume *v, struct error *err, size_t *ret_free)
{
	uint64_t metadata_len;
	const char *json;
	size_t used;

	if (crypt_get_metadata_size(v->cd, &metadata_len, NULL) < 0 || metadata_len < BINARY_HEADER_LEN ||
	    crypt_dump_json(v->cd, &json, 0) < 0)
		return volume_said(v, -EIO, "cannot read the header's size", err);
	if (volume_json_len(json, strlen(json), err, &used) < 0)
		return error_prefix(err, -EBADMSG, "%s", v->device);
	/* one byte stays free for the NUL that ends the text */
	metadata_len -= BINARY_HEADER_LEN + 1;
	*ret_free = used < metadata_len ? metadata_len - used : 0;
	return 0;
}
