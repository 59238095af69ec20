/*
 * What is expected here is what the scripts of Debian's cryptsetup-initramfs 2:2.6.1-4~deb12u2 do with such a
 * line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seal/crypttab.h"
#include "seal/crypttab_cmdline.h"

static void parse(const char *text, struct crypttab *ret)
{
	struct error err = ERROR_NONE;

	if (crypttab_parse(text, strlen(text), "/t", &err, ret) < 0)
		fail_msg("%s", err.text);
}

static void refuse_n(const char *text, size_t n, const char *word)
{
	struct error err = ERROR_NONE;
	struct crypttab t = { .count = 77 };

	assert_int_equal(crypttab_parse(text, n, "/t", &err, &t), -EBADMSG);
	assert_int_equal(t.count, 77);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not speak of %s", err.text, word);
}

static void refuse(const char *text, const char *word)
{
	refuse_n(text, strlen(text), word);
}

static void one(const char *text, struct crypttab_entry *ret)
{
	struct crypttab t;

	parse(text, &t);
	assert_int_equal(t.count, 1);
	*ret = t.entry[0];
}

static void ordinary(void **state)
{
	struct crypttab_entry e;

	one("cryptroot UUID=12345678-abcd-4cde-8fab-0123456789ab none luks,discard\n", &e);
	assert_string_equal(e.name, "cryptroot");
	assert_string_equal(e.device, "/dev/disk/by-uuid/12345678-abcd-4cde-8fab-0123456789ab");
	assert_true(e.flags.discards);
	assert_false(e.flags.readonly || e.flags.no_read_workqueue || e.flags.no_write_workqueue ||
		     e.flags.same_cpu_crypt || e.flags.submit_from_crypt_cpus);
	assert_string_equal(e.unsupported, "");
}

static void lines(void **state)
{
	struct crypttab t;

	parse("", &t);
	assert_int_equal(t.count, 0);
	parse("# <target name> <source device> <key file> <options>\n"
	      "\n"
	      "  \t\n"
	      "  # indented\n"
	      "a /dev/sda1 none\n"
	      "\tb\t/dev/sda2\tnone\tluks\t \n"
	      "lonely\n"
	      "half /dev/sda3\n"
	      "c /dev/sda4 none luks,readonly # no comment\n"
	      "a /dev/other none plain\n"
	      "# no end",
	      &t);
	assert_int_equal(t.count, 3);
	assert_string_equal(t.entry[0].name, "a");
	assert_string_equal(t.entry[0].device, "/dev/sda1");
	assert_string_equal(t.entry[0].unsupported, "");
	assert_string_equal(t.entry[1].name, "b");
	assert_string_equal(t.entry[2].name, "c");
	/* "readonly # no comment" is one option, and an unknown one */
	assert_false(t.entry[2].flags.readonly);
}

static void devices(void **state)
{
	static const struct {
		const char *field, *device, *unsupported;
	} want[] = {
		{ "/dev/vda3", "/dev/vda3", "" },
		{ "/dev/mapper/vg-root", "/dev/mapper/vg-root", "" },
		{ "UUID=ab", "/dev/disk/by-uuid/ab", "" },
		{ "UUID=\"ab\"", "/dev/disk/by-uuid/ab", "" },
		{ "UUID='ab'", "/dev/disk/by-uuid/ab", "" },
		{ "UUID=\"ab", "/dev/disk/by-uuid/\\x22ab", "" },
		{ "PARTUUID=ab-01", "/dev/disk/by-partuuid/ab-01", "" },
		{ "LABEL=my\\040root", "/dev/disk/by-label/my\\x20root", "" },
		{ "LABEL=a/b\\\\c", "/dev/disk/by-label/a\\x2fb\\x5cc", "" },
		{ "LABEL=w\xc3\xb6rk#+-.:=@_", "/dev/disk/by-label/w\xc3\xb6rk#+-.:=@_", "" },
		{ "PARTLABEL=EFI\\040system", "/dev/disk/by-partlabel/EFI\\x20system", "" },
		{ "ID=ata-x", "/dev/disk/by-id/ata-x", "" },
		{ "disk.img", "disk.img", "device" },
		{ "uuid=ab", "uuid=ab", "device" },
	};
	struct crypttab_entry e;
	char line[256];

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(line, sizeof(line), "x %s none luks\n", want[i].field);
		one(line, &e);
		assert_string_equal(e.device, want[i].device);
		assert_string_equal(e.unsupported, want[i].unsupported);
	}
}

