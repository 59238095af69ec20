/* Of the ways that do not give the TPM's values, the one that is named agrees in the most PCRs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "base/text.h"
#include "machine/chain/chain_loader.h"
#include "machine/chain/no_log.h"
#include "measure/boot/recognize.h"
#include "tree.h"

/* Which PCRs a way gives the right value: one high PCR is the larger mask, two low ones are more. */
#define ONE PCR(14)
#define TWO (PCR(8) | PCR(9))
#define ALL (ONE | TWO)

struct ways {
	pcr_mask untouched, entry[2]; /* entry 0: none of them */
};

static int run(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
	       struct boot_trace *ret)
{
	const struct ways *w = facts->own;
	pcr_mask right = choice->path ? w->entry[choice->path[0] - '0'] : w->untouched;
	struct boot_trace t = { .outcome = BOOT_WAITS };
	uint8_t digest[SHA256_LEN] = { 0 };

	(void)err;
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(ALL >> i & 1))
			continue;
		digest[0] = right >> i & 1;
		assert_int_equal(event_list_add(&t.events, i, 13, digest, "event"), 0);
	}
	*ret = t;
	return 0;
}

static int list(const struct boot_facts *facts, struct error *err, struct boot_menu *ret)
{
	const struct ways *w = facts->own;
	char path[2] = "0";

	(void)err;
	*ret = (struct boot_menu){ .entries = calloc(2, sizeof(*ret->entries)) };
	assert_non_null(ret->entries);
	for (; ret->entry_count < 2 && w->entry[ret->entry_count]; ret->entry_count++) {
		path[0] = (char)('0' + ret->entry_count);
		ret->entries[ret->entry_count].path = strdup(path);
	}
	return 0;
}

static const struct boot_loader loader = {
	.name = "a loader", .pcrs = PCR(4) | ALL, .run = run, .list = list,
};

static void make_facts(struct boot_facts *f, const struct event_list *none, const struct ways *w)
{
	*f = (struct boot_facts){ .platform = none, .secureboot = none, .image_count = 1, .loader = &loader,
				  .own = w };
	f->image[0].name = "an image";
}

static void values_of_the_boot(uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	const struct boot_choice untouched = { .path = NULL };
	const struct ways right = { .untouched = ALL };
	struct event_list none = EVENT_LIST_NONE;
	struct prediction p = PREDICTION_NONE;
	struct boot_facts facts;
	struct error err = ERROR_NONE;

	make_facts(&facts, &none, &right);
	assert_int_equal(predict(&facts, &untouched, &err, &p), 0);
	memcpy(ret, p.pcrs, sizeof(p.pcrs));
	prediction_free(&p);
}

static pcr_mask best_of(pcr_mask first, pcr_mask second)
{
	const struct ways w = { .entry = { first, second } };
	struct recognized found = RECOGNIZED_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct event_list none = EVENT_LIST_NONE;
	struct error err = ERROR_NONE;
	struct boot_facts facts;
	const struct recognize_question q = { .facts = &facts, .form = &none, .form_count = 1, .pcrs = pcrs };

	values_of_the_boot(pcrs);
	make_facts(&facts, &none, &w);
	assert_int_equal(recognize_boot(&q, &err, &found), -ENOENT);
	return found.agreed;
}

static void more_pcrs_and_not_higher_ones(void **state)
{
	assert_int_equal(best_of(ONE, TWO), PCR(4) | TWO);
	assert_int_equal(best_of(TWO, ONE), PCR(4) | TWO);
}

/* What two numbers of the boot disk make of the untouched boot. */
static struct ways guessed[2];

static int guess(struct chain *c, unsigned n, struct error *err)
{
	(void)err;
	if (n >= 2)
		return -ENOENT;
	c->model.own = &guessed[n];
	return 0;
}

static void write_values(const struct tree *t)
{
	char path[64], hex[2 * SHA256_LEN + 1];
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	values_of_the_boot(pcrs);
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		snprintf(path, sizeof(path), PCR_VALUES_DIR "/%u", i);
		text_hex(pcrs[i], SHA256_LEN, hex);
		tree_write_text(t, path, hex);
	}
}

static void says_of(const struct tree *t, pcr_mask first, pcr_mask second, const char *differ)
{
	static const struct chain_loader row = { .model = &loader, .guess = guess };
	static const struct event_list no_keys;
	struct error err = ERROR_NONE;
	struct chain *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->machine = &t->machine;
	c->loader = &row;
	guessed[0].untouched = first;
	guessed[1].untouched = second;
	make_facts(&c->model, &c->platform, NULL);
	c->model.secureboot = &no_keys;
	assert_int_equal(no_log_recognize(c, &err), -EOPNOTSUPP);
	if (!strstr(err.text, differ))
		fail_msg("`%s' does not say `%s'", err.text, differ);
	event_list_free(&c->platform);
	free(c);
}

/* The firmware of this boot did something that no form has: PCR 4 never agrees. */
static void so_for_the_guesses(void **state)
{
	struct tree t;

	tree_make(&t);
	write_values(&t);
	says_of(&t, ONE, TWO, "(different at best: 4, 14)");
	says_of(&t, TWO, ONE, "(different at best: 4, 14)");
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_pcrs_and_not_higher_ones),
		cmocka_unit_test(so_for_the_guesses),
	};

	return cmocka_run_group_tests_name("recognize", tests, NULL, NULL);
}
