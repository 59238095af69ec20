/* What gets a branch on a whole machine, what is refused, and on whose word something new is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "base/process.h"
#include "machine/branches.h"
#include "machine/chain/calibration.h"
#include "machine/forecast.h"
#include "machine/forecast_ways.h"
#include "machine/system/files_read.h"
#include "machine/trust/vouch_initrd.h"
#include "machine/trust/vouch_packages.h"
#include "machine_sample.h"

#define DEFAULT_PATH "Linux " M_RELEASE " (default)"

/* One run of the tool: load, calibrate (with the verdict of this boot), forecast. */
struct run {
	struct chain *chain;
	struct calibration calibration;
	struct forecast f;
};

static void start(struct run *r, const struct tree *t, enum trust_mode trust)
{
	const struct calibrate_options co = { .record = true };
	struct forecast_options o = { .trust = trust };
	struct error err = ERROR_NONE;

	*r = (struct run){ .f = FORECAST_NONE };
	if (chain_load(&t->machine, &err, &r->chain) < 0 ||
	    chain_calibrate(r->chain, &co, &err, &r->calibration) < 0)
		fail_msg("%s", err.text);
	o.calibration = &r->calibration;
	if (chain_forecast(r->chain, &o, &err, &r->f) < 0)
		fail_msg("%s", err.text);
}

static void end(struct run *r)
{
	forecast_free(&r->f);
	forecast_free(&r->f);
	calibration_free(&r->calibration);
	chain_free(r->chain);
}

static const char *note_of(const struct forecast_note *n, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(n[i].what, what) == 0)
			return n[i].why;
	return NULL;
}

static bool has_default(const struct run *r)
{
	return r->f.path_count > 0 && r->f.path[0].is_default &&
	       strcmp(r->f.path[0].label, DEFAULT_PATH) == 0;
}

static void accept_it(const struct tree *t, const struct run *r)
{
	struct error err = ERROR_NONE;

	if (forecast_accept(&t->machine, &r->f, &err) < 0)
		fail_msg("%s", err.text);
}

/* A machine whose files were accepted once. */
static void enrolled(struct tree *t)
{
	struct run r;

	m_make(t);
	tree_write_text(t, "/var/lib/x", "");
	start(&r, t, TRUST_THIS_BOOT);
	assert_true(has_default(&r));
	assert_int_equal(r.f.refused_count, 0);
	accept_it(t, &r);
	end(&r);
}

/* Reseal says that this file is refused, and the path that needs it has no branch. */
static void expect_refused(const struct tree *t, enum trust_mode how, const char *file, const char *says)
{
	const char *why;
	struct run r;

	start(&r, t, how);
	why = note_of(r.f.refused, r.f.refused_count, file);
	if (!why)
		fail_msg("%s was not refused", file);
	if (!strstr(why, says))
		fail_msg("`%s' does not say `%s'", why, says);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), file));
	end(&r);
}

static void expect_accepted(const struct tree *t, enum trust_mode how, const char *file, const char *word)
{
	const char *why;
	struct run r;

	start(&r, t, how);
	if (r.f.refused_count > 0)
		fail_msg("%s was refused: %s", r.f.refused[0].what, r.f.refused[0].why);
	assert_true(has_default(&r));
	why = note_of(r.f.accepted, r.f.accepted_count, file);
	if (!why)
		fail_msg("%s was not accepted again", file);
	if (!strstr(why, word))
		fail_msg("`%s' does not say `%s'", why, word);
	end(&r);
}

static void first_enrolment_accepts_what_ran(void **state)
{
	struct run r;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	start(&r, &t, TRUST_THIS_BOOT);
	assert_true(has_default(&r));
	assert_string_equal(r.f.path[0].release, M_RELEASE);
	assert_string_equal(r.f.path[0].kernel, M_KERNEL);
	assert_string_equal(r.f.path[0].initrd, M_INITRD);
	assert_string_equal(r.f.path[0].cmdline,
			    "BOOT_IMAGE=/vmlinuz-" M_RELEASE " root=/dev/mapper/cryptroot ro quiet");
	/* the default and the one by number, on hd0 and on hd1 */
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(r.f.refused_count, 0);
	assert_string_equal(note_of(r.f.accepted, r.f.accepted_count, M_INITRD), "this boot ran it");
	assert_string_equal(note_of(r.f.accepted, r.f.accepted_count, M_SHIM), "this boot ran it");
	assert_null(note_of(r.f.accepted, r.f.accepted_count, M_ENV));
	accept_it(&t, &r);
	end(&r);
	/* from now on nothing is new */
	start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(has_default(&r));
	assert_int_equal(r.f.accepted_count, 0);
	assert_int_equal(r.f.refused_count, 0);
	assert_int_equal(r.f.warning_count, 0);
	end(&r);
	tree_remove(&t);
}

/* Only enrolment takes this boot's word: a reseal must not accept what it does not know, although it ran. */
/* That this boot ran a file says nothing where the model cannot explain this boot. */
static void what_ran_counts_only_when_it_is_explained(void **state)
{
	const struct calibrate_options co = { .record = true };
	struct forecast_options o = { .trust = TRUST_THIS_BOOT };
	struct error err = ERROR_NONE;
	struct run r = { .f = FORECAST_NONE };
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	assert_int_equal(chain_load(&t.machine, &err, &r.chain), 0);
	assert_int_equal(chain_calibrate(r.chain, &co, &err, &r.calibration), 0);
	assert_int_equal(r.calibration.verdict, VERDICT_EXACT);
	r.calibration.verdict = VERDICT_MISMATCH;
	o.calibration = &r.calibration;
	assert_int_equal(chain_forecast(r.chain, &o, &err, &r.f), 0);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(note_of(r.f.refused, r.f.refused_count, M_INITRD));
	end(&r);
	tree_remove(&t);
}

