/*
 * `bootseal report --html`: a page that says what the commands say, that is valid and shows whatever others
 * wrote as text (tests/page.py), and that holds no secret.
 */
#include "program_steps.h"

#include <sys/stat.h>

#define PAGE "/srv/page.html"
#define HOSTILE "<script>alert(1)</script>&amp;\"'"

static int setup(void **state)
{
	int r = program_setup(state);

	world_shell(*state, "mkdir -p srv");
	return r;
}

/* Makes the page and has it judged; the text, to be freed. secrets: words for tests/page.py, or "". */
static char *page(struct world *w, const char *options, const char *secrets)
{
	char command[300];
	struct stat st;
	size_t n;

	snprintf(command, sizeof(command), "rm -f " PAGE "; bootseal report --html %s " PAGE, options);
	run_says(w, 0, command, PAGE ", ");
	world_host("python3 -B tests/page.py %s %s", world_path(w, PAGE), secrets);
	assert_int_equal(stat(world_path(w, PAGE), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	return world_read(w, PAGE, &n);
}

static void has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("the page has not: %s", words);
}

static void has_not(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("the page has: %s", words);
}

static size_t count(const char *text, const char *words)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, words)); at++)
		n++;
	return n;
}

static void of_an_enrolled_machine(void **state)
{
	struct world *w = *state;
	char *text;

	world_shell(w, "mkdir -p sys/class/dmi/id && echo Maker >sys/class/dmi/id/sys_vendor && "
		       "echo Model >sys/class/dmi/id/product_name && "
		       "echo 'PRETTY_NAME=\"Debian of tests\"' >etc/os-release");
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 0,
	    "kernel install " WORLD_NEW " && kernel grub && "
	    "/usr/lib/bootseal/hook reseal --initrd " WORLD_NEW " /boot/initrd.img-" WORLD_NEW);
	text = page(w, "", "");
	has(text, "&#10003; The next boot will unlock automatically.");
	has(text, "Debian of tests");
	has(text, "<td>Maker Model");
	has(text, "&#10003; The TPM unlocked it in ");
	has(text, "cryptroot (UUID 5ea1ab1e-0000-4000-8000-000000000001)</th><td>In the initramfs it is "
		  "unlocked");
	has(text, "Linux " WORLD_NEW "</th></tr>\n<tr><th scope=\"row\">default</th><td>"
		  "<strong class=\"good\">&#10003; will unlock");
	has(text, "Linux " WORLD_OLD "</th></tr>\n<tr><th scope=\"row\">from the menu");
	/* the tree: the kernel that did not run is marked, the shim that did is not */
	has(text, "not in this boot:</strong> /vmlinuz-" WORLD_NEW);
	has(text, "measured in this boot:</span></strong> /vmlinuz-" WORLD_OLD);
	has(text, "measured in this boot:</span></strong> /EFI/BOOT/BOOTX64.EFI [PCR 4]");
	has(text, "Secure Boot is on.");
	has(text, "Microsoft Corporation UEFI CA 2011</th><td><code>"
		  "48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507</code>");
	has(text, " 2026-06-27");
	has(text, "the same in the next boot");
	assert_int_equal(count(text, "&#10003; the enrolled one</strong>"), 2);
	assert_int_equal(count(text, "checked: it is so"), 6);
	has(text, "not claimed");
	free(text);
	/* what 'check' does not like is in the answer, too */
	run(w, 0, "kernel remove " WORLD_NEW " && kernel grub");
	run(w, 5, "bootseal check");
	text = page(w, "", "");
	has(text, "&#10007; The next boot will ask for the passphrase.");
	has(text, "&#10007; will ask for the passphrase</strong><br>PCR ");
	free(text);
}

