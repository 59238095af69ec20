#include "seal/tpm_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_tcti_device.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <unistd.h>

#include "base/reader.h"

#define OPEN_TRIES 3
#define OPEN_PAUSE_MS 100

typedef TSS2_RC (*tcti_init)(TSS2_TCTI_CONTEXT *, size_t *, const char *);

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *c, size_t n, const uint8_t *command)
{
	struct transport *tp = (struct transport *)c;

	/* Part 1, "Command/Response Structure": tag, size, command code */
	if (n >= 10)
		tp->command = (uint32_t)command[6] << 24 | (uint32_t)command[7] << 16 |
			      (uint32_t)command[8] << 8 | command[9];
	tp->sent_ms = now_ms();
	return Tss2_Tcti_Transmit(tp->tcti, n, command);
}

/*
 * tpm2-tss reads on behind the end of an answer that is shorter than its own counts say, in what is left
 * there of earlier ones. Where no HMAC covers it that matters for PCRs: what is read there decides whether
 * the window is closed. Part 3, TPM2_PCR_Read: update counter, TPML_PCR_SELECTION, TPML_DIGEST.
 */
static bool is_whole(const uint8_t *answer, size_t n)
{
	struct reader r = reader_new(answer, n);
	uint32_t code, count;
	uint16_t len;
	uint8_t bytes;

	if (!reader_skip(&r, 6) || !reader_be32(&r, &code) || code != TPM2_RC_SUCCESS)
		return true;
	if (!reader_skip(&r, 4) || !reader_be32(&r, &count))
		return false;
	for (; count > 0; count--)
		if (!reader_skip(&r, 2) || !reader_u8(&r, &bytes) || !reader_skip(&r, bytes))
			return false;
	if (!reader_be32(&r, &count))
		return false;
	for (; count > 0; count--)
		if (!reader_be16(&r, &len) || !reader_skip(&r, len))
			return false;
	return r.left == 0;
}

/*
 * The parameter that a session encrypts is copied for as many bytes as its own count says, were they behind
 * the answer's end and the buffer's. Its HMAC is checked before, so that only the TPM itself could do it,
 * which a host may be. Part 1, "Command/Response Structure".
 */
static bool holds_its_secret(const uint8_t *answer, size_t n)
{
	struct reader r = reader_new(answer, n), parameters;
	uint32_t code, size;
	uint16_t tag, len;

	if (!reader_be16(&r, &tag) || !reader_skip(&r, 4) || !reader_be32(&r, &code) ||
	    code != TPM2_RC_SUCCESS || tag != TPM2_ST_SESSIONS)
		return true;
	return reader_be32(&r, &size) && reader_take(&r, size, &parameters) &&
	       reader_be16(&parameters, &len) && len <= parameters.left;
}

static bool is_sound(uint32_t command, const uint8_t *answer, size_t n)
{
	switch (command) {
	case TPM2_CC_PCR_Read:
		return is_whole(answer, n);
	case TPM2_CC_Unseal:
	case TPM2_CC_Create:
	case TPM2_CC_ActivateCredential:
		return holds_its_secret(answer, n);
	default:
		return true;
	}
}

/* To the tag of our commands both kinds answer, a TPM 1.2 with its own (Part 2, 6.9: TPM_ST_RSP_COMMAND). */
static bool is_of_12(const uint8_t *answer, size_t n)
{
	struct reader r = reader_new(answer, n);
	uint16_t tag;

	return reader_be16(&r, &tag) && tag == TPM2_ST_RSP_COMMAND;
}

/* The device's TCTI keeps to the time limit, swtpm's does not. */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *c, size_t *n, uint8_t *answer, int32_t forever)
{
	struct transport *tp = (struct transport *)c;
	int32_t limit = tp->time_left_ms < ANSWER_MS ? (int32_t)tp->time_left_ms : ANSWER_MS;
	TSS2_RC rc = Tss2_Tcti_Receive(tp->tcti, n, answer, limit > 0 ? limit : 0);

	if (rc == TSS2_TCTI_RC_TRY_AGAIN) {
		tp->time_left_ms -= limit;
		return RC_LATE;
	}
	if (rc == TSS2_RC_SUCCESS && answer && is_of_12(answer, *n))
		return RC_TPM_12;
	if (rc == TSS2_RC_SUCCESS && answer && !is_sound(tp->command, answer, *n))
		return TSS2_TCTI_RC_MALFORMED_RESPONSE;
	return rc;
}