static void what_ran_is_not_enough_for_a_reseal(void **state)
{
	struct run r;
	struct tree t;

	m_make(&t);
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.refused, r.f.refused_count, M_INITRD), "it is new"));
	assert_non_null(strstr(note_of(r.f.refused, r.f.refused_count, M_SHIM), "it is new"));
	end(&r);
	tree_remove(&t);
}

/* The prediction is what was measured, when nothing changed. */
static void default_path_is_this_boot(void **state)
{
	struct run r;
	struct tree t;

	enrolled(&t);
	start(&r, &t, TRUST_VOUCHED);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (boot_loader_grub.pcrs >> i & 1)
			assert_memory_equal(r.f.path[0].pcrs[i], r.calibration.pcrs[i], SHA256_LEN);
	end(&r);
	tree_remove(&t);
}

/* Without a word of the firmware on boot options PCR 4 is as in this boot, and no other form is made up. */
static void firmware_without_actions(void **state)
{
	struct run r;
	struct tree t;

	m_no_actions = true;
	enrolled(&t);
	m_no_actions = false;
	start(&r, &t, TRUST_VOUCHED);
	assert_true(has_default(&r));
	assert_memory_equal(r.f.path[0].pcrs[4], r.calibration.pcrs[4], SHA256_LEN);
	for (size_t i = 0; i < r.f.path_count; i++) {
		if (strstr(r.f.path[i].label, "boot option"))
			fail_msg("%s", r.f.path[i].label);
		for (size_t k = 0; k < r.f.path[i].events.n; k++)
			assert_int_not_equal(r.f.path[i].events.e[k].kind, EVENT_ACTION);
	}
	assert_int_equal(r.f.attempts.n, 0);
	end(&r);
	tree_remove(&t);
}

static void unknown_initrd_is_refused(void **state)
{
	const struct m_initrd other = { .plain_sbin = true };
	struct error err = ERROR_NONE;
	struct run r;
	struct tree t;

	enrolled(&t);
	m_write_initrd(&t, &other);
	expect_refused(&t, TRUST_VOUCHED, M_INITRD, "update-initramfs");
	expect_refused(&t, TRUST_NOTHING_NEW, M_INITRD, "TPM did not unlock this boot");
	expect_accepted(&t, TRUST_ALL, M_INITRD, "you accepted it");
	/* the first enrolment accepts the files that ran, not others that replaced them since */
	expect_refused(&t, TRUST_THIS_BOOT, M_INITRD, "it is changed");
	assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), 0);
	start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(has_default(&r));
	end(&r);
	/* only for the initrd of that release, and only while it is that file */
	assert_int_equal(machine_vouch_initrd(&t.machine, "6.1.0-56-amd64", M_INITRD, &err), -EINVAL);
	assert_int_equal(machine_vouch_initrd(&t.machine, "../x", "/boot/initrd.img-../x", &err), -EINVAL);
	other.plain_sbin ? m_write_initrd(&t, &(struct m_initrd){ .with_module = true }) : (void)0;
	expect_refused(&t, TRUST_VOUCHED, M_INITRD, "it is changed");
	tree_remove(&t);
}

static void kernel_by_its_package(void **state)
{
	static const char *const lists[] = { "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums",
					     "/var/lib/dpkg/info/proxmox-kernel-" M_RELEASE "-signed.md5sums",
					     "/var/lib/dpkg/info/kernel.md5sums" };
	char line[128], hex[33];
	struct buffer kernel = BUFFER_NONE;
	uint8_t md5[16];
	struct tree t;

	enrolled(&t);
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums",
			"00000000000000000000000000000000  boot/vmlinuz-" M_RELEASE "\n");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	assert_int_equal(hash_once(HASH_MD5, kernel.data, kernel.len, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/System.map\n%s  boot/vmlinuz-%s\n", hex, hex, M_RELEASE);
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
	expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "package's checksum");
	expect_refused(&t, TRUST_NOTHING_NEW, M_KERNEL, "TPM did not unlock this boot");
	/* whatever that package is called */
	tree_write_text(&t, "/var/lib/dpkg/info/base-files.md5sums", "");
	for (size_t i = 1; i < sizeof(lists) / sizeof(lists[0]); i++) {
		tree_unlink(&t, lists[i - 1]);
		expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
		tree_write_text(&t, lists[i], line);
		expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "package's checksum");
	}
	/* it must be a list of sums, and of this file */
	tree_unlink(&t, "/var/lib/dpkg/info/kernel.md5sums");
	tree_write_text(&t, "/var/lib/dpkg/info/kernel.list", line);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	snprintf(line, sizeof(line), "%s  usr/boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(&t, lists[0], line);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	buffer_free(&kernel);
	tree_remove(&t);
}