static void escapes(void **state)
{
	struct crypttab_entry e;

	one("a\\040b /dev/x none luks\n", &e);
	assert_string_equal(e.name, "a b");
	one("a\\0101\\102\\\\ /dev/x none luks\n", &e);
	assert_string_equal(e.name, "aAB\\");
	/* dash and busybox read \0 and three digits: 0401 is no byte */
	refuse("a\\0401 /dev/x none luks\n", "mapping name");
	refuse("ok /dev/x none\na\\n /dev/x none\n", "/t:2: ");
	refuse("a\\x41 /dev/x none\n", "mapping name");
	refuse("a\\c /dev/x none\n", "mapping name");
	refuse("a\\ /dev/x none\n", "mapping name");
	refuse("a\\0 /dev/x none\n", "mapping name");
	refuse("a\\777 /dev/x none\n", "mapping name");
	refuse("a\\012b /dev/x none\n", "mapping name");
	refuse("a\\057b /dev/x none\n", "mapping name");
	refuse("a/b /dev/x none\n", "mapping name");
	refuse("a /dev/\\000 none\n", "device");
}

static void flags(void **state)
{
	struct crypttab_entry e;

	one("x /dev/x none "
	    "luks,discard,no-read-workqueue,no-write-workqueue,same-cpu-crypt,submit-from-crypt-cpus,read-"
	    "only\n",
	    &e);
	assert_true(e.flags.discards && e.flags.no_read_workqueue && e.flags.no_write_workqueue &&
		    e.flags.same_cpu_crypt && e.flags.submit_from_crypt_cpus && e.flags.readonly);
	assert_string_equal(e.unsupported, "");
	/* any value that is not empty switches a flag on, the last one counts */
	one("x /dev/x none discard=no,readonly=\n", &e);
	assert_true(e.flags.discards);
	assert_false(e.flags.readonly);
	one("x /dev/x none discard,discard=\n", &e);
	assert_false(e.flags.discards);
	/* with a blank or in capitals it is another option */
	one("x /dev/x none luks, discard,Discard,discards\n", &e);
	assert_false(e.flags.discards);
}

static void accepted(void **state)
{
	static const char *const options[] = {
		"",
		"luks",
		",,",
		"initramfs",
		"tries=0",
		"tries=5",
		"noauto",
		"nofail",
		"noearly",
		"x-initrd.attach",
		"loud,quiet",
		"check",
		"verify",
		"swap",
		"_netdev",
		"cipher=aes-xts-plain64,size=512,hash=sha256",
		"luks=yes",
		"luks,plain",
		"plain,luks",
		"luks,tcrypt,bitlk",
		"plain=no",
		"keyfile-size=32",
		"timeout=30",
		"keyfile-offset=0",
		"checkargs=x",
		"luks,veracrypt",
		"unheard-of=1",
	};
	struct crypttab_entry e;
	char line[256];

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		snprintf(line, sizeof(line), "x /dev/x none %s\n", options[i]);
		one(line, &e);
		if (e.unsupported[0])
			fail_msg("%s: %s", options[i], e.unsupported);
		snprintf(line, sizeof(line), "x /dev/x - %s\n", options[i]);
		one(line, &e);
		assert_string_equal(e.unsupported, "");
	}
}

