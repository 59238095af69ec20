/*
 * The certificates of this machine's CPU from Azure's metadata service, which has them from AMD. They are
 * judged as any others: whoever answers cannot make a wrong one pass.
 */
#ifndef ATTEST_FETCH_H
#define ATTEST_FETCH_H

#include "base/buffer.h"
#include "base/error.h"

#define FETCH_URL "http://169.254.169.254/metadata/THIM/amd/certification"

/*
 * Adds them, PEM. Runs curl, without a proxy. -ENOENT: no curl; -EPIPE, -ETIMEDOUT: it got no answer;
 * -EBADMSG: the answer is not that JSON.
 */
int fetch_certificates(const char *url, struct error *err, struct buffer *ret);

/* What the service answers: the members vcekCert and certificateChain. */
int fetch_parse(const char *text, size_t n, struct error *err, struct buffer *ret);

#endif
