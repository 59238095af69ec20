/*
 * Somebody on the TPM's bus who only listens: what was said, and whether it can be understood.
 *
 * Part 1, "Session-Based Encryption": what a session hides is encrypted with a key made of the session's key
 * and both nonces. The nonces are on the bus. So is everything else, unless the session was salted to a key
 * of the TPM.
 */
#ifndef TESTS_LISTENER_H
#define TESTS_LISTENER_H

#include <stdbool.h>

#include "base/reader.h"
#include "proxy.h"

#define HEARD_SESSIONS_MAX 64

struct heard {
	char tape[120];
	struct proxy proxy; /* proxy.tcti is for the program under test */
	uint8_t *bytes;
	size_t len;
	/* the sessions that were started: handle, and the encrypted salt, within bytes */
	uint32_t session[HEARD_SESSIONS_MAX];
	struct reader salt[HEARD_SESSIONS_MAX];
	size_t started;
	size_t sealed, unsealed; /* Create; Unseal that went well */
	char flaw[160]; /* the first thing that a listener may use; empty when there is none */
};

void listener_start(struct heard *h, const struct swtpm *s);
/* Ends it and understands what was said. */
void listener_stop(struct heard *h);
/* Did eight bytes in a row of the secret go over the bus as they are? */
bool listener_has(const struct heard *h, const void *secret, size_t n);
/* Fails the test for a flaw, or for the secret. */
void listener_learns_nothing(const struct heard *h, const void *secret, size_t n);
void listener_free(struct heard *h);

#endif
