/* What tests of whole machines do at every turn; included once by a program, or by what programs share. */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "world.h"

#define ok(call)                                                                             \
	do {                                                                                 \
		int r_ = (call);                                                             \
		if (r_ != 0)                                                                 \
			fail_msg("%s: %d (%s): %s", #call, r_, strerror(-r_), w->err.text); \
	} while (0)

/* Setup and teardown of a test that has a world as its state. */
static inline int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_new(w);
	*state = w;
	return 0;
}

static inline int world_teardown(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static inline void boots(struct world *w, const char *entry, int expected)
{
	int code = world_boot(w, entry);

	if (code != expected)
		fail_msg("%s: exit code %d instead of %d: %s", entry ? entry : "default", code, expected,
			 w->output ? w->output : "");
}

/* Enrolled and unlocked by the TPM; that boot is kept. */
static inline void enrolled_and_booted(struct world *w)
{
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_keep_boot(w);
}

/* Its PIN is typed from now on, and the TPM does not lock: it counts power cuts, and an earlier PIN. */
static inline void type_pin(struct world *w)
{
	world_shell(w, "tpm2_dictionarylockout -T %s -s -n 10000 -t 600 -l 0", w->swtpm.tcti);
	w->pin = WORLD_PIN;
	w->second_pin = NULL;
}

/* Enrolled with a PIN, which is typed; that boot is kept. */
static inline void enrolled_with_pin(struct world *w)
{
	type_pin(w);
	ok(world_enroll_pin(w, WORLD_PIN, false));
	boots(w, NULL, WORLD_OPENED);
	world_keep_boot(w);
}

/* A newer kernel and its initrd have come, and the reseal is due. */
static inline void kernel_installed(struct world *w)
{
	world_kernel_unseen(w, "install", WORLD_NEW);
	ok(reseal_vouch_initrd(&w->machine, WORLD_NEW, "/boot/initrd.img-" WORLD_NEW, &w->err));
}

/* Enrolled and booted with both kernels; that boot is kept. */
static inline void both_kernels_booted(struct world *w)
{
	ok(world_enroll(w));
	ok(world_install_kernel(w, WORLD_NEW));
	boots(w, NULL, WORLD_OPENED);
	world_keep_boot(w);
}

static inline void says(const struct world *w, const char *text)
{
	if (!strstr(w->output, text))
		fail_msg("\"%s\" is not said, but: %s", text, w->output);
}

static inline void err_names(const struct world *w, const char *text)
{
	if (!strstr(w->err.text, text))
		fail_msg("\"%s\" does not name %s", w->err.text, text);
}

#endif
