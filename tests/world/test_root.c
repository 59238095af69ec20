/*
 * A whole machine, enrolled, with signed images and a TPM, collected as a tree and looked at from outside:
 * --root says what the machine itself would say.
 */
#include "world.h"

#include "../unit/root_door.h"
#include "base/text.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"

static struct door door;

/* Packs the tree without its devices, as somebody without privileges would unpack it elsewhere. */
static void collect(const struct world *w, const char *where)
{
	world_host("rm -rf %s && mkdir %s && tar -C %s -cf - --exclude=./dev --exclude=./bin "
		   "--exclude=./usr/share/world --exclude=./var/lib/bootseal/authority.pem . | "
		   "tar -C %s -xf - --no-same-owner && chmod -R a+rX %s && chmod a+x %s %s/..",
		   where, where, world_path(w, ""), where, where, w->dir, w->dir);
}

static void write_pcrs(struct world *w, const char *path)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	struct tpm *tpm = NULL;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(tpm_open(w->swtpm.tcti, &w->err, &tpm), 0);
	assert_int_equal(tpm_pcrs(tpm, PCR_ALL, &w->err, pcrs), 0);
	tpm_close(tpm);
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		text_hex(pcrs[i], SHA256_LEN, hex);
		fprintf(f, "%u: 0x%s\n", i, hex);
	}
	fclose(f);
	chmod(path, 0644);
}

static void says(const char *dir, const char *command, const char *pcrs, int code, const char *text)
{
	char words[256];
	int got;

	snprintf(words, sizeof(words), "%s --pcrs %s", command, pcrs);
	got = door_run(&door, dir, words);
	if (got != code || !door_said(&door, text))
		fail_msg("%s: %d: %s", words, got, buffer_str(&door.said));
}

static void an_enrolled_machine(void **state)
{
	char dir[128], pcrs[128];
	struct world w;

	world_new(&w);
	snprintf(dir, sizeof(dir), "%.60s/copy", w.dir);
	snprintf(pcrs, sizeof(pcrs), "%.60s/pcrs", w.dir);
	write_pcrs(&w, pcrs);
	collect(&w, dir);
	says(dir, "calibrate", pcrs, 0, "exact: Linux " WORLD_OLD);
	says(dir, "check", pcrs, 3, "/var/lib/bootseal/state.json is not in /");

	assert_int_equal(world_enroll(&w), 0);
	assert_int_equal(world_boot(&w, NULL), WORLD_OPENED);
	write_pcrs(&w, pcrs);
	collect(&w, dir);
	says(dir, "calibrate", pcrs, 0, "Secure Boot on");
	says(dir, "predict", pcrs, 0, "Linux " WORLD_OLD " (default)");
	says(dir, "eventlog", pcrs, 0, "\n 7 as the log replays");
	says(dir, "check", pcrs, 0, "Yes: the next boot will unlock automatically.");

	/* a kernel that no hook saw */
	world_kernel_unseen(&w, "install", WORLD_NEW);
	collect(&w, dir);
	says(dir, "check", pcrs, 5, "No: the next boot will ask for the passphrase.");
	assert_int_equal(world_boot_only(&w, NULL), WORLD_ASKS);
	/* of the boot before the last one */
	collect(&w, dir);
	says(dir, "calibrate", pcrs, 1, "PCR ");
	world_free(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_enrolled_machine),
	};
	int failed;

	door_open(&door, argv[0]);
	failed = cmocka_run_group_tests(tests, world_make_base, world_remove_base);
	door_close(&door);
	return failed;
}