static void list_kernel(const struct tree *t, const void *kernel, size_t n)
{
	char line[128], hex[33];
	uint8_t md5[16];

	assert_int_equal(hash_once(HASH_MD5, kernel, n, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
}

/* As sbsign does it, but for the checksum, which it leaves as it was. */
static void add_signature(struct buffer *image)
{
	static const uint8_t signature[16] = { 16, 0, 0, 0, 0, 2, 2, 0, 'P', 'K', 'C', 'S' };
	const struct reader file = reader_new(image->data, image->len);
	struct pe pe;

	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	if (pe.certs.left == 0)
		sample_put(image, SAMPLE_CERT_DIR_AT, image->len, 4);
	sample_put(image, SAMPLE_CERT_DIR_AT + 4, pe.certs.left + sizeof(signature), 4);
	buffer_add(image, signature, sizeof(signature));
}

/*
 * The owner's key is in the Machine Owner Keys, and a hook of his signs each kernel in place: it is the
 * package's, whether that was signed or not. Nothing but a signature may be added.
 */
static void kernel_that_the_owner_signs(void **state)
{
	struct buffer kernel = BUFFER_NONE;
	struct tree t;

	enrolled(&t);
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	for (int i = 0; i < 2; i++) {
		list_kernel(&t, kernel.data, kernel.len);
		add_signature(&kernel);
		tree_write(&t, M_KERNEL, kernel.data, kernel.len);
		expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "its package's file with a signature added");
		expect_refused(&t, TRUST_NOTHING_NEW, M_KERNEL, "TPM did not unlock this boot");
	}
	/* the program differs; then its list is gone */
	kernel.data[SAMPLE_HEADERS_LEN] ^= 1;
	tree_write(&t, M_KERNEL, kernel.data, kernel.len);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	kernel.data[SAMPLE_HEADERS_LEN] ^= 1;
	tree_write(&t, M_KERNEL, kernel.data, kernel.len);
	tree_unlink(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	/* one that was built here and that no package has */
	tree_write_text(&t, "/var/lib/dpkg/info/base-files.md5sums", "");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	buffer_free(&kernel);
	tree_remove(&t);
}

/* The list's checksum is that of one path: the same content elsewhere is not what the package installed. */
static void kernel_beside_its_place(void **state)
{
	struct vouch_question q = { .role = ROLE_KERNEL, .release = M_RELEASE };
	struct buffer kernel = BUFFER_NONE;
	char line[128], hex[33];
	struct vouch v = { .mode = TRUST_VOUCHED };
	uint8_t md5[16];
	struct run r;
	struct tree t;

	enrolled(&t);
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	assert_int_equal(hash_once(HASH_MD5, kernel.data, kernel.len, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
	tree_write(&t, "/boot/vmlinuz-copy", kernel.data, kernel.len);
	start(&r, &t, TRUST_VOUCHED);
	v.chain = r.chain;
	assert_int_equal(files_input(r.chain->files, NULL, M_KERNEL, NULL, &q.input), 0);
	assert_true(vouch_by_dpkg(&v, &q));
	assert_int_equal(files_input(r.chain->files, NULL, "/boot/vmlinuz-copy", NULL, &q.input), 0);
	assert_false(vouch_by_dpkg(&v, &q));
	end(&r);
	buffer_free(&kernel);
	tree_remove(&t);
}

static void make_mkconfig(const struct tree *t, const char *script)
{
	char full[PATH_MAX];

	tree_write_text(t, "/usr/sbin/grub-mkconfig", script);
	tree_path(t, "/usr/sbin/grub-mkconfig", full);
	if (chmod(full, 0755) < 0)
		abort();
}

static void configuration_by_grub_mkconfig(void **state)
{
	struct buffer changed = BUFFER_NONE;
	char script[256];
	struct tree t;

	enrolled(&t);
	buffer_addf(&changed, "%s# one more line\n", m_cfg);
	tree_write(&t, M_CFG, changed.data, changed.len);
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	make_mkconfig(&t, "#!/bin/sh\necho something else\n");
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	snprintf(script, sizeof(script), "#!/bin/sh\nexec cat %s" M_CFG "\n", t.root);
	make_mkconfig(&t, script);
	expect_accepted(&t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
	/* in the language of the system, when ours is another */
	tree_write_text(&t, "/etc/default/locale", "#\nLANG=\"xx_YY.UTF-8\"\n");
	snprintf(script, sizeof(script), "#!/bin/sh\n[ \"$LANG\" = xx_YY.UTF-8 ] && exec cat %s" M_CFG "\n",
		 t.root);
	make_mkconfig(&t, script);
	expect_accepted(&t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
	buffer_free(&changed);
	tree_remove(&t);
}

/* The language that grub-mkconfig must be run in for its output to be the file on the disk. */
static void expect_language(const struct tree *t, const char *condition)
{
	char script[512];

	snprintf(script, sizeof(script), "#!/bin/sh\n[ %s ] && exec cat %s" M_CFG "\n", condition, t->root);
	make_mkconfig(t, script);
	expect_accepted(t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
}

/* update-grub over ssh, in the language of the laptop. */
static void configuration_in_other_languages(void **state)
{
	struct buffer changed = BUFFER_NONE;
	struct tree t;

	enrolled(&t);
	buffer_addf(&changed, "%s  set lang=fr_FR\n", m_cfg);
	tree_write(&t, M_CFG, changed.data, changed.len);
	tree_write_text(&t, "/etc/default/locale", "LANG=\"en_US.UTF-8\"\n");
	tree_write_text(&t, "/usr/share/locale/de/LC_MESSAGES/grub.mo", "");
	tree_write_text(&t, "/usr/share/locale-langpack/pt_BR/LC_MESSAGES/grub.mo", "");
	tree_write_text(&t, "/etc/locale.gen", "# it_IT.UTF-8 UTF-8\nde_AT.UTF-8 UTF-8\nja_JP.UTF-8 UTF-8\n");
	tree_write_text(&t, "/var/lib/locales/supported.d/pt", "pt_BR.UTF-8 UTF-8\n");
	/* as the file itself says, generated or not */
	expect_language(&t, "\"$LANG$LC_ALL\" = fr_FR.UTF-8");
	expect_language(&t, "\"$LANG$LC_ALL\" = fr_FR");
	/* one of the system's, also by LC_ALL alone */
	expect_language(&t, "\"$LANG$LC_ALL\" = de_AT.UTF-8");
	expect_language(&t, "\"$LANG $LC_ALL\" = 'en_US.UTF-8 pt_BR.UTF-8'");
	/* nothing else is tried */
	make_mkconfig(&t, "#!/bin/sh\necho \"$LANG $LC_ALL\" >>\"$0.tried\"\n");
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	buffer_free(&changed);
	changed = BUFFER_NONE;
	assert_int_equal(machine_read(&t.machine, "/usr/sbin/grub-mkconfig.tried", 4096, NULL, &changed), 0);
	assert_non_null(strstr(buffer_str(&changed), "fr_FR.UTF-8 \n"));
	assert_null(strstr(buffer_str(&changed), "it_IT"));
	assert_null(strstr(buffer_str(&changed), "ja_JP"));
	buffer_free(&changed);
	tree_remove(&t);
}

#define SNAPSHOT "menuentry 'snapshot %d' {\n" \
		 " linux /vmlinuz-" M_RELEASE " root=/dev/mapper/x ro strange=%d\n" \
		 " initrd /snapshot.img\n}\n"

/* The state as after a reseal that sealed the path of that key. */
static void sealed_before(const struct tree *t, const char *key)
{
	struct state s = { .mask = boot_loader_grub.pcrs | PCR(WINDOW_PCR), .generation = 1, .sealed_at = 1,
			   .branch_count = 1 };
	struct error err = ERROR_NONE;

	assert_int_equal(branch_id_of(key, &s.branch[0].id), 0);
	assert_int_equal(state_save(&t->machine, &s, &err), 0);
}

/* As grub-btrfs makes them. Only what was sealed before is missed. */
static void generated_entries_are_no_refusal(void **state)
{
	struct {
		struct chain *chain;
		struct forecast_options options;
		struct forecast f;
	} w;
	struct buffer changed = BUFFER_NONE;
	struct error err = ERROR_NONE;
	char script[256];
	struct run r;
	struct tree t;

	enrolled(&t);
	buffer_add_str(&changed, m_cfg);
	for (int i = 0; i < 3; i++)
		buffer_addf(&changed, SNAPSHOT, i, i);
	tree_write(&t, M_CFG, changed.data, changed.len);
	tree_write_text(&t, "/boot/snapshot.img", "x");
	snprintf(script, sizeof(script), "#!/bin/sh\nexec cat %s" M_CFG "\n", t.root);
	make_mkconfig(&t, script);
	start(&r, &t, TRUST_VOUCHED);
	assert_true(has_default(&r));
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(r.f.refused_count, 0);
	assert_int_equal(r.f.left_out_count, 1);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, "3 other menu entries"),
			       "/boot/snapshot.img"));
	end(&r);
	sealed_before(&t, "menu snapshot 1");
	start(&r, &t, TRUST_VOUCHED);
	assert_true(has_default(&r));
	assert_non_null(note_of(r.f.refused, r.f.refused_count, "/boot/snapshot.img"));
	assert_non_null(note_of(r.f.left_out, r.f.left_out_count, "snapshot 1"));
	assert_non_null(note_of(r.f.left_out, r.f.left_out_count, "2 other menu entries"));
	end(&r);
	/* check does not go on about them either */
	w.options = (struct forecast_options){ .trust = TRUST_UNJUDGED, .expected_only = true };
	assert_int_equal(chain_load(&t.machine, &err, &w.chain), 0);
	assert_int_equal(chain_forecast(w.chain, &w.options, &err, &w.f), 0);
	for (size_t i = 0; i < w.f.path_count; i++)
		assert_null(strstr(w.f.path[i].cmdline, "strange=0"));
	assert_non_null(note_of(w.f.left_out, w.f.left_out_count, "2 other menu entries"));
	forecast_free(&w.f);
	chain_free(w.chain);
	buffer_free(&changed);
	tree_remove(&t);
}

static void loaders_by_the_signed_images(void **state)
{
	struct tree t;

	enrolled(&t);
	m_write_image(&t, M_GRUB, "a newer grub", M_SBAT);
	expect_refused(&t, TRUST_VOUCHED, M_GRUB, "grub-install");
	m_write_image(&t, "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "a newer grub", M_SBAT);
	expect_accepted(&t, TRUST_VOUCHED, M_GRUB, "signed image");
	m_write_image(&t, M_SHIM, "a newer shim", "shim,1,x\n");
	expect_refused(&t, TRUST_VOUCHED, M_SHIM, "grub-install");
	m_write_image(&t, "/usr/lib/shim/shimx64.efi.signed", "a newer shim", "shim,1,x\n");
	expect_accepted(&t, TRUST_VOUCHED, M_SHIM, "signed image");
	tree_remove(&t);
}

static void stub_by_grub_install(void **state)
{
	static const char *const good[] = {
		"search.fs_uuid " M_UUID " root \nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
		"search.fs_uuid " M_UUID " root hd1,gpt2 --hint-efi=hd1,gpt2\nset prefix=($root)'/grub'\n"
		"configfile $prefix/grub.cfg\n",
	};
	static const char *const bad[] = {
		"search.fs_uuid " M_UUID
		" root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n",
		"search.fs_uuid " M_UUID
		" root\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n# more\n",
		"search.fs_uuid " M_UUID
		" root; echo x\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
		"# first\nsearch.fs_uuid " M_UUID
		" root\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
	};
	struct run r;
	struct tree t;

	enrolled(&t);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tree_write_text(&t, M_STUB, good[i]);
		expect_accepted(&t, TRUST_VOUCHED, M_STUB, "grub-install");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tree_write_text(&t, M_STUB, bad[i]);
		start(&r, &t, TRUST_VOUCHED);
		assert_int_equal(r.f.path_count, 0);
		end(&r);
	}
	tree_remove(&t);
}

static void files_of_grub_by_their_origin(void **state)
{
	struct buffer cfg = BUFFER_NONE;
	struct run r;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	buffer_addf(&cfg, "%s%s", "insmod affs\n", m_cfg);
	tree_write(&t, M_CFG, cfg.data, cfg.len);
	tree_write_text(&t, "/boot/grub/x86_64-efi/affs.mod", "module");
	m_write_log(&t, &(struct boot_choice){ .path = NULL });
	start(&r, &t, TRUST_THIS_BOOT);
	assert_true(has_default(&r));
	accept_it(&t, &r);
	end(&r);
	tree_write_text(&t, "/boot/grub/x86_64-efi/affs.mod", "other module");
	expect_refused(&t, TRUST_VOUCHED, "/boot/grub/x86_64-efi/affs.mod", "grub-install");
	tree_write_text(&t, "/usr/lib/grub/x86_64-efi/affs.mod", "other module");
	expect_accepted(&t, TRUST_VOUCHED, "/boot/grub/x86_64-efi/affs.mod", "GRUB's packages");
	buffer_free(&cfg);
	tree_remove(&t);
}

/* The chosen entry may change at any time; a variable that could do something else may not. */
static void environment_by_its_variables(void **state)
{
	struct run r;
	struct tree t;

	enrolled(&t);
	m_write_env(&t, "next_entry", "more>number");
	start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(has_default(&r));
	assert_int_equal(r.f.accepted_count, 0);
	end(&r);
	m_write_env(&t, "prefix", "(hd0,gpt1)/evil");
	expect_refused(&t, TRUST_VOUCHED, M_ENV, "'prefix'");
	expect_accepted(&t, TRUST_ALL, M_ENV, "you accepted it");
	tree_write_text(&t, M_ENV, "no environment block");
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	end(&r);
	tree_remove(&t);
}

/* An initrd must hold the required files, no matter what vouches for it. */
static void expect_unproven(struct tree *t, const struct m_initrd *how, const char *says)
{
	struct error err;
	struct run r;

	m_write_initrd(t, how);
	assert_int_equal(machine_vouch_initrd(&t->machine, M_RELEASE, M_INITRD, &err), 0);
	start(&r, t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	assert_int_equal(r.f.refused_count, 0);
	if (!strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), says))
		fail_msg("`%s' does not say `%s'", note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH),
			 says);
	end(&r);
}

static void initrds_are_proven(void **state)
{
	static const char *const needed[] = {
		"usr/sbin/bootseal-unlock",        "etc/bootseal/anchor",
		"scripts/local-top/bootseal",      "scripts/local-block/bootseal",
		"scripts/local-premount/bootseal", "scripts/local-bottom/bootseal",
		"scripts/panic/bootseal",
	};
	const struct m_initrd late = { .late = true }, unlisted = { .unlisted = true };
	struct tree t;

	enrolled(&t);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct m_initrd without = { .without = needed[i] }, changed = { .changed = needed[i] };

		expect_unproven(&t, &without, "lacks");
		expect_unproven(&t, &changed, "lacks the installed version");
	}
	for (size_t i = 0; i < sizeof(m_scripts) / sizeof(m_scripts[0]); i++) {
		char order[64];
		const struct m_initrd without = { .without = order };

		snprintf(order, sizeof(order), "scripts/%s/ORDER", m_scripts[i]);
		expect_unproven(&t, &without, "in every stage");
	}
	expect_unproven(&t, &(struct m_initrd){ .linked = "scripts/panic/bootseal" }, "lacks the installed");
	expect_unproven(&t, &late, "must precede");
	expect_unproven(&t, &unlisted, "in every stage");
	tree_write_text(&t, M_INITRD, "garbage");
	tree_remove(&t);
}

/*
 * Several initrds are proven as the kernel unpacks them: one into the other. Microcode is welcome, a second
 * set of our files is not.
 */
static void several_initrds_are_one(void **state)
{
	struct buffer early = BUFFER_NONE, cfg = BUFFER_NONE;
	struct run r;
	struct tree t;

	for (int first = 0; first < 2; first++) {
		m_make(&t);
		tree_write_text(&t, "/var/lib/x", "");
		if (first) {
			m_cpio_add(&early, "kernel", S_IFDIR | 0755, "", 0);
			m_cpio_add(&early, "kernel/x86/microcode/GenuineIntel.bin", S_IFREG | 0644, "code",
				   4);
			m_cpio_add(&early, "TRAILER!!!", 0, "", 0);
		} else {
			m_make_initrd(&(struct m_initrd){ .changed = "etc/bootseal/anchor" }, &early);
		}
		tree_write(&t, "/boot/early.img", early.data, early.len);
		buffer_addf(&cfg,
			    "set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE
			    " root=/dev/mapper/cryptroot ro\n  initrd %s\n}\n",
			    first ? "/early.img /initrd.img-" M_RELEASE
				  : "/initrd.img-" M_RELEASE " /early.img");
		tree_write(&t, M_CFG, cfg.data, cfg.len);
		m_write_log(&t, &(struct boot_choice){ .path = NULL });
		start(&r, &t, TRUST_THIS_BOOT);
		assert_int_equal(r.f.refused_count, 0);
		assert_int_equal(r.f.path_count, first ? 2 : 0);
		if (first)
			assert_string_equal(r.f.path[0].initrd, "/boot/early.img " M_INITRD);
		assert_false(manifest_find(r.f.manifest, M_INITRD)->has_proof);
		end(&r);
		buffer_free(&early);
		buffer_free(&cfg);
		tree_remove(&t);
	}
}

/* The driver of this machine's TPM is in the kernel, or in the initrd. */
static void driver_of_the_tpm(void **state)
{
	const struct m_initrd with = { .with_module = true }, without = { .without = NULL };
	struct error err;
	struct run r;
	struct tree t;

	enrolled(&t);
	tree_write_text(&t, "/lib/modules/" M_RELEASE "/modules.builtin",
			"kernel/drivers/char/tpm/tpm_crb_other.ko\n");
	expect_unproven(&t, &without, "tpm_crb");
	m_write_initrd(&t, &with);
	assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), 0);
	start(&r, &t, TRUST_VOUCHED);
	assert_true(has_default(&r));
	end(&r);
	tree_unlink(&t, "/sys/class/tpm/tpm0/device/driver");
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	end(&r);
	tree_remove(&t);
}

