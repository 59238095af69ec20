#include "seal/tpm_inventory.h"

#include <errno.h>
#include <inttypes.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"

/* tss2's own macro shifts 0x81 to the place of the sign */
#define PERSISTENT_FIRST ((TPM2_HC)TPM2_HT_PERSISTENT << TPM2_HR_SHIFT)
/* More than any TPM has of one kind; what is not listed is less of a loss than a loop that does not end. */
#define ROUNDS_MAX 16

struct request {
	TPM2_CAP capability;
	uint32_t first;
	uint32_t n;
	const char *what; /* for the error */
};

static int ask(struct tpm *t, const struct request *q, struct error *err, TPMI_YES_NO *ret_more,
	       TPMS_CAPABILITY_DATA **ret)
{
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_GetCapability(t->esys, NO_SESSION, q->capability, q->first, q->n, ret_more, ret));
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, q->what, err);
}

static int add_properties(struct tpm *t, uint32_t first, struct error *err, struct buffer *b)
{
	struct request q = { TPM2_CAP_TPM_PROPERTIES, first, TPM2_MAX_TPM_PROPERTIES,
			     "reading its properties" };
	uint32_t end = first + TPM2_PT_GROUP;
	TPMS_CAPABILITY_DATA *d;
	TPMI_YES_NO more = 1;
	int r = 0;

	for (unsigned i = 0; i < ROUNDS_MAX && more && q.first < end && r == 0; i++) {
		r = ask(t, &q, err, &more, &d);
		if (r < 0)
			break;
		more = more && d->data.tpmProperties.count > 0;
		for (uint32_t k = 0; k < d->data.tpmProperties.count; k++) {
			const TPMS_TAGGED_PROPERTY *p = &d->data.tpmProperties.tpmProperty[k];

			q.first = p->property + 1;
			if (p->property < end)
				buffer_addf(b, "property 0x%03x 0x%08x\n", p->property, p->value);
		}
		Esys_Free(d);
	}
	return r;
}

static void add_hex(struct buffer *b, const char *what, const uint8_t *bytes, size_t n)
{
	buffer_addf(b, " %s ", what);
	for (size_t i = 0; i < n; i++)
		buffer_addf(b, "%02x", bytes[i]);
}

static TSS2_RC add_key(struct tpm *t, ESYS_TR tr, struct buffer *b)
{
	TPM2B_PUBLIC *p = NULL;
	TPM2B_NAME *name = NULL;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_ReadPublic(t->esys, tr, NO_SESSION, &p, &name, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	buffer_addf(b, " type 0x%04x hash 0x%04x attributes 0x%08x", p->publicArea.type,
		    p->publicArea.nameAlg, p->publicArea.objectAttributes);
	if (p->publicArea.type == TPM2_ALG_RSA)
		buffer_addf(b, " bits %u", p->publicArea.parameters.rsaDetail.keyBits);
	else if (p->publicArea.type == TPM2_ALG_ECC)
		buffer_addf(b, " curve 0x%04x", p->publicArea.parameters.eccDetail.curveID);
	add_hex(b, "name", name->name, name->size);
	Esys_Free(p);
	Esys_Free(name);
	return rc;
}

static TSS2_RC add_index(struct tpm *t, ESYS_TR tr, struct buffer *b)
{
	TPM2B_NV_PUBLIC *p = NULL;
	TPM2B_NAME *name = NULL;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_NV_ReadPublic(t->esys, tr, NO_SESSION, &p, &name));
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	buffer_addf(b, " size %u hash 0x%04x attributes 0x%08x", p->nvPublic.dataSize, p->nvPublic.nameAlg,
		    p->nvPublic.attributes);
	add_hex(b, "policy", p->nvPublic.authPolicy.buffer, p->nvPublic.authPolicy.size);
	add_hex(b, "name", name->name, name->size);
	Esys_Free(p);
	Esys_Free(name);
	return rc;
}

static int add_handle(struct tpm *t, TPM2_HANDLE handle, struct error *err, struct buffer *b)
{
	bool index = handle >> TPM2_HR_SHIFT == TPM2_HT_NV_INDEX;
	struct error why = ERROR_NONE;
	ESYS_TR tr = ESYS_TR_NONE;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	buffer_addf(b, "%s 0x%08x", index ? "index" : "key", handle);
	TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, &tr));
	if (rc == TSS2_RC_SUCCESS)
		rc = index ? add_index(t, tr, b) : add_key(t, tr, b);
	tpm_forget(t, &tr);
	if (rc != TSS2_RC_SUCCESS) {
		tpm_error(rc, "reading a public area", &why);
		buffer_addf(b, " %s", why.text);
	}
	buffer_add_str(b, "\n");
	return 0;
}

static int add_handles(struct tpm *t, TPM2_HANDLE first, struct error *err, struct buffer *b)
{
	struct request q = { TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, "listing its handles" };
	TPMS_CAPABILITY_DATA *d;
	TPMI_YES_NO more = 1;
	int r = 0;

	for (unsigned i = 0; i < ROUNDS_MAX && more && r == 0; i++) {
		r = ask(t, &q, err, &more, &d);
		if (r < 0)
			break;
		more = more && d->data.handles.count > 0;
		for (uint32_t k = 0; k < d->data.handles.count && r == 0; k++) {
			q.first = d->data.handles.handle[k] + 1;
			r = add_handle(t, d->data.handles.handle[k], err, b);
		}
		Esys_Free(d);
	}
	return r;
}

int tpm_inventory(struct tpm *t, struct error *err, struct buffer *ret)
{
	int r = add_properties(t, TPM2_PT_FIXED, err, ret);

	if (r == 0)
		r = add_properties(t, TPM2_PT_VAR, err, ret);
	if (r == 0)
		r = add_handles(t, PERSISTENT_FIRST, err, ret);
	if (r == 0)
		r = add_handles(t, TPM2_NV_INDEX_FIRST, err, ret);
	return r;
}
