/* What tokens of several kinds have in common: inside of token*.c. Members are read strictly; none is
 * printed. */
#ifndef SEAL_TOKEN_PARTS_H
#define SEAL_TOKEN_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/policy.h"
#include "seal/token.h"

struct json_object;

/* -EBADMSG with the member's name. */
int token_bad(struct error *err, const char *member);

bool token_word_is(struct json_object *o, const char *name, const char *want);
/* n bytes, in lower case only, so that a token has one spelling; s may be NULL. */
bool token_hex(const char *s, uint8_t *ret, size_t n);
bool token_name(struct json_object *o, const char *member, struct tpm_name *ret);
/* The first of at most max keyslots of "keyslots". */
bool token_keyslot(struct json_object *o, size_t max, int *ret);
/* PCR 15, at least one other, and none that does not exist. */
bool token_mask_is_sound(pcr_mask mask);
bool token_mask(struct json_object *o, pcr_mask *ret); /* "pcrs": sound, ascending */
bool token_bytes(struct json_object *o, const char *member, struct buffer *ret);      /* BASE64 */
bool token_object(struct json_object *o, size_t size, uint8_t *ret, size_t *ret_len); /* at most size bytes */
/* "branches", in the form that seal/token.h gives; the ids differ, and there may be none. */
bool token_branches(struct json_object *o, pcr_mask mask, struct branch ret[static BRANCH_MAX],
		    size_t *ret_count);

/* Each adds a comma and the member. */
void token_add_name(struct buffer *b, const char *member, const struct tpm_name *v);
void token_add_mask(struct buffer *b, pcr_mask mask);
void token_add_bytes(struct buffer *b, const char *member, const void *bytes, size_t n);
void token_add_branches(struct buffer *b, pcr_mask mask, const struct branch *branches, size_t count);

#endif