/* A proof is kept with the file and what it was proven for; a new anchor asks for a new one. */
/* An initrd that was proven alone has something unpacked over it now. */
static void proof_of_one_is_not_of_several(void **state)
{
	struct buffer evil = BUFFER_NONE;
	struct run r;
	struct tree t;

	enrolled(&t);
	m_make_initrd(&(struct m_initrd){ .changed = "etc/bootseal/anchor" }, &evil);
	tree_write(&t, "/boot/evil.img", evil.data, evil.len);
	tree_write_text(&t, M_CFG,
			"set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE
			" root=/dev/mapper/cryptroot ro\n  initrd /initrd.img-" M_RELEASE " /evil.img\n}\n");
	start(&r, &t, TRUST_ALL);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), "twice"));
	end(&r);
	buffer_free(&evil);
	tree_remove(&t);
}

static void proofs_are_remembered(void **state)
{
	const struct manifest_file *m;
	uint8_t key[SHA256_LEN];
	struct run r;
	struct tree t;

	enrolled(&t);
	start(&r, &t, TRUST_VOUCHED);
	m = manifest_find(r.f.manifest, M_INITRD);
	assert_true(m && m->has_proof);
	memcpy(key, m->proof, SHA256_LEN);
	assert_true(manifest_find(r.f.manifest, M_KERNEL)->has_authenticode);
	assert_null(manifest_find(r.f.manifest, M_ENV));
	end(&r);
	/* another initrd under the same name has the proof of neither */
	m_write_initrd(&t, &(struct m_initrd){ .without = "scripts/panic/bootseal" });
	start(&r, &t, TRUST_ALL);
	assert_int_equal(r.f.path_count, 0);
	assert_false(manifest_find(r.f.manifest, M_INITRD)->has_proof);
	end(&r);
	m_write_initrd(&t, &(struct m_initrd){ .without = NULL });
	tree_write_text(&t, "/etc/bootseal/anchor", "a new anchor");
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	end(&r);
	tree_write_text(&t, "/etc/bootseal/anchor", "anchor");
	start(&r, &t, TRUST_VOUCHED);
	assert_true(has_default(&r));
	assert_memory_equal(manifest_find(r.f.manifest, M_INITRD)->proof, key, SHA256_LEN);
	end(&r);
	tree_remove(&t);
}

