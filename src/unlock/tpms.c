#include "unlock/tpms.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "seal/tpm.h"
#include "seal/tpm_srk.h"

#define WAIT_MS 3000
#define POLL_MS 20
#define DEVICE "device:"

/* A node means that there is a TPM, even when it cannot be opened now. */
static bool has_node(const char *conf)
{
	return strncmp(conf, DEVICE, strlen(DEVICE)) == 0 && file_exists(conf + strlen(DEVICE));
}

static int open_one(const char *conf, const char *node, long wait_ms, struct error *err, struct tpms *t)
{
	int r;

	for (;; wait_ms -= POLL_MS) {
		r = tpm_open(conf, err, &t->tpm[t->count]);
		if (r == 0)
			t->count++;
		if (r != -ENODEV || !has_node(node))
			return r;
		if (wait_ms <= 0)
			return -EBUSY;
		poll(NULL, 0, POLL_MS);
	}
}

static int open_given(const struct options *o, struct error *err, struct tpms *t)
{
	int r = 0;

	for (size_t i = 0; i < o->tcti_count && r == 0; i++)
		r = open_one(o->tcti[i], o->tcti[i], 0, err, t);
	return r;
}

static int open_all(struct error *err, struct tpms *t)
{
	bool listed = file_exists("/sys/firmware/acpi/tables/TPM2");
	char conf[sizeof(DEVICE "/dev/tpm4294967295")];
	long left;
	int r;

	for (left = listed ? WAIT_MS : 0; left > 0 && !file_exists("/dev/tpm0"); left -= POLL_MS)
		poll(NULL, 0, POLL_MS);
	/* by either of its two nodes */
	r = open_one(NULL, DEVICE "/dev/tpm0", WAIT_MS, err, t);
	for (unsigned int i = 1; i < TPMS_MAX && (r == 0 || r == -ENODEV); i++) {
		snprintf(conf, sizeof(conf), DEVICE "/dev/tpm%u", i);
		if (has_node(conf))
			r = open_one(conf, conf, WAIT_MS, err, t);
	}
	if (r == -ENODEV && t->count > 0)
		r = 0;
	if (r == -ENODEV && listed && !file_exists("/dev/tpm0"))
		return error_set(err, r,
				 "the firmware lists a TPM 2.0, but its driver did not load within %d s",
				 WAIT_MS / 1000);
	return r;
}

static void put_enrolled_first(const struct anchor *a, struct tpms *t)
{
	struct tpm *first = t->tpm[0];
	struct tpm_name srk;

	for (size_t i = 0; i < t->count; i++) {
		if (tpm_srk(t->tpm[i], NULL, &srk) < 0 || memcmp(&srk, &a->srk, sizeof(srk)) != 0)
			continue;
		t->tpm[0] = t->tpm[i];
		t->tpm[i] = first;
		return;
	}
}

int tpms_open(const struct options *o, const struct anchor *a, struct error *err, struct tpms *ret)
{
	struct tpms t = TPMS_NONE;
	int r;

	r = o->tcti_count ? open_given(o, err, &t) : open_all(err, &t);
	if (r < 0) {
		tpms_close(&t);
		return r;
	}
	if (a && t.count > 1)
		put_enrolled_first(a, &t);
	*ret = t;
	return 0;
}

int tpms_check_enrolled(struct tpm *t, const struct anchor *a, struct error *err)
{
	struct tpm_name srk;
	int r;

	r = tpm_srk(t, err, &srk);
	if (r == -ENOENT)
		return error_set(err, r, "the TPM has no storage key: it was cleared or replaced; if "
				 "you did not do that, do not type the passphrase; if you did, run "
				 "'bootseal enroll' after logging in");
	if (r == 0 && memcmp(&srk, &a->srk, sizeof(srk)) != 0)
		return error_set(err, -EKEYREJECTED,
				 "this TPM is not the enrolled one: a different machine, or the TPM was "
				 "cleared; if you did not do that, do not type the passphrase; if you did, "
				 "run 'bootseal enroll' after logging in");
	return r;
}

void tpms_close(struct tpms *t)
{
	while (t->count > 0)
		tpm_close(t->tpm[--t->count]);
}
