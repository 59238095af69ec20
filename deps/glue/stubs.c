/*
 * The parts of libcryptsetup that the boot never needs: other formats than LUKS2 (LUKS1, BitLocker, FileVault2,
 * TrueCrypt, loop-AES, dm-verity), conversion from and to LUKS1, benchmarks. src/seal/volume.c loads
 * CRYPT_LUKS2 only, so nothing reaches these; the linker wants them because one setup.c serves all formats.
 * They say "not supported" whatever their real arguments are, and are therefore compiled without link-time
 * optimisation, which would compare the types.
 */
#include <errno.h>

#define ABSENT(name) \
	long name(void); \
	long name(void) \
	{ \
		return -ENOTSUP; \
	}

ABSENT(BITLK_activate_by_volume_key)
ABSENT(BITLK_bitlk_metadata_free)
ABSENT(BITLK_dump)
ABSENT(BITLK_get_volume_key)
ABSENT(BITLK_read_sb)

ABSENT(FVAULT2_activate_by_volume_key)
ABSENT(FVAULT2_dump)
ABSENT(FVAULT2_get_volume_key)
ABSENT(FVAULT2_read_metadata)
ABSENT(FVAULT2_volume_key_size)

ABSENT(TCRYPT_activate)
ABSENT(TCRYPT_deactivate)
ABSENT(TCRYPT_dump)
ABSENT(TCRYPT_get_data_offset)
ABSENT(TCRYPT_get_iv_offset)
ABSENT(TCRYPT_get_volume_key)
ABSENT(TCRYPT_init_by_name)
ABSENT(TCRYPT_read_phdr)

ABSENT(VERITY_FEC_process)
ABSENT(VERITY_UUID_generate)
ABSENT(VERITY_activate)
ABSENT(VERITY_create)
ABSENT(VERITY_dump)
ABSENT(VERITY_hash_blocks)
ABSENT(VERITY_read_sb)
ABSENT(VERITY_verify_params)
ABSENT(VERITY_write_sb)

ABSENT(LOOPAES_activate)
ABSENT(LOOPAES_parse_keyfile)

ABSENT(LUKS1_activate)
ABSENT(LUKS_del_key)
ABSENT(LUKS_device_sectors)
ABSENT(LUKS_generate_phdr)
ABSENT(LUKS_hdr_backup)
ABSENT(LUKS_hdr_restore)
ABSENT(LUKS_hdr_uuid_set)
ABSENT(LUKS_keyslot_active_count)
ABSENT(LUKS_keyslot_area)
ABSENT(LUKS_keyslot_find_empty)
ABSENT(LUKS_keyslot_info)
ABSENT(LUKS_keyslot_pbkdf)
ABSENT(LUKS_open_key_with_hdr)
ABSENT(LUKS_read_phdr)
ABSENT(LUKS_set_key)
ABSENT(LUKS_verify_volume_key)
ABSENT(LUKS_wipe_header_areas)
ABSENT(LUKS_write_phdr)
ABSENT(LUKS2_luks1_to_luks2)
ABSENT(LUKS2_luks2_to_luks1)

ABSENT(crypt_benchmark_pbkdf_internal)