/* A gzip that counts how often it is called. */
static void count_gzip(const struct tree *t, const char *path)
{
	char script[PATH_MAX + 100], full[PATH_MAX], all[2 * PATH_MAX];

	snprintf(script, sizeof(script), "#!/bin/sh\necho x >>%s/count\nPATH=%s exec gzip \"$@\"\n", t->root,
		 path);
	tree_write_text(t, "/count", "");
	tree_write_text(t, "/bin/gzip", script);
	tree_path(t, "/bin/gzip", full);
	if (chmod(full, 0755) < 0)
		abort();
	snprintf(all, sizeof(all), "%s/bin:%s", t->root, path);
	setenv("PATH", all, 1);
}

static size_t counted(const struct tree *t)
{
	struct buffer b = BUFFER_NONE;
	size_t n;

	assert_int_equal(machine_read(&t->machine, "/count", 1000, NULL, &b), 0);
	n = b.len / 2;
	buffer_free(&b);
	return n;
}

static void write_packed_initrd(const struct tree *t, const struct m_initrd *how)
{
	const char *const argv[] = { "gzip", "-c", NULL };
	struct buffer plain = BUFFER_NONE, packed = BUFFER_NONE;
	struct process p = { .argv = argv, .timeout_ms = 10000 };

	m_make_initrd(how, &plain);
	p.input = plain.data;
	p.input_len = plain.len;
	assert_int_equal(process_capture(&p, 1 << 20, NULL, &packed), 0);
	tree_write(t, M_INITRD, packed.data, packed.len);
	buffer_free(&plain);
	buffer_free(&packed);
}

