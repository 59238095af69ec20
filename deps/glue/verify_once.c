/*
 * Opening a LUKS2 keyslot verifies the volume key against the header's digest (luks2_keyslot.c, _open_and_verify) and notes
 * the digest in the key. libcryptsetup's setup.c then verifies the same key again before it activates, which costs the
 * digest's iterations once more: 35 ms or more out of 50. setup.c is compiled to call this instead of
 * LUKS2_digest_verify_by_segment (deps/static.mk): a key that was verified by the very digest of the segment, and has
 * the segment's size, is not verified again.
 */
#include "internal.h"
#include "luks2/luks2.h"

int verify_by_segment_once(struct crypt_device *cd, struct luks2_hdr *hdr, int segment, const struct volume_key *vk);

int verify_by_segment_once(struct crypt_device *cd, struct luks2_hdr *hdr, int segment, const struct volume_key *vk)
{
	int digest = crypt_volume_key_get_id(vk);

	if (segment == CRYPT_DEFAULT_SEGMENT && digest >= 0 && digest == LUKS2_digest_by_segment(hdr, segment) &&
	    (int)crypt_volume_key_length(vk) == crypt_get_volume_key_size(cd))
		return digest;
	return LUKS2_digest_verify_by_segment(cd, hdr, segment, vk);
}