/* For a volume that the running system opens: systemd's options. */
static void asking(void **state)
{
	static const struct {
		const char *options;
		struct crypttab_asking want;
	} cases[] = {
		{ "luks", { .headless = false } },
		{ "luks,headless", { .headless = true } },
		{ "luks,headless=on", { .headless = true } },
		{ "luks,headless=no", { .headless = false } },
		{ "luks,headless=", { .headless = false } },
		{ "tries=0", { .has_tries = true, .tries = 0 } },
		{ "tries=12", { .has_tries = true, .tries = 12 } },
		{ "tries=99999999999999999999", { .has_tries = true, .tries = 0 } },
		{ "tries=x", { .has_tries = false } },
		{ "timeout=1min 30s,tries=1", { .has_tries = true, .tries = 1, .timeout = "1min 30s" } },
		{ "timeout=123456789012345", { .timeout = "123456789012345" } },
		{ "timeout=1234567890123456", { .timeout = "" } },
		{ "timeout=90000000000,timeout=5", { .timeout = "5" } },
		{ "timeout=5,timeout", { .timeout = "" } },
	};
	struct crypttab_entry e;
	char line[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct crypttab_asking *got = &e.others.asking, *want = &cases[i].want;

		snprintf(line, sizeof(line), "x /dev/x none %s\n", cases[i].options);
		one(line, &e);
		if (got->headless != want->headless || got->has_tries != want->has_tries ||
		    got->tries != want->tries || strcmp(got->timeout, want->timeout) != 0)
			fail_msg("%s", cases[i].options);
	}
}

static void unsupported(void **state)
{
	static const struct {
		const char *rest, *why;
	} want[] = {
		{ "none plain", "plain" },
		{ "none plain,size=256,hash=sha512,cipher=aes-xts-plain64", "plain" },
		{ "none plain=yes", "plain" },
		{ "none tcrypt", "tcrypt" },
		{ "none tcrypt,veracrypt", "tcrypt" },
		{ "none bitlk", "bitlk" },
		{ "none fvault2", "fvault2" },
		{ "none luks=no,plain", "plain" },
		{ "none luks,header=/boot/h", "header" },
		{ "none luks,header", "header" },
		{ "none luks,keyscript=decrypt_keyctl", "keyscript" },
		{ "anything luks,keyscript=decrypt_keyctl", "keyscript" },
		{ "none luks,keyslot=1", "keyslot" },
		{ "none luks,key-slot=1", "key-slot" },
		{ "none luks,offset=8", "offset" },
		{ "none luks,skip=8,offset=8", "skip" },
		{ "none luks,sector-size=4096", "sector-size" },
		{ "/etc/key luks", "key file" },
		{ "/dev/urandom swap", "key file" },
		{ "None luks", "key file" },
		/* entries that cryptroot itself skips */
		{ "none luks,tries=some", "tries" },
		{ "none luks,tries", "tries" },
		{ "none luks,size=0", "size" },
		{ "none luks,cipher=", "cipher" },
		{ "none luks,hash", "hash" },
	};
	struct crypttab_entry e;
	char line[256];

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(line, sizeof(line), "x /dev/x %s\n", want[i].rest);
		one(line, &e);
		assert_string_equal(e.unsupported, want[i].why);
	}
}

static void refused(void **state)
{
	struct buffer b = BUFFER_NONE;
	char name[TARGET_NAME_MAX + 1], *big;

	refuse("a /dev/x none luks", "no newline");
	refuse("# fine\na /dev/x none luks", "/t:2: ");
	refuse_n("a /dev/x\0 none luks\n", 20, "NUL");
	memset(name, 'x', TARGET_NAME_MAX);
	name[TARGET_NAME_MAX] = '\0';
	buffer_addf(&b, "%s /dev/x none\n", name);
	refuse(buffer_str(&b), "mapping name");
	buffer_free(&b);
	buffer_add_str(&b, "x /dev/");
	for (int i = 0; i < CRYPTTAB_DEVICE_MAX; i++)
		buffer_add_str(&b, "d");
	buffer_add_str(&b, " none\n");
	refuse(buffer_str(&b), "device");
	buffer_free(&b);
	/* every byte of a label may become four */
	buffer_add_str(&b, "x LABEL=");
	for (int i = 0; i < 80; i++)
		buffer_add_str(&b, "/");
	buffer_add_str(&b, " none\n");
	refuse(buffer_str(&b), "device");
	buffer_free(&b);
	for (int i = 0; i <= CRYPTTAB_MAX; i++)
		buffer_addf(&b, "x%d /dev/x none\n", i);
	refuse(buffer_str(&b), "257: more than 256");
	buffer_free(&b);
	big = calloc(1, CRYPTTAB_MAX_LEN + 1);
	refuse_n(big, CRYPTTAB_MAX_LEN + 1, "longer");
	free(big);
}