/*
 * Good or bad, an initrd is unpacked once for all paths that have it, and never again while it is the same.
 */
static void nothing_is_unpacked_twice(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct run r;
	struct tree t;

	enrolled(&t);
	write_packed_initrd(&t, &(struct m_initrd){ .without = NULL });
	count_gzip(&t, path);
	start(&r, &t, TRUST_UNJUDGED);
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(counted(&t), 1);
	end(&r);
	start(&r, &t, TRUST_ALL);
	assert_int_equal(counted(&t), 2);
	accept_it(&t, &r);
	end(&r);
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(counted(&t), 2);
	end(&r);
	setenv("PATH", path, 1);
	write_packed_initrd(&t, &(struct m_initrd){ .without = "scripts/panic/bootseal" });
	count_gzip(&t, path);
	start(&r, &t, TRUST_UNJUDGED);
	assert_int_equal(r.f.path_count, 0);
	assert_int_equal(counted(&t), 1);
	end(&r);
	setenv("PATH", path, 1);
	free(path);
	tree_remove(&t);
}

static void authenticode_of_kernel(struct files *f, uint8_t ret[static SHA256_LEN])
{
	struct input *i;
	struct error err;

	assert_int_equal(files_input(f, "/boot", "/vmlinuz-" M_RELEASE, &err, &i), 0);
	assert_int_equal(input_authenticode(i, &err, ret), 0);
}

