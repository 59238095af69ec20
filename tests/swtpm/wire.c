#include "wire.h"

struct wire wire;

void wire_reset(void)
{
	wire.count = 0;
	wire.fake = 0;
	wire.before = NULL;
	wire.after = NULL;
	wire.sent = NULL;
	wire.cut = 0;
	wire.swallow = false;
}

unsigned int wire_times(uint32_t code)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < wire.count; i++)
		n += wire.code[i] == code;
	return n;
}

static uint32_t wire_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static TSS2_RC wire_transmit(TSS2_TCTI_CONTEXT *c, size_t n, const uint8_t *command)
{
	unsigned int nth = wire.count++;
	uint32_t code = wire_be32(command + 6);

	assert_true(nth < WIRE_MAX);
	wire.code[nth] = code;
	wire.fake = wire.before ? wire.before(code, nth) : 0;
	if (wire.sent)
		wire.sent(command, n);
	return wire.fake || wire.swallow ? TSS2_RC_SUCCESS : wire.transmit(c, n, command);
}

/* The bytes stay where they were: who reads on behind the end finds them. */
static void wire_cut(size_t *n, uint8_t *answer)
{
	*n -= wire.cut;
	answer[4] = *n >> 8;
	answer[5] = *n;
	wire.cut = 0;
}

static TSS2_RC wire_receive(TSS2_TCTI_CONTEXT *c, size_t *n, uint8_t *answer, int32_t timeout)
{
	TSS2_RC rc;

	if (wire.fake) {
		const uint8_t a[10] = {
			0x80, 0x01, 0, 0, 0, 10, wire.fake >> 24, wire.fake >> 16, wire.fake >> 8, wire.fake,
		};

		*n = sizeof(a);
		if (answer) {
			memcpy(answer, a, sizeof(a));
			wire.fake = 0;
		}
		return TSS2_RC_SUCCESS;
	}
	if (wire.swallow) {
		/* an answer with one empty list of digests under a password session: PCR_Event's */
		static const uint8_t a[] = { 0x80, 0x02, 0, 0, 0, 23, 0, 0, 0, 0, 0, 0,
					     0,	   4,	 0, 0, 0, 0,  0, 0, 1, 0, 0 };

		*n = sizeof(a);
		if (answer) {
			memcpy(answer, a, sizeof(a));
			wire.swallow = false;
		}
		return TSS2_RC_SUCCESS;
	}
	rc = wire.receive(c, n, answer, timeout);
	if (rc == TSS2_RC_SUCCESS && answer && wire.after && wire_be32(answer + 6) == 0)
		wire.after(wire.code[wire.count - 1], answer, *n);
	if (rc == TSS2_RC_SUCCESS && answer && wire.cut)
		wire_cut(n, answer);
	return rc;
}

TSS2_RC Tss2_Tcti_Swtpm_Init(TSS2_TCTI_CONTEXT *c, size_t *n, const char *conf)
{
	static TSS2_RC (*real)(TSS2_TCTI_CONTEXT *, size_t *, const char *);
	TSS2_TCTI_CONTEXT_COMMON_V1 *v1 = (TSS2_TCTI_CONTEXT_COMMON_V1 *)c;
	TSS2_RC rc;

	if (!real) {
		void *lib = dlopen("libtss2-tcti-swtpm.so.0", RTLD_NOW);

		assert_non_null(lib);
		*(void **)&real = dlsym(lib, "Tss2_Tcti_Swtpm_Init");
		assert_non_null(real);
	}
	rc = real(c, n, conf);
	if (rc == TSS2_RC_SUCCESS && c) {
		wire.transmit = v1->transmit;
		wire.receive = v1->receive;
		v1->transmit = wire_transmit;
		v1->receive = wire_receive;
	}
	return rc;
}
