/* The ways that work: from a bare TPM to a sealed key and back, and the window. */
#include "fixture.h"

#include "seal/tpm_window.h"

static struct fixture f;

static int setup(void **state)
{
	return fixture_setup(&f, 1, 0);
}

static int teardown(void **state)
{
	fixture_teardown(&f);
	return 0;
}

static void test_seals_and_unseals(void **state)
{
	fixture_clean(&f, 0);
	fixture_unseals(&f, 0);
	fixture_clean(&f, 1);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
	fixture_clean(&f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seals_and_unseals, setup, teardown),
	};

	return cmocka_run_group_tests_name("tpm", tests, NULL, NULL);
}