/*
 * An image that has not changed since it was accepted is not hashed a second time for its Authenticode
 * digest.
 */
static void known_images_are_hashed_once(void **state)
{
	struct manifest m = MANIFEST_NONE;
	struct manifest_file kernel;
	uint8_t digest[SHA256_LEN], other[SHA256_LEN];
	struct files *f;
	struct error err;
	struct tree t;

	enrolled(&t);
	assert_int_equal(manifest_read(&t.machine, &err, &m), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	authenticode_of_kernel(f, digest);
	files_free(f);
	assert_memory_equal(digest, manifest_find(&m, M_KERNEL)->authenticode, SHA256_LEN);
	/* so that it shows where the digest came from */
	kernel = *manifest_find(&m, M_KERNEL);
	kernel.path = (char *)M_KERNEL;
	kernel.authenticode[0] ^= 1;
	assert_int_equal(manifest_set(&m, &kernel), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	files_know(f, &m);
	authenticode_of_kernel(f, other);
	assert_memory_equal(other, kernel.authenticode, SHA256_LEN);
	files_free(f);
	kernel.sha256[0] ^= 1;
	assert_int_equal(manifest_set(&m, &kernel), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	files_know(f, &m);
	authenticode_of_kernel(f, other);
	assert_memory_equal(other, digest, SHA256_LEN);
	files_free(f);
	manifest_free(&m);
	tree_remove(&t);
}

static void files_that_change_meanwhile(void **state)
{
	struct error err = ERROR_NONE;
	struct run r;
	struct tree t;

	enrolled(&t);
	start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(chain_still_same(r.chain, &err), 0);
	/* rewritten with the same content: hashed again, and found to be the same */
	tree_write_text(&t, M_CFG, m_cfg);
	assert_int_equal(chain_still_same(r.chain, &err), 0);
	tree_write_text(&t, "/boot/grub/custom.cfg", "");
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	assert_int_equal(chain_still_same(r.chain, &err), -ESTALE);
	assert_non_null(strstr(err.text, M_KERNEL));
	end(&r);
	start(&r, &t, TRUST_ALL);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/dropbear", "");
	assert_int_equal(chain_still_same(r.chain, &err), -ESTALE);
	assert_non_null(strstr(err.text, "appeared"));
	end(&r);
	tree_remove(&t);
}

/* What was accepted and is gone leaves the manifest; another kernel's files that no path uses stay. */
static void manifest_follows_the_files(void **state)
{
	struct manifest m = MANIFEST_NONE;
	struct manifest_file gone = { .path = (char *)"/boot/vmlinuz-gone" },
			     other = { .path = (char *)"/boot/vmlinuz-other" };
	struct error err;
	struct run r;
	struct tree t;

	enrolled(&t);
	assert_int_equal(manifest_read(&t.machine, &err, &m), 0);
	assert_int_equal(manifest_set(&m, &gone), 0);
	assert_int_equal(manifest_set(&m, &other), 0);
	assert_int_equal(manifest_write(&t.machine, &m, &err), 0);
	tree_write_text(&t, "/boot/vmlinuz-other", "kernel");
	start(&r, &t, TRUST_VOUCHED);
	assert_null(manifest_find(r.f.manifest, "/boot/vmlinuz-gone"));
	assert_non_null(manifest_find(r.f.manifest, "/boot/vmlinuz-other"));
	end(&r);
	manifest_free(&m);
	tree_write_text(&t, MANIFEST_PATH, "bootseal-manifest 9\n");
	{
		const struct forecast_options o = { .trust = TRUST_VOUCHED };
		struct forecast f = FORECAST_NONE;
		struct chain *c;

		assert_int_equal(chain_load(&t.machine, &err, &c), 0);
		assert_int_equal(chain_forecast(c, &o, &err, &f), -EBADMSG);
		assert_non_null(strstr(err.text, MANIFEST_PATH));
		chain_free(c);
	}
	tree_remove(&t);
}

static void other_ways_and_pending_requests_are_warned_of(void **state)
{
	struct run r;
	struct tree t;

	enrolled(&t);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/dropbear", "");
	start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "dropbear-initramfs"));
	assert_int_equal(r.f.warning_count, 1);
	assert_false(r.f.pending);
	end(&r);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/clevis", "");
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/mandos", "");
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/tinyssh", "");
	start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "clevis-initramfs"));
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "mandos-client"));
	assert_int_equal(r.f.warning_count, 4);
	end(&r);
	tree_write_text(&t, "/sys/firmware/efi/efivars/MokNew-605dab50-e046-4300-abb6-3dd810dd8b23", "\a");
	start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "a key to be enrolled (mokutil)"));
	assert_true(r.f.pending);
	end(&r);
	tree_remove(&t);
}

