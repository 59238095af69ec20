#include <stdint.h>

#include "seal/tpm.h"
#include "seal/tpm_first_boot.h"
#include "seal/tpm_window.h"
#include "tpm_answers.h"
#include "../sample_pcrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Of the right shape, for an RSA key or one on P-256; what is in it does not matter to such a TPM. */
static void make_object(struct first_boot_sealed *s, bool is_rsa)
{
	static const uint8_t blob[70] = { 0, 68, 0, SHA256_LEN }, point[70] = { 0, 68, 0, 32, [36] = 0, 32 };

	memcpy(s->object, blob, sizeof(blob));
	memcpy(s->object + sizeof(blob), point, sizeof(point));
	s->object_len = sizeof(blob) + sizeof(point);
	if (is_rsa) {
		memset(s->object + sizeof(blob), 0, 258);
		s->object[sizeof(blob)] = 1;
		s->object_len = sizeof(blob) + 258;
	}
}

/* What the unlock program asks in a first boot. The input: the SRK's Name, its kind, then the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct first_boot_sealed s = { .mask = SAMPLE_PCRS, .resets = 50, .branch_count = 1 };
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	uint8_t is_rsa;
	struct tpm *t;

	answers = reader_new(data, n);
	if (!reader_bytes(&answers, s.srk.bytes, TPM_NAME_LEN) || !reader_u8(&answers, &is_rsa) ||
	    branch_from_pcrs(1, s.mask, pcrs, &s.branch[0]) < 0 || tpm_open("swtpm:", &err, &t) < 0)
		return 0;
	make_object(&s, is_rsa & 1);
	tpm_first_boot(t, &s, &err, &key);
	tpm_close_window(t, &s.srk, "bootseal fuzz", key.bytes, &err);
	tpm_close(t);
	secret_free(&key);
	return 0;
}
