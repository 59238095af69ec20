#include "cli/evidence.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#include "attest/attest_tpm.h"
#include "attest/fetch.h"
#include "base/file.h"
#include "base/reader.h"
#include "base/text.h"
#include "seal/tpm.h"

#define VMPL_MAX 3
#define TCB_NUMBERS 4

static bool read_vmpl(const char *arg, uint32_t *ret)
{
	uint64_t v;

	if (text_number(arg, strlen(arg), VMPL_MAX, &v) < 0)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* "4,0,24,219" */
static bool read_tcb(const char *arg, struct snp_tcb *ret)
{
	uint8_t *const part[TCB_NUMBERS] = { &ret->boot_loader, &ret->tee, &ret->snp, &ret->microcode };
	uint64_t v;
	size_t n;

	for (size_t i = 0; i < TCB_NUMBERS; i++) {
		n = strcspn(arg, ",");
		if (text_number(arg, n, UINT8_MAX, &v) < 0 || (arg[n] == ',') != (i + 1 < TCB_NUMBERS))
			return false;
		*part[i] = (uint8_t)v;
		arg += n + (arg[n] == ',');
	}
	return true;
}

static const char *name_of(int c)
{
	static const struct option options[] = { EVIDENCE_OPTIONS };

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].val == c)
			return options[i].name;
	return NULL;
}

bool evidence_take(int c, const char *arg, struct evidence_options *o)
{
	if (c == 'C' && o->n == EVIDENCE_FILES_MAX)
		o->bad = "--certificates: more than four times";
	else if (c == 'C')
		o->certificates[o->n++] = arg;
	else if (c == 'F')
		o->fetch = arg ? arg : FETCH_URL;
	else if (c == 'D')
		o->attest.allow_debug = true;
	else if (c == 'M')
		o->attest.allow_migration = true;
	else if (c == 'V' && !read_vmpl(arg, &o->attest.vmpl_max))
		o->bad = "--vmpl: a number from 0 to 3";
	else if (c == 'L' && !read_tcb(arg, &o->least))
		o->bad = "--least-tcb: four numbers from 0 to 255, with commas between them";
	else if (c == 'L')
		o->has_least = true;
	else if (c != 'V')
		return false;
	o->given = name_of(c);
	return true;
}

static int add(const struct buffer *text, const char *name, struct error *err, struct evidence *e)
{
	struct reader bytes = reader_new(text->data, text->len);
	size_t n;
	int r = certificates_read(&bytes, AMD_CERTIFICATES_MAX - e->n, err, &e->certificate[e->n], &n);

	if (r < 0)
		return error_prefix(err, r, "%s", name);
	e->n += n;
	return 0;
}

static int add_file(const char *path, struct error *err, struct evidence *e)
{
	struct buffer text = BUFFER_NONE;
	int r = file_read(path, CERTIFICATE_MAX_LEN, err, &text);

	if (r == 0)
		r = add(&text, path, err, e);
	buffer_free(&text);
	return r;
}

static int add_fetched(const char *url, struct error *err, struct evidence *e)
{
	struct buffer text = BUFFER_NONE;
	int r = fetch_certificates(url, err, &text);

	if (r == 0)
		r = add(&text, url, err, e);
	buffer_free(&text);
	return r;
}

int evidence_read(const struct evidence_options *o, struct error *err, struct evidence *ret)
{
	int r = 0;

	ret->n = 0;
	for (size_t i = 0; i < o->n && r == 0; i++)
		r = add_file(o->certificates[i], err, ret);
	if (r == 0 && o->fetch)
		r = add_fetched(o->fetch, err, ret);
	if (r < 0)
		evidence_free(ret);
	return r;
}

void evidence_free(struct evidence *e)
{
	while (e->n > 0)
		certificate_free(e->certificate[--e->n]);
}

struct attest_options evidence_judge_by(const struct evidence_options *o)
{
	struct attest_options a = o->attest;

	a.least = o->has_least ? &o->least : NULL;
	a.now = time(NULL);
	return a;
}

int evidence_judge_tpm(const struct evidence_options *o, const char *tcti, struct error *err,
		       struct tpm_name *ret_srk, struct attest_result *ret)
{
	const struct attest_options by = evidence_judge_by(o);
	struct evidence certificates = { .n = 0 };
	struct tpm *t = NULL;
	int r = evidence_read(o, err, &certificates);

	if (r == 0)
		r = tpm_open(tcti, err, &t);
	if (r == 0) {
		r = attest_tpm(t, certificates.certificate, certificates.n, &by, err, ret_srk, ret);
		/* no report: that is an answer */
		r = r == -ENOENT ? -ECANCELED : r;
	}
	tpm_close(t);
	evidence_free(&certificates);
	return r;
}