static void of_a_refused_boot(void **state)
{
	struct world *w = *state;
	char *text, entry[256];

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "sed -i 's# ro quiet# ro quiet init=/bin/sh#' boot/grub/grub.cfg");
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	run_says(w, 0, "bootseal explain", "A file that the boot loader reads differs from the sealed one.");
	text = page(w, "", "");
	has(text, "&#10007; The TPM did not unlock it: ");
	has(text, "A file that the boot loader reads differs from the sealed one.");
	has(text, "First difference: PCR 9, event ");
	has(text, "/boot/grub/grub.cfg: still matches the measured version");
	has(text, "This changed: PCR 8, event ");
	has(text, "No boot path of what is installed can be sealed");
	has(text, "<th scope=\"row\">added</th><td><code>init=/bin/sh");
	has(text, "SHA-256 <code>");
	has(text, "If you did not change this, do not type your passphrase");
	has(text, "Changes of the boot chain are rejected until");
	free(text);
	/* nobody is accused where everything that ran is sealed */
	run(w, 0, "kernel grub");
	w->disk = 3;
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	w->disk = -1;
	text = page(w, "", "");
	has(text, "This boot started exactly what is sealed: Linux " WORLD_OLD " (default).");
	has(text,
	    "The boot loader found the disks under different numbers: hd3, hd0 in the sealed boot path.");
	has_not(text, "If you did not change this");
	free(text);
	/* another entry of the menu, its words */
	boots(w, NULL, WORLD_OPENED);
	snprintf(entry, sizeof(entry), "%s", world_entry(WORLD_OLD));
	memcpy(strstr(strchr(entry, '>'), "advanced"), "recovery", strlen("recovery"));
	assert_int_equal(world_boot(w, entry), WORLD_ASKS);
	text = page(w, "", "");
	has(text, "The boot loader ran different commands although its files are unchanged");
	has(text, "<th scope=\"row\">sealed</th><td><code>");
	free(text);
}

static void of_what_is_there(void **state)
{
	struct world *w = *state;
	char *text;

	text = page(w, "", "");
	has(text, "Nothing is enrolled on this machine.");
	has(text, "There is none: nothing is enrolled.");
	has(text, "/EFI/BOOT/BOOTX64.EFI [PCR 4]");
	free(text);
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	/* no TPM, no log, no variables */
	world_shell(w, "rm -r sys/kernel/security/tpm0 sys/firmware/efi/efivars");
	run(w, 0, "/usr/lib/bootseal/bootseal report --html --tcti swtpm:path=/nowhere " PAGE);
	world_host("python3 -B tests/page.py %s", world_path(w, PAGE));
	text = page(w, "", "");
	has(text, "It is unknown whether the next boot will unlock.");
	assert_int_equal(count(text, "checked: it is so"), 0);
	free(text);
	/* records that cannot be read are no machine without an enrolment */
	world_write_text(w, "/var/lib/bootseal/state.json", "{");
	text = page(w, "", "");
	has(text, "It is unknown whether the next boot will unlock.");
	has_not(text, "othing is enrolled");
	free(text);
	world_shell(w, "rm var/lib/bootseal/state.json");
	text = page(w, "", "");
	has_not(text, "othing is enrolled");
	free(text);
	run_says(w, 1, "bootseal report --html /absent/page.html", "/absent");
	run_says(w, 1, "bootseal report --html --certificates /absent " PAGE, "/absent: cannot open");
}

/* A TPM with a report, which is none: each check of attest is there with its verdict. */
static void of_a_confidential_vm(void **state)
{
	struct world *w = *state;
	char *text;

	world_shell(w,
		    "export TPM2TOOLS_TCTI=%s; head -c 64 /dev/zero >srv/nv && tpm2_nvdefine -Q -C o -s 64 "
		    "-a 'ownerwrite|authwrite|ownerread|authread|no_da' 0x01400001 && "
		    "tpm2_nvwrite -Q -C o -i srv/nv 0x01400001",
		    w->swtpm.tcti);
	text = page(w, "--vmpl 1", "");
	has(text, "<th scope=\"row\">report</th><td><strong class=\"bad\">&#10007; failed</strong><br>"
		  "it does not begin with &#39;HCLA&#39;");
	has(text, "<th scope=\"row\">signature</th><td><strong class=\"unsure\">? not checked</strong>");
	has(text, "The TPM is inside of a Confidential VM</th><td><strong class=\"bad\">"
		  "&#10007; checked: it is not so");
	free(text);
	/* what was proven at the enrolment is told as of then */
	world_shell(w, "mkdir -p var/lib/bootseal");
	world_write_text(w, "/var/lib/bootseal/confidential", "1700000000 AMD SEV-SNP (Genoa)\n");
	text = page(w, "", "");
	has(text, "Proven when it was enrolled (2023-11-14 ");
	has(text, "AMD SEV-SNP (Genoa)");
	free(text);
}

