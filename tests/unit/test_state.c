/* What the installed system remembers of the policy in force: read strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine/record/state.h"
#include "tree.h"

#define PCRS (PCR(4) | PCR(7) | PCR(8) | PCR(9) | PCR(14))

static int save_and_load(const struct tree *t, pcr_mask mask, uint32_t generation, struct error *err)
{
	struct state s = { .mask = mask, .generation = generation, .sealed_at = 1, .volume_count = 1 }, read;
	int r;

	strcpy(s.volume[0].name, "cryptroot");
	strcpy(s.volume[0].uuid, "01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(state_save(&t->machine, &s, err), 0);
	r = state_load(&t->machine, err, &read);
	if (r == 0) {
		assert_int_equal(read.mask, mask);
		assert_int_equal(read.generation, generation);
		assert_string_equal(read.volume[0].name, "cryptroot");
	}
	return r;
}

/* Else nothing would be compared, and every boot would look like a sealed one. */
static void a_policy_selects_pcrs(void **state)
{
	struct error err = ERROR_NONE;
	struct tree t;

	tree_make(&t);
	tree_write_text(&t, "/var/lib/other", "");
	assert_int_equal(save_and_load(&t, PCRS | PCR(WINDOW_PCR), 3, &err), 0);
	assert_int_equal(save_and_load(&t, 0, 0, &err), 0); /* before the first policy */
	assert_int_equal(save_and_load(&t, 0, 3, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "pcrs"));
	assert_int_equal(save_and_load(&t, PCR(WINDOW_PCR), 3, &err), -EBADMSG);
	assert_int_equal(save_and_load(&t, PCRS, 3, &err), -EBADMSG);
	assert_int_equal(save_and_load(&t, PCRS | PCR(WINDOW_PCR) | 1u << PCR_COUNT, 3, &err), -EBADMSG);
	tree_remove(&t);
}

/* Also a file of before they were kept. */
static void failed_boot_options_are_kept(void **state)
{
	struct state s = { .mask = PCRS | PCR(WINDOW_PCR), .generation = 1, .sealed_at = 1 }, read;
	const struct attempts kept = { .failed = { 2, 0, 7 }, .n = 3 };
	struct error err = ERROR_NONE;
	struct buffer text = BUFFER_NONE;
	struct tree t;
	char *at;

	tree_make(&t);
	tree_write_text(&t, "/var/lib/other", "");
	s.attempts = kept;
	assert_int_equal(state_save(&t.machine, &s, &err), 0);
	assert_int_equal(state_load(&t.machine, &err, &read), 0);
	assert_int_equal(read.attempts.n, 3);
	assert_memory_equal(read.attempts.failed, kept.failed, sizeof(kept.failed));
	assert_int_equal(machine_read(&t.machine, STATE_PATH, STATE_MAX_LEN, &err, &text), 0);
	at = strstr(buffer_str(&text), "failed_boot_options");
	assert_non_null(at);
	at[0] = 'x';
	tree_write(&t, STATE_PATH, text.data, text.len);
	assert_int_equal(state_load(&t.machine, &err, &read), 0);
	assert_int_equal(read.attempts.n, 0);
	buffer_free(&text);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_selects_pcrs),
		cmocka_unit_test(failed_boot_options_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
