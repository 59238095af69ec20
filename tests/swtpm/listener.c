#include "listener.h"

#include <sys/stat.h>
#include <tss2/tss2_tpm2_types.h>

#define SRK 0x81000001 /* doc/design.md, 3 */

static void flaw(struct heard *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void flaw(struct heard *h, const char *fmt, ...)
{
	va_list ap;

	if (h->flaw[0])
		return;
	va_start(ap, fmt);
	vsnprintf(h->flaw, sizeof(h->flaw), fmt, ap);
	va_end(ap);
}

/* Commands that may have an authorization area, and their number of handles (Part 3). */
static const struct {
	uint32_t code;
	size_t handles;
} known[] = {
	{ TPM2_CC_Create, 1 },	      { TPM2_CC_CreatePrimary, 1 },   { TPM2_CC_EvictControl, 2 },
	{ TPM2_CC_Load, 1 },	      { TPM2_CC_NV_DefineSpace, 1 },  { TPM2_CC_NV_Read, 2 },
	{ TPM2_CC_NV_ReadPublic, 1 }, { TPM2_CC_NV_UndefineSpace, 2 }, { TPM2_CC_NV_Write, 2 },
	{ TPM2_CC_PCR_Event, 1 },     { TPM2_CC_PolicyAuthorizeNV, 3 }, { TPM2_CC_Unseal, 1 },
};

static size_t handles_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].code == code)
			return known[i].handles;
	fail_msg("the listener does not know command 0x%x", code);
	return 0;
}

static struct reader tpm2b(struct reader *r)
{
	struct reader part = { .left = 0 };
	uint16_t n;

	assert_true(reader_be16(r, &n) && reader_take(r, n, &part));
	return part;
}

/* The salts of two sessions that are the same are no salts. */
static void hear_salt(struct heard *h, const struct reader *salt)
{
	for (size_t i = 0; i + 1 < h->started; i++)
		if (h->salt[i].left == salt->left && memcmp(h->salt[i].at, salt->at, salt->left) == 0)
			flaw(h, "session %zu has the salt of session %zu", h->started, i + 1);
}

/* Part 3, TPM2_StartAuthSession; Part 2, "TPMT_SYM_DEF". */
static void hear_start(struct heard *h, struct reader c, struct reader a)
{
	uint32_t key, bind, handle;
	uint16_t algorithm, bits, mode;
	struct reader nonce, salt;
	uint8_t type;

	assert_true(reader_be32(&c, &key) && reader_be32(&c, &bind));
	nonce = tpm2b(&c);
	salt = tpm2b(&c);
	assert_true(reader_u8(&c, &type) && reader_be16(&c, &algorithm) && reader_be32(&a, &handle));
	assert_true(h->started < HEARD_SESSIONS_MAX);
	h->session[h->started] = handle;
	h->salt[h->started++] = salt;
	if (key != SRK)
		flaw(h, "session %zu has the tpmKey 0x%08x, not the storage root key", h->started, key);
	if (salt.left == 0)
		flaw(h, "session %zu has no salt", h->started);
	hear_salt(h, &salt);
	if (nonce.left < 16)
		flaw(h, "session %zu has a nonce of %zu bytes", h->started, nonce.left);
	if (algorithm != TPM2_ALG_AES || !reader_be16(&c, &bits) || !reader_be16(&c, &mode) || bits != 128 ||
	    mode != TPM2_ALG_CFB)
		flaw(h, "session %zu does not encrypt with AES-128-CFB", h->started);
}

static bool was_started(const struct heard *h, uint32_t handle)
{
	for (size_t i = 0; i < h->started; i++)
		if (h->session[i] == handle)
			return true;
	return false;
}

/* Part 1, "Authorization Area": handle, nonce, attributes, HMAC of each session. Returns all attributes. */
static uint8_t hear_sessions(struct heard *h, uint32_t code, struct reader area)
{
	uint8_t attributes, all = 0;
	uint32_t handle;

	while (area.left > 0) {
		assert_true(reader_be32(&area, &handle));
		tpm2b(&area);
		assert_true(reader_u8(&area, &attributes));
		tpm2b(&area);
		all |= attributes;
		if (handle != TPM2_RH_PW && !was_started(h, handle))
			flaw(h, "command 0x%x is under session 0x%08x, whose start was not heard", code,
			     handle);
	}
	return all;
}

static void hear(struct heard *h, struct reader c, struct reader a)
{
	struct reader area = { .left = 0 };
	uint32_t code, rc, size;
	uint16_t tag;
	uint8_t attributes;

	assert_true(reader_be16(&c, &tag) && reader_skip(&c, 4) && reader_be32(&c, &code));
	assert_true(reader_skip(&a, 6) && reader_be32(&a, &rc));
	if (code == TPM2_CC_StartAuthSession && rc == TPM2_RC_SUCCESS) {
		assert_int_equal(tag, TPM2_ST_NO_SESSIONS);
		hear_start(h, c, a);
	}
	if (tag == TPM2_ST_SESSIONS)
		assert_true(reader_skip(&c, 4 * handles_of(code)) && reader_be32(&c, &size) &&
			    reader_take(&c, size, &area));
	attributes = hear_sessions(h, code, area);
	h->sealed += code == TPM2_CC_Create;
	h->unsealed += code == TPM2_CC_Unseal && rc == TPM2_RC_SUCCESS;
	if (code == TPM2_CC_Create && !(attributes & TPMA_SESSION_DECRYPT))
		flaw(h, "the key is sealed without encryption");
	if (code == TPM2_CC_Unseal && !(attributes & TPMA_SESSION_ENCRYPT))
		flaw(h, "the key is unsealed without encryption");
}

static struct reader message(struct reader *tape)
{
	struct reader m = *tape, whole;
	uint32_t size;

	assert_true(reader_skip(&m, 2) && reader_be32(&m, &size) && reader_take(tape, size, &whole));
	return whole;
}

void listener_start(struct heard *h, const struct swtpm *s)
{
	*h = (struct heard){ .bytes = NULL };
	proxy_listen(&h->proxy, s, h->tape);
}

void listener_stop(struct heard *h)
{
	struct reader tape, command;
	struct stat st;
	int fd;

	proxy_stop(&h->proxy);
	fd = open(h->tape, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	h->len = st.st_size;
	h->bytes = malloc(h->len + 1);
	assert_non_null(h->bytes);
	assert_int_equal(read(fd, h->bytes, h->len), h->len);
	close(fd);
	unlink(h->tape);
	for (tape = reader_new(h->bytes, h->len); tape.left > 0;) {
		command = message(&tape);
		hear(h, command, message(&tape));
	}
}

bool listener_has(const struct heard *h, const void *secret, size_t n)
{
	assert_true(n >= 8);
	for (size_t i = 0; i + 8 <= n; i++)
		if (memmem(h->bytes, h->len, (const uint8_t *)secret + i, 8))
			return true;
	return false;
}

void listener_learns_nothing(const struct heard *h, const void *secret, size_t n)
{
	if (h->flaw[0])
		fail_msg("%s", h->flaw);
	if (listener_has(h, secret, n))
		fail_msg("the secret went over the bus in the clear");
}

void listener_free(struct heard *h)
{
	free(h->bytes);
	h->bytes = NULL;
}
