#include "measure/grub/build.h"

#include <errno.h>
#include <string.h>

#include "measure/efi/sbat.h"

#define SBAT_MAX_SAID 60 /* characters of a field that are repeated in an error */

/* From the module names inside grubx64.efi.signed of Debian 12 and 13. */
#define COMMON_MODULES \
	" acpi afsplitter all_video archelp bitmap bitmap_scale boot btrfs bufio cat chain " \
	"configfile cpuid crypto cryptodisk datetime disk diskfilter echo efi_gop efi_uga " \
	"efifwsetup efinet ext2 extcmd f2fs fat font fshelp gcry_arcfour gcry_blowfish " \
	"gcry_camellia gcry_cast5 gcry_crc gcry_des gcry_dsa gcry_idea gcry_md4 gcry_md5 " \
	"gcry_rfc2268 gcry_rijndael gcry_rmd160 gcry_rsa gcry_seed gcry_serpent gcry_sha1 " \
	"gcry_sha256 gcry_sha512 gcry_tiger gcry_twofish gcry_whirlpool gettext gfxmenu gfxterm " \
	"gfxterm_background gzio halt help hfsplus iso9660 jpeg json keystatus linux loadenv " \
	"loopback ls lsefi lsefimmap lsefisystab lssal luks luks2 lvm lzopio mdraid09 mdraid1x " \
	"memdisk minicmd mmap mpi net normal part_apple part_gpt part_msdos password_pbkdf2 " \
	"pbkdf2 pgp play png priority_queue probe procfs raid5rec raid6rec reboot regexp " \
	"relocator search search_fs_file search_fs_uuid search_label serial sleep smbios squash4 " \
	"terminal terminfo test tpm trig true video video_bochs video_cirrus video_colors " \
	"video_fb xfs xzio zfs zfscrypt zfsinfo zstd "

/* In the memdisk of Debian 12's image; GRUB does not measure it. */
static const char debian_206_script[] = "if [ -z \"$prefix\" -o ! -e \"$prefix\" ]; then\n"
					"\tif ! search --file --set=root /.disk/info; then\n"
					"\t\tsearch --file --set=root /.disk/mini-info\n"
					"\tfi\n"
					"\tset prefix=($root)/boot/grub\n"
					"fi\n"
					"if [ -e $prefix/x86_64-efi/grub.cfg ]; then\n"
					"\tsource $prefix/x86_64-efi/grub.cfg\n"
					"elif [ -e $prefix/grub.cfg ]; then\n"
					"\tsource $prefix/grub.cfg\n"
					"else\n"
					"\tsource $cmdpath/grub.cfg\n"
					"fi\n";

#define DOES_206 (BUILD_SHORT_CMDLINE | BUILD_EMPTY_INITRD_FAULT | BUILD_FLOPPY_ENDS)
#define DOES_212 (BUILD_STARTS_STUB | BUILD_FW_PATH | BUILD_FWSETUP_ASKS | BUILD_EFIDISK_ONLY)

static const struct grub_build builds[] = {
	{ GRUB_DEBIAN, GRUB_2_06, DOES_206 | BUILD_ASKS_SHIM_TWICE | BUILD_CHAINS_BY_FIRMWARE,
	  debian_206_script, COMMON_MODULES "linuxefi " },
	{ GRUB_DEBIAN, GRUB_2_12, DOES_212, NULL, COMMON_MODULES "jfs ntfs peimage setjmp " },
	/* recorded with Secure Boot only: 2.06-2ubuntu14.4 and 14.8 */
	{ GRUB_UBUNTU, GRUB_2_06, DOES_206 | BUILD_MODULES_UNOPENED | BUILD_FONTS_BUILT_IN, NULL, NULL },
	{ GRUB_UBUNTU, GRUB_2_12, DOES_212, NULL, NULL },
};

const struct grub_build *grub_build_find(enum grub_vendor vendor, enum grub_version version)
{
	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++)
		if (builds[i].vendor == vendor && builds[i].version == version)
			return &builds[i];
	return NULL;
}

struct found {
	struct reader version; /* of the component "grub"; .at == NULL: no such line */
	struct reader other;   /* the first component "grub.NAME" that is not known; .at == NULL: none */
	bool debian, ubuntu;
};

static struct found read_lines(struct reader sbat)
{
	static const char prefix[] = "grub.";
	struct found found = { .debian = false };
	struct sbat_line line;

	while (sbat_next(&sbat, &line)) {
		if (reader_equals(&line.component, "grub"))
			found.version = line.version;
		else if (sbat_is(&line, "grub.debian"))
			found.debian = true;
		else if (sbat_is(&line, "grub.ubuntu"))
			found.ubuntu = true;
		else if (!found.other.at && line.component.left > strlen(prefix) &&
			 memcmp(line.component.at, prefix, strlen(prefix)) == 0)
			found.other = line.component;
	}
	return found;
}

/* What may be said of a field that anybody may have written. */
static int said(const struct reader *r)
{
	size_t n = 0;

	while (n < r->left && n < SBAT_MAX_SAID && r->at[n] >= ' ' && r->at[n] < 0x7f)
		n++;
	return (int)n;
}

int grub_build_from_sbat(const struct reader *sbat, struct error *err, const struct grub_build **ret_build)
{
	struct found f = read_lines(*sbat);
	enum grub_version version = 0;

	if (!f.version.at)
		return error_set(err, -EOPNOTSUPP,
				 "the image is not GRUB: its section .sbat does not name GRUB");
	if (reader_equals(&f.version, "2.06"))
		version = GRUB_2_06;
	else if (reader_equals(&f.version, "2.12"))
		version = GRUB_2_12;
	else
		return error_set(err, -EOPNOTSUPP, "GRUB %.*s is not modelled (2.06 and 2.12 are)",
				 said(&f.version), (const char *)f.version.at);
	if (f.debian == f.ubuntu)
		return error_set(err, -EOPNOTSUPP,
				 "only Debian's and Ubuntu's builds of GRUB are modelled, and its section "
				 ".sbat names %s%.*s",
				 f.debian ? "both" : f.other.at ? "" : "neither",
				 f.debian ? 0 : said(&f.other), f.other.at ? (const char *)f.other.at : "");
	*ret_build = grub_build_find(f.ubuntu ? GRUB_UBUNTU : GRUB_DEBIAN, version);
	return 0;
}