static void with_cmdline(const char *cmdline, struct crypttab *ret)
{
	struct error err = ERROR_NONE;

	parse("root /dev/vda3 none luks,discard\n", ret);
	if (crypttab_add_cmdline(cmdline, strlen(cmdline), &err, ret) < 0)
		fail_msg("%s", err.text);
}

static void cmdline(void **state)
{
	struct crypttab t;

	with_cmdline("BOOT_IMAGE=/vmlinuz root=/dev/mapper/root ro quiet xcryptopts=source=/dev/x\n", &t);
	assert_int_equal(t.count, 1);
	assert_string_equal(t.entry[0].name, "root");
	with_cmdline("ro cryptopts=source=/dev/vdb,target=other,no-read-workqueue,readonly quiet\n", &t);
	assert_int_equal(t.count, 1);
	assert_string_equal(t.entry[0].name, "other");
	assert_string_equal(t.entry[0].device, "/dev/vdb");
	assert_true(t.entry[0].flags.no_read_workqueue && t.entry[0].flags.readonly);
	assert_false(t.entry[0].flags.discards);
	assert_string_equal(t.entry[0].unsupported, "");
	with_cmdline("cryptopts=source=UUID=ab,discard cryptopts=target=b,source=/dev/b,key=/key", &t);
	assert_int_equal(t.count, 2);
	assert_string_equal(t.entry[0].name, "cryptroot");
	assert_string_equal(t.entry[0].device, "/dev/disk/by-uuid/ab");
	assert_true(t.entry[0].flags.discards);
	assert_string_equal(t.entry[1].unsupported, "key file");
	/* the empty one switches the scripts off */
	with_cmdline("ro cryptopts=\n", &t);
	assert_int_equal(t.count, 0);
	with_cmdline("cryptopts=target=x,luks\n", &t);
	assert_int_equal(t.count, 0);
	with_cmdline("cryptopts=source=/dev/x,source=\n", &t);
	assert_int_equal(t.count, 0);
	/* GRUB doubles the backslash */
	with_cmdline("cryptopts=source=LABEL=a\\\\040b,target=,key=\n", &t);
	assert_int_equal(t.count, 1);
	assert_string_equal(t.entry[0].name, "cryptroot");
	assert_string_equal(t.entry[0].device, "/dev/disk/by-label/a\\x20b");
	assert_string_equal(t.entry[0].unsupported, "");
	with_cmdline("", &t);
	assert_int_equal(t.count, 1);
}

static void bad_cmdline(void **state)
{
	static const char evil[] = "cryptopts=target=a/b,source=/dev/x";
	struct error err = ERROR_NONE;
	struct crypttab t;

	parse("root /dev/vda3 none luks,discard\n", &t);
	assert_int_equal(crypttab_add_cmdline(evil, strlen(evil), &err, &t), -EBADMSG);
	assert_non_null(strstr(err.text, "cryptopts="));
	assert_int_equal(t.count, 1);
	assert_string_equal(t.entry[0].name, "root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary), cmocka_unit_test(lines),	   cmocka_unit_test(devices),
		cmocka_unit_test(escapes),  cmocka_unit_test(flags),	   cmocka_unit_test(accepted),
		cmocka_unit_test(asking),   cmocka_unit_test(unsupported), cmocka_unit_test(refused),
		cmocka_unit_test(cmdline),  cmocka_unit_test(bad_cmdline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