static void empty_password_is_warned_of(void **state)
{
	static const struct {
		const char *shadow;
		bool warned;
	} files[] = {
		{ "root::19000:0:99999:7:::\n", true },
		{ "daemon:*:19000:0:99999:7:::\nbroken\nroot::19000::::::\n", true },
		{ "root:*:19000:0:99999:7:::\ndaemon::19000:0:99999:7:::\n", false },
		{ "root:!:19000:0:99999:7:::\n", false },
		{ "root:$y$j9T$abc$def:19000:0:99999:7:::\n", false },
		{ "", false },
	};
	struct run r;
	struct tree t;

	enrolled(&t);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tree_write_text(&t, "/etc/shadow", files[i].shadow);
		start(&r, &t, TRUST_VOUCHED);
		if ((r.f.warning_count == 1) != files[i].warned)
			fail_msg("%s: %zu warnings", files[i].shadow, r.f.warning_count);
		if (files[i].warned)
			assert_non_null(note_of(r.f.warning, 1, "root's password is empty (/etc/shadow)"));
		end(&r);
	}
	tree_remove(&t);
}

static void panic_on_the_command_line(void **state)
{
	assert_true(forecast_restarts("root=/dev/x ro panic=30"));
	assert_true(forecast_restarts("panic=-1 ro"));
	assert_true(forecast_restarts("xpanic=3 panic= panic=5"));
	assert_false(forecast_restarts("root=/dev/x ro quiet"));
	assert_false(forecast_restarts("root=/dev/x panic= ro"));
	assert_false(forecast_restarts("oops=panic kernel.panic=3 ro"));
	assert_false(forecast_restarts(""));
}

/*
 * A link in /boot ends in /boot, as it does for GRUB, and what is mounted over a directory of /boot does not
 * show.
 */
static void files_are_seen_as_grub_sees_them(void **state)
{
	const struct file_facts *facts;
	struct files *f;
	struct error err;
	struct stat st;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/etc/secret", "outside");
	tree_link(&t, "/boot/absolute", "/etc/secret");
	tree_link(&t, "/boot/climbing", "../etc/secret");
	tree_link(&t, "/boot/vmlinuz", "vmlinuz-" M_RELEASE);
	assert_int_equal(files_new(&t.machine, &f), 0);
	assert_int_equal(files_facts(f, "/boot", "/absolute", &err, &facts), -ENOENT);
	assert_int_equal(files_facts(f, "/boot", "/climbing", &err, &facts), -ENOENT);
	assert_int_equal(files_facts(f, "/boot", "/vmlinuz", &err, &facts), 0);
	assert_string_equal(facts->path, "/boot/vmlinuz");
	assert_int_equal(files_facts(f, "/boot", "/grub", &err, &facts), -EISDIR);
	assert_int_equal(files_stat(f, "/boot", "/grub", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	files_free(f);
	files_free(NULL);
	tree_remove(&t);
}

/* A pipe or device with a file's name is not opened: that alone may do something. */
static void devices_are_not_opened(void **state)
{
	const struct file_facts *facts;
	char path[PATH_MAX];
	struct files *f;
	struct error err;
	struct stat st;
	struct tree t;
	int fd;

	m_make(&t);
	tree_path(&t, "/boot/pipe", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	assert_int_equal(files_facts(f, "/boot", "/pipe", &err, &facts), -EISDIR);
	assert_int_equal(files_facts(f, NULL, "/boot/pipe", &err, &facts), -EISDIR);
	assert_int_equal(files_stat(f, "/boot", "/pipe", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	files_free(f);
	/* a descriptor of files_open() would be its reader */
	fd = files_open(&t.machine, "/boot", "/pipe");
	assert_true(fd >= 0);
	assert_int_equal(open(path, O_WRONLY | O_NONBLOCK), -1);
	assert_int_equal(errno, ENXIO);
	close(fd);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_enrolment_accepts_what_ran),
		cmocka_unit_test(what_ran_counts_only_when_it_is_explained),
		cmocka_unit_test(what_ran_is_not_enough_for_a_reseal),
		cmocka_unit_test(default_path_is_this_boot),
		cmocka_unit_test(firmware_without_actions),
		cmocka_unit_test(unknown_initrd_is_refused),
		cmocka_unit_test(kernel_by_its_package),
		cmocka_unit_test(kernel_that_the_owner_signs),
		cmocka_unit_test(kernel_beside_its_place),
		cmocka_unit_test(configuration_by_grub_mkconfig),
		cmocka_unit_test(configuration_in_other_languages),
		cmocka_unit_test(generated_entries_are_no_refusal),
		cmocka_unit_test(loaders_by_the_signed_images),
		cmocka_unit_test(stub_by_grub_install),
		cmocka_unit_test(files_of_grub_by_their_origin),
		cmocka_unit_test(environment_by_its_variables),
		cmocka_unit_test(initrds_are_proven),
		cmocka_unit_test(several_initrds_are_one),
		cmocka_unit_test(driver_of_the_tpm),
		cmocka_unit_test(proof_of_one_is_not_of_several),
		cmocka_unit_test(proofs_are_remembered),
		cmocka_unit_test(nothing_is_unpacked_twice),
		cmocka_unit_test(known_images_are_hashed_once),
		cmocka_unit_test(files_that_change_meanwhile),
		cmocka_unit_test(manifest_follows_the_files),
		cmocka_unit_test(other_ways_and_pending_requests_are_warned_of),
		cmocka_unit_test(empty_password_is_warned_of),
		cmocka_unit_test(panic_on_the_command_line),
		cmocka_unit_test(files_are_seen_as_grub_sees_them),
		cmocka_unit_test(devices_are_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