void transport_wait(struct transport *tp, unsigned int ms)
{
	pause_ms(ms);
	/* the kernel's driver has asked again for a while before it handed on a "not now" */
	tp->time_left_ms -= now_ms() - tp->sent_ms;
}

/* For tests: linked into the programs of build/, not into the installed ones of build/release. */
#pragma weak Tss2_Tcti_Swtpm_Init

/* The TCTIs are named, not loaded: a static program has no dlopen. */
static TSS2_RC connect_with(tcti_init init, const char *conf, TSS2_TCTI_CONTEXT **ret)
{
	TSS2_TCTI_CONTEXT *tcti;
	size_t n = 0;
	TSS2_RC rc = init(NULL, &n, conf);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	tcti = calloc(1, n);
	if (!tcti)
		return TSS2_TCTI_RC_MEMORY;
	rc = init(tcti, &n, conf);
	if (rc != TSS2_RC_SUCCESS) {
		free(tcti);
		return rc;
	}
	*ret = tcti;
	return rc;
}

/*
 * The first of the devices that opens. One that is there may need a second try: tpm2-tss sends it a command,
 * which has to be answered within a second.
 */
static int connect_device(const char *const *paths, size_t n, struct error *err, TSS2_TCTI_CONTEXT **ret)
{
	TSS2_RC rc = TSS2_TCTI_RC_NO_CONNECTION;
	const char *tried = NULL;

	for (int tries = 0; tries < OPEN_TRIES && (tries == 0 || tried); tries++) {
		if (tries > 0)
			pause_ms(OPEN_PAUSE_MS);
		for (size_t i = 0; i < n; i++) {
			if (access(paths[i], F_OK) < 0)
				continue;
			tried = paths[i];
			rc = connect_with(Tss2_Tcti_Device_Init, tried, ret);
			if (rc == TSS2_RC_SUCCESS)
				return 0;
		}
	}
	if (!tried)
		return error_set(err, -ENODEV,
				 "this machine has no TPM 2.0 device (%s); the settings of the firmware, or "
				 "of the virtual machine, may have one (TPM, fTPM, PTT)",
				 paths[0]);
	return error_set(err, -ENODEV, "%s: cannot open (0x%x)", tried, rc);
}

static int tcti_open(const char *tcti, struct error *err, TSS2_TCTI_CONTEXT **ret)
{
	/* without the resource manager first: it swaps contexts in and out at every command */
	static const char *const paths[] = { "/dev/tpm0", "/dev/tpmrm0" };
	TSS2_RC rc;

	if (!tcti)
		return connect_device(paths, sizeof(paths) / sizeof(paths[0]), err, ret);
	if (strncmp(tcti, "device:", 7) == 0)
		return connect_device(&(const char *){ tcti + 7 }, 1, err, ret);
	if (strncmp(tcti, "swtpm:", 6) != 0)
		return error_set(err, -EINVAL, "%s: a TPM is named 'device:PATH'", tcti);
	if (!Tss2_Tcti_Swtpm_Init)
		return error_set(err, -EINVAL, "%s: only programs for tests use a software TPM", tcti);
	rc = connect_with(Tss2_Tcti_Swtpm_Init, tcti + 6, ret);
	return rc == TSS2_RC_SUCCESS ? 0 : error_set(err, -ENODEV, "%s: cannot open (0x%x)", tcti, rc);
}

int transport_open(struct transport *tp, const char *tcti, struct error *err)
{
	/* the rest of the structure ESYS does without */
	tp->v1 = (TSS2_TCTI_CONTEXT_COMMON_V1){ .version = 1, .transmit = transmit, .receive = receive };
	return tcti_open(tcti, err, &tp->tcti);
}

void transport_close(struct transport *tp)
{
	if (!tp->tcti)
		return;
	Tss2_Tcti_Finalize(tp->tcti);
	free(tp->tcti);
	tp->tcti = NULL;
}
