/* The policy move: what a power cut between any two of its writes leaves behind. */
#include "unlock_world.h"

#include "machine/transaction.h"

static struct machine machine;
static struct enrolled enrolled;

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char command[1024];

	world_setup(w);
	snprintf(command, sizeof(command),
		 "mkdir -p %s/dev/disk/by-uuid %s/etc/bootseal && ln -s %s/image %s/dev/disk/by-uuid/%s && "
		 "cp %s/anchor %s/etc/bootseal/",
		 w->dir, w->dir, w->dir, w->dir, w->anchor.target[0].uuid, w->dir, w->dir);
	assert_int_equal(system(command), 0);
	machine = (struct machine){ .boot_id = "" };
	strcpy(machine.root, w->dir);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	enrolled_close(&enrolled);
	world_teardown(*state);
	free(*state);
	return 0;
}

static struct policy_move move_to(struct world *w, const struct branch *b, size_t n)
{
	enrolled_close(&enrolled);
	check_ok(enrolled_open(&machine, &err, &enrolled));
	world_open_tpm(w);
	return (struct policy_move){ .tpm = w->f.t,
				     .authority = &w->f.authority,
				     .enrolled = &enrolled,
				     .mask = SAMPLE_PCRS,
				     .branch = b,
				     .branch_count = n };
}

/* Puts generation 1, the fixture's three branches, into the index. */
static void seal_first(struct world *w)
{
	world_move_policy(w, &w->token.generation[0]);
}

/* A boot path that this boot is not. */
static struct branch other_branch(const struct world *w)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct branch b;

	memcpy(pcrs, w->f.pcrs, sizeof(pcrs));
	memset(pcrs[4], 0x77, SHA256_LEN);
	assert_int_equal(branch_from_pcrs(999, SAMPLE_PCRS, pcrs, &b), 0);
	return b;
}

static void moves_and_drops_the_old(void **state)
{
	struct world *w = *state;
	const struct branch mine = w->token.generation[0].branch[1];
	struct policy_move m;
	uint32_t generation = 0;
	bool changed = false;

	seal_first(w);
	m = move_to(w, &mine, 1);
	check_ok(policy_move(&m, &err, &generation, &changed));
	assert_true(changed);
	assert_int_equal(generation, 2);
	m = move_to(w, &mine, 1); /* reads the header again */
	assert_int_equal(enrolled.at[0].token.generation_count, 1);
	assert_int_equal(enrolled.at[0].token.generation[0].number, 2);
	assert_int_equal(world_run(w, NULL, "open", NULL), 0);
}

static int count_writes(void *ctx, enum transaction_step step, size_t volume)
{
	(*(int *)ctx)++;
	return 0;
}

static void writes_nothing_when_all_agrees(void **state)
{
	struct world *w = *state;
	struct policy_move m;
	uint32_t generation = 0;
	bool changed = true;
	int writes = 0;

	seal_first(w);
	m = move_to(w, w->token.generation[0].branch, 3);
	m.cut = count_writes;
	m.cut_ctx = &writes;
	check_ok(policy_move(&m, &err, &generation, &changed));
	assert_false(changed);
	assert_int_equal(generation, 1);
	assert_int_equal(writes, 0);
}

static int cut_at(void *ctx, enum transaction_step step, size_t volume)
{
	return step == *(enum transaction_step *)ctx ? -ECANCELED : 0;
}

/* From a policy with this boot in it to one without, or the other way round; then the same again, uncut. */
static void cut(struct world *w, enum transaction_step step, bool to_mine)
{
	const struct branch mine = w->token.generation[0].branch[1], other = other_branch(w);
	const struct branch *from = to_mine ? &other : &mine, *to = to_mine ? &mine : &other;
	uint32_t generation;
	struct policy_move m;
	bool changed;

	m = move_to(w, from, 1);
	check_ok(policy_move(&m, &err, &generation, &changed));
	m = move_to(w, to, 1);
	m.cut = cut_at;
	m.cut_ctx = &step;
	if (policy_move(&m, &err, &generation, &changed) != -ECANCELED)
		fail_msg("step %d was not reached", step);
	/* the index decides which of the two is in force: the new one from STEP_INDEX on */
	assert_int_equal(world_run(w, NULL, "open", NULL), (step >= STEP_INDEX) == to_mine ? 0 : 5);
	m = move_to(w, to, 1);
	check_ok(policy_move(&m, &err, &generation, &changed));
	m = move_to(w, to, 1);
	assert_int_equal(enrolled.at[0].token.generation_count, 1);
	assert_memory_equal(enrolled.at[0].token.generation[0].branch[0].composite, to->composite,
			    SHA256_LEN);
}

static void cut_both_generations(void **state)
{
	cut(*state, STEP_BOTH_GENERATIONS, false);
}

static void cut_index(void **state)
{
	cut(*state, STEP_INDEX, false);
}

static void cut_old_dropped(void **state)
{
	cut(*state, STEP_OLD_DROPPED, false);
}

static void cut_both_generations_to_mine(void **state)
{
	cut(*state, STEP_BOTH_GENERATIONS, true);
}

static void cut_index_to_mine(void **state)
{
	cut(*state, STEP_INDEX, true);
}

static void refuses_another_tpm(void **state)
{
	struct world *w = *state;
	const struct branch mine = w->token.generation[0].branch[1];
	struct policy_move m;
	uint32_t generation;
	bool changed;

	m = move_to(w, &mine, 1);
	enrolled.anchor.srk.bytes[10] ^= 1;
	check_fails(policy_move(&m, &err, &generation, &changed), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "not the enrolled one"));
}

static void refuses_a_swapped_header(void **state)
{
	struct world *w = *state;

	w->anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(w);
	assert_int_equal(rename(world_path(w, "anchor"),
				strcat(strcpy((char[PATH_MAX]){ 0 }, w->dir), "/etc/bootseal/anchor")),
			 0);
	check_fails(enrolled_open(&machine, &err, &enrolled), -EKEYREJECTED);
}

static void no_paths_is_no_policy(void **state)
{
	struct world *w = *state;
	struct policy_move m = move_to(w, NULL, 0);
	uint32_t generation;
	bool changed;

	check_fails(policy_move(&m, &err, &generation, &changed), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(moves_and_drops_the_old, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_nothing_when_all_agrees, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_both_generations, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_index, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_old_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_both_generations_to_mine, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_index_to_mine, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_another_tpm, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_swapped_header, setup, teardown),
		cmocka_unit_test_setup_teardown(no_paths_is_no_policy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
