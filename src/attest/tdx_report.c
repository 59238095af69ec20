#include "attest/tdx_report.h"

#include <errno.h>
#include <string.h>

#include "hash/hash.h"

#define TYPE_TDX 0x81
#define AT_GUEST_HASH 80 /* SHA-384 of what is said about the guest */
#define GUEST_HASH_LEN 48
#define AT_DATA 128
#define AT_GUEST 512
#define GUEST_LEN 512
#define ATTRIBUTE_DEBUG 1 /* bit 0 of the attributes, which come first */

int tdx_report_parse(const struct reader *bytes, struct error *err, struct tdx_report *ret)
{
	uint8_t hash[HASH_MAX_LEN];
	int r;

	if (bytes->left != TDX_REPORT_LEN)
		return error_set(err, -EBADMSG, "the report of the hardware has %zu bytes instead of %u",
				 bytes->left, TDX_REPORT_LEN);
	if (bytes->at[0] != TYPE_TDX)
		return error_set(err, -EOPNOTSUPP,
				 "the report of the hardware is of type 0x%02x; known is 0x%02x",
				 bytes->at[0], TYPE_TDX);
	r = hash_once(HASH_SHA384, bytes->at + AT_GUEST, GUEST_LEN, hash);
	if (r < 0)
		return r;
	if (memcmp(hash, bytes->at + AT_GUEST_HASH, GUEST_HASH_LEN) != 0)
		return error_set(err, -EBADMSG,
				 "what the report says of the guest is not what its hash is of");
	ret->debug = bytes->at[AT_GUEST] & ATTRIBUTE_DEBUG;
	memcpy(ret->data, bytes->at + AT_DATA, sizeof(ret->data));
	return 0;
}