/* A database with one certificate whose name is that, which is valid for so many days. */
static void write_db(struct world *w, const char *name, const char *days)
{
	world_shell(w,
		    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tmp.key "
		    "-days %s -subj \"/CN=%s\" -outform DER -out srv/db.der 2>/dev/null && rm tmp.key && "
		    "python3 -c 'import struct, sys; d = open(\"srv/db.der\", \"rb\").read(); "
		    "sys.stdout.buffer.write(bytes(4) + bytes.fromhex(\"a159c0a5e494a74a87b5ab155c2bf072\") "
		    "+ "
		    "struct.pack(\"<III\", 28 + 16 + len(d), 0, 16 + len(d)) + bytes(16) + d)' "
		    ">sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f",
		    days, name);
}

/* Everything that somebody else can write: all of it is shown, as text. */
static void of_hostile_values(void **state)
{
	struct world *w = *state;
	char *text;

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	world_shell(w, "mkdir -p sys/class/dmi/id && cat >sys/class/dmi/id/sys_vendor <<'END'\n" HOSTILE "\nE"
													 "ND"
													 "\n"
		       "cat >etc/os-release <<'END'\nPRETTY_NAME='" HOSTILE "'\nEND\n"
		       "cat >>boot/grub/grub.cfg <<'END'\nset x='" HOSTILE "'\nEND\n"
		       "sed -i \"s# ro quiet# ro quiet a='</code><img/src=x>'#\" boot/grub/grub.cfg; "
		       ": >'boot/<b>&'");
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	world_shell(w, "printf '#!/bin/sh\necho \"ii  bootseal 0.1-1\"; echo \"ii  a<b> 1&2\"; "
		       "echo \"rc  removed 3\"\n' >bin/dpkg-query && chmod 755 bin/dpkg-query");
	text = page(w, "", "");
	has(text, "<th scope=\"row\">bootseal</th><td>0.1-1");
	has(text, "<th scope=\"row\">a&lt;b&gt;</th><td>1&amp;2");
	has_not(text, "removed");
	has(text, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;&#39;");
	has(text, "&lt;/code&gt;&lt;img/src=x&gt;");
	has(text, "&lt;b&gt;&amp;");
	has_not(text, "<script");
	has_not(text, "<img");
	free(text);
	write_db(w, "<script>alert(2)<\\/script>", "1");
	text = page(w, "", "");
	has(text, "<th scope=\"row\">&lt;script&gt;alert(2)&lt;/script&gt;</th>");
	has(text, "</code>valid until 20");
	free(text);
	/* bytes that change the reading order, or are no text; a database that ends early */
	world_shell(w, "truncate -s -1 sys/firmware/efi/efivars/db-* && "
		       "printf 'a\\342\\200\\256b\\377c\\001d\\n' >sys/class/dmi/id/sys_vendor");
	text = page(w, "", "");
	has(text, "<td>a???b?c?d ");
	has(text, "its sizes do not add up");
	free(text);
}

/* Every line that a key could be recognized by. */
static void has_no_secret(void **state)
{
	struct world *w = *state;
	char *text;

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	assert_int_equal(world_set_recovery_key(w, WORLD_OLD_KEY), 0);
	boots(w, NULL, WORLD_OPENED);
	text = page(w, "", "'" WORLD_PASSPHRASE "' '" WORLD_OLD_KEY "' 000011-000022 'PRIVATE KEY'");
	has(text, "recovery key (keyslot ");
	free(text);
	/* the token's sealed object, which a Name in hexadecimal is not, and the key that writes the index */
	world_shell(w, "for id in 0 1 2; do cryptsetup token export --token-id $id dev/vda3 2>/dev/null; "
		       "done | "
		       "grep -o '[A-Za-z0-9+/=]\\{40,\\}' | grep -v '^[0-9a-f]*$' >srv/words && "
		       "grep -v -e '^-' var/lib/bootseal/authority.pem >>srv/words && "
		       "test $(wc -l <srv/words) -ge 4 && ! grep -qFf srv/words ." PAGE);
}

#define page_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		page_test(of_an_enrolled_machine),
		page_test(of_a_refused_boot),
		page_test(of_what_is_there),
		page_test(of_a_confidential_vm),
		page_test(of_hostile_values),
		page_test(has_no_secret),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
