#include "image/deploy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/process.h"
#include "image/header.h"
#include "image/output.h"
#include "image/verify.h"
#include "seal/volume.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

#define COPY_TIMEOUT_MS (2 * 60 * 60 * 1000)

/* The initrds were made before, since they are measured. */
static int judge(const struct image_source *s, struct error *err)
{
	static struct image_contents c; /* large */
	bool deployed = false;
	int r;

	if (!s->encrypted)
		return error_set(err, -ECANCELED,
				 "%s: its root is not encrypted: 'bootseal image encrypt --deploy' does it",
				 s->path);
	r = image_verify(s, err, &c);
	for (size_t i = 0; i < c.initrd_count && r == 0; i++) {
		deployed |= c.initrd[i].deployed;
		if (c.initrd[i].key)
			return error_set(err, -ECANCELED,
					 "%s: a key in the clear is in it: nothing needs to be sealed",
					 s->path);
		if (c.initrd[i].anchor)
			return error_set(err, -ECANCELED, "%s: is of a machine that was enrolled", s->path);
	}
	if (r == 0 && c.ways.first_boot)
		return error_set(err, -ECANCELED,
				 "%s: was deployed for a machine already: take the image that it was "
				 "made of",
				 s->path);
	if (r == 0 && !deployed)
		r = error_set(err, -ECANCELED,
			      "%s: its initrds do not ask a TPM: it was not made by 'bootseal image encrypt "
			      "--deploy'",
			      s->path);
	return r;
}

static int seal_into(const struct image_deploy *o, const char *header, struct error *err)
{
	struct first_boot_token token = { .kind = FIRST_BOOT_SEALED };
	struct deploy_request q = o->policy;
	struct secret key = SECRET_NONE;
	struct volume *v = NULL;
	int r;

	q.key = &key;
	r = secret_random(FIRST_BOOT_KEY_MAX, &key);
	if (r == 0)
		r = tpm_deploy(&q, err, &token.sealed);
	if (r == 0)
		r = volume_open(header, err, &v);
	if (r == 0)
		r = volume_keyslot_add(v, o->auth, &key, err, &token.keyslot);
	if (r == 0)
		r = volume_first_boot_write(v, &token, err);
	volume_close(v);
	secret_free(&key);
	return r;
}

static int copy_image(const struct image_source *s, const char *to, struct error *err)
{
	const char *const argv[] = { "cp", "--sparse=always", "--reflink=auto", "--", s->raw, to, NULL };

	return process_run(&(struct process){ .argv = argv, .timeout_ms = COPY_TIMEOUT_MS }, err);
}

int image_deploy(const struct image_source *s, const struct image_deploy *o, struct error *err)
{
	const char *output = o->output ? o->output : s->path;
	char header[PATH_MAX], target[PATH_MAX], made[PATH_MAX];
	int r = judge(s, err);

	if (r == 0)
		r = image_output_check(s, output, err);
	if (r == 0 && (snprintf(header, sizeof(header), "%s/header", s->work) >= (int)sizeof(header) ||
		       snprintf(target, sizeof(target), "%s/new", s->work) >= (int)sizeof(target)))
		r = error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	if (r == 0)
		r = image_header_read(s, header, err);
	if (r == 0)
		r = seal_into(o, header, err);
	if (r == 0)
		r = copy_image(s, target, err);
	if (r == 0)
		r = image_header_write(s, header, target, err);
	if (r == 0)
		r = image_output_convert(s, target, made, err);
	return r == 0 ? image_output_place(s, made, output, err) : r;
}
