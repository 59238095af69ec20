/*
 * A machine as bootseal-unlock sees it: a TPM with a boot in it, a LUKS2 volume in a file, anchor, crypttab,
 * command line and run directory, all in one temporary directory.
 */
#ifndef TESTS_UNLOCK_WORLD_H
#define TESTS_UNLOCK_WORLD_H

#include "fixture.h"

#include <limits.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "seal/anchor.h"
#include "seal/token.h"
#include "seal/volume.h"

struct world {
	struct fixture f;
	char dir[64];
	struct anchor anchor;
	struct token token;
	int token_id;
	const char *first_tcti; /* of another TPM, which comes first; NULL for none */
	const char *recorder; /* run instead of bootseal-unlock, without --test-open; NULL for none */
	const char *wait; /* milliseconds, for devices; NULL for a few */
	char *output; /* of the last run */
};

#define PASSPHRASE "a passphrase"

int world_make_image(void **state);
int world_remove_image(void **state);
const char *world_path(const struct world *w, const char *name);
bool world_has(const struct world *w, const char *name);
char *world_read(const struct world *w, const char *name);
void world_is(const struct world *w, const char *name, const char *expected);
bool world_is_null_link(const struct world *w, const char *name);
void world_write(const struct world *w, const char *name, const char *fmt, ...) __attribute__((format(printf,
		 3, 4)));
void world_remove(const struct world *w, const char *name);
void world_rename(const struct world *w, const char *from, const char *to);
void world_write_anchor(const struct world *w);
struct volume *world_volume(const struct world *w);
void world_write_token(struct world *w);
void world_remove_token(struct world *w);
/* Whatever the JSON says, as long as libcryptsetup takes it for a token. */
void world_import_token(const struct world *w, const char *json);
/* The program under test is the TPM's only user while it runs. */
void world_open_tpm(struct world *w);
void world_move_policy_of(struct world *w, const struct authority *a, const struct generation *g);
void world_move_policy(struct world *w, const struct generation *g);
void world_reseal_object(struct world *w, const char *text);
/* One volume "root", three sealed boot paths of which the second is this boot (id 101), generation 1. */
void world_setup(struct world *w);
/*
 * A second volume "data" in the file data: the same token and keyslots, but another UUID and so another pin.
 */
void world_add_data(struct world *w);
void world_teardown(struct world *w);
pid_t world_start(struct world *w, const char *tcti, const char *input, const char *command,
		  const char *name);
int world_run_with(struct world *w, const char *tcti, const char *input, const char *command,
		   const char *name);
int world_run(struct world *w, const char *tcti, const char *command, const char *name);
int world_confirm(struct world *w, const char *input);
void says(const struct world *w, const char *text);
void says_not(const struct world *w, const char *text);
/* The result file of the boot has it. */
void leaves(const struct world *w, const char *text);
char *opened_text(const struct world *w);
/* PCR 15 is what a verifier computes from that text alone; zero for NULL. */
void window_is(struct world *w, const char *text);

#endif
