#include "attest/fetch.h"

#include <errno.h>
#include <stdlib.h>

#include "base/process.h"
#include "hash/certificate.h"
#include "seal/json.h"

#define ANSWER_MAX (2 * CERTIFICATE_MAX_LEN)
#define SECONDS "10"
#define TIMEOUT_MS 15000

static int add_member(struct json_object *o, const char *name, char *room, struct error *err,
		      struct buffer *ret)
{
	if (!json_member_text(o, name, CERTIFICATE_MAX_LEN, room))
		return error_set(err, -EBADMSG, "the answer has no text '%s'", name);
	buffer_add_str(ret, room);
	buffer_add_str(ret, "\n");
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

int fetch_parse(const char *text, size_t n, struct error *err, struct buffer *ret)
{
	struct json_object *o = NULL;
	char *room = malloc(CERTIFICATE_MAX_LEN);
	int r = room ? json_read(text, n, err, &o) : -ENOMEM;

	if (r == 0)
		r = add_member(o, "vcekCert", room, err, ret);
	if (r == 0)
		r = add_member(o, "certificateChain", room, err, ret);
	json_free(o);
	free(room);
	return r;
}

int fetch_certificates(const char *url, struct error *err, struct buffer *ret)
{
	/* the service is on this machine's own link, so a proxy is never the way to it */
	const char *const argv[] = { "curl",	 "--silent",	   "--show-error", "--fail",	 "--noproxy",
				     "*",	 "--proto",	   "=http",	   "--max-time", SECONDS,
				     "--header", "Metadata: true", "--url",	   url,		 NULL };
	const struct process p = { .argv = argv, .timeout_ms = TIMEOUT_MS };
	struct buffer answer = BUFFER_NONE;
	int r = process_capture(&p, ANSWER_MAX, err, &answer);

	if (r == -ENOENT)
		error_set(err, r,
			  "there is no program 'curl' to ask the metadata service with; install the "
			  "package curl, or give the certificates with --certificates");
	if (r == 0)
		r = fetch_parse((const char *)answer.data, answer.len, err, ret);
	if (r < 0 && r != -ENOENT)
		error_prefix(err, r, "%s", url);
	buffer_free(&answer);
	return r;
}
