#include "unlock_world.h"

#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

/* An empty volume with one passphrase, made once and copied for each test. */
static char world_image[] = "/tmp/bootseal-image-XXXXXX";

int world_make_image(void **state)
{
	char command[512];
	int fd = mkstemp(world_image);

	if (fd < 0 || ftruncate(fd, 20 << 20) < 0)
		return -1;
	close(fd);
	snprintf(command, sizeof(command),
		 "printf '" PASSPHRASE "' | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 "
				       "--pbkdf-force-iterations 1000 %s -",
		 world_image);
	return system(command);
}

int world_remove_image(void **state)
{
	return unlink(world_image);
}

const char *world_path(const struct world *w, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return path;
}

bool world_has(const struct world *w, const char *name)
{
	return file_exists(world_path(w, name));
}

char *world_read(const struct world *w, const char *name)
{
	struct buffer b = BUFFER_NONE;

	check_ok(file_read(world_path(w, name), 1 << 20, &err, &b));
	buffer_add_str(&b, "");
	return b.data ? buffer_steal(&b) : strdup("");
}

void world_is(const struct world *w, const char *name, const char *expected)
{
	char *text = world_read(w, name);

	assert_string_equal(text, expected);
	free(text);
}

bool world_is_null_link(const struct world *w, const char *name)
{
	char target[32] = "";

	return readlink(world_path(w, name), target, sizeof(target) - 1) > 0 &&
	       strcmp(target, "/dev/null") == 0;
}

void world_write(const struct world *w, const char *name, const char *fmt, ...)
{
	FILE *file = fopen(world_path(w, name), "w");
	va_list ap;

	assert_non_null(file);
	va_start(ap, fmt);
	vfprintf(file, fmt, ap);
	va_end(ap);
	fclose(file);
}

void world_remove(const struct world *w, const char *name)
{
	assert_int_equal(unlink(world_path(w, name)), 0);
}

void world_rename(const struct world *w, const char *from, const char *to)
{
	char old[PATH_MAX];

	strcpy(old, world_path(w, from));
	assert_int_equal(rename(old, world_path(w, to)), 0);
}

void world_write_anchor(const struct world *w)
{
	struct buffer text = BUFFER_NONE;

	assert_int_equal(anchor_format(&w->anchor, &text), 0);
	world_write(w, "anchor", "%s", buffer_str(&text));
	buffer_free(&text);
}

struct volume *world_volume(const struct world *w)
{
	struct volume *v;

	check_ok(volume_open(world_path(w, "image"), &err, &v));
	return v;
}

void world_write_token(struct world *w)
{
	struct volume *v = world_volume(w);

	check_ok(volume_token_write(v, w->token_id, &w->token, &err, &w->token_id));
	volume_close(v);
}

void world_remove_token(struct world *w)
{
	struct volume *v = world_volume(w);

	check_ok(volume_token_remove(v, w->token_id, &err));
	w->token_id = -1;
	volume_close(v);
}

void world_import_token(const struct world *w, const char *json)
{
	char command[PATH_MAX + 1024];

	snprintf(command, sizeof(command), "printf '%%s' '%s' | cryptsetup token import %s", json,
		 world_path(w, "image"));
	assert_int_equal(system(command), 0);
}

void world_open_tpm(struct world *w)
{
	if (!w->f.t)
		check_ok(tpm_open(w->f.swtpm.tcti, &err, &w->f.t));
}

void world_move_policy_of(struct world *w, const struct authority *a, const struct generation *g)
{
	uint8_t root[SHA256_LEN];

	world_open_tpm(w);
	assert_int_equal(policy_root(SAMPLE_PCRS, g->branch, g->branch_count, root), 0);
	check_ok(index_write(w->f.t, w->token.index_handle, a, root, &err));
}

void world_move_policy(struct world *w, const struct generation *g)
{
	world_move_policy_of(w, &w->f.authority, g);
}

void world_reseal_object(struct world *w, const char *text)
{
	struct secret key = SECRET_NONE;

	assert_int_equal(secret_new(strlen(text), &key), 0);
	memcpy(key.bytes, text, key.len);
	buffer_free(&w->f.object);
	check_ok(tpm_seal(w->f.t, &key, &w->f.index, &err, &w->f.object));
	memcpy(w->token.object, w->f.object.data, w->f.object.len);
	w->token.object_len = w->f.object.len;
	secret_free(&key);
}

static void world_setup_volume(struct world *w)
{
	struct secret passphrase = SECRET_NONE, key = SECRET_NONE;
	struct volume *v = world_volume(w);

	assert_int_equal(secret_new(strlen(PASSPHRASE), &passphrase), 0);
	memcpy(passphrase.bytes, PASSPHRASE, passphrase.len);
	assert_int_equal(secret_new(strlen(TEST_KEY), &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	check_ok(volume_keyslot_add(v, &passphrase, &key, &err, &w->token.keyslot));
	check_ok(volume_pin(v, w->token.keyslot, &err, w->anchor.target[0].volume_pin));
	strcpy(w->anchor.target[0].uuid, volume_uuid(v));
	secret_free(&passphrase);
	secret_free(&key);
	volume_close(v);
}

void world_setup(struct world *w)
{
	char command[256];

	*w = (struct world){ .token_id = -1 };
	snprintf(w->dir, sizeof(w->dir), "%s/bootseal-unlock-XXXXXX", swtpm_place());
	assert_non_null(mkdtemp(w->dir));
	snprintf(command, sizeof(command), "cp --sparse=always %s %s/image", world_image, w->dir);
	assert_int_equal(system(command), 0);
	fixture_setup(&w->f, 3, 1);
	w->token.srk = w->anchor.srk = w->f.srk;
	w->token.index = w->anchor.index = w->f.index;
	w->token.index_handle = w->anchor.index_handle = w->f.handle;
	w->token.mask = SAMPLE_PCRS;
	memcpy(w->token.object, w->f.object.data, w->f.object.len);
	w->token.object_len = w->f.object.len;
	w->token.generation_count = 1;
	w->token.generation[0].number = 1;
	w->token.generation[0].branch_count = w->f.branch_count;
	memcpy(w->token.generation[0].branch, w->f.branch, sizeof(w->f.branch));
	w->anchor.target_count = 1;
	strcpy(w->anchor.target[0].name, "root");
	world_setup_volume(w);
	world_write_token(w);
	world_write_anchor(w);
	world_write(w, "crypttab", "root %s/image none luks,discard\n", w->dir);
	world_write(w, "cmdline", "root=/dev/mapper/root ro quiet\n");
}

void world_add_data(struct world *w)
{
	struct anchor_target *t = &w->anchor.target[w->anchor.target_count++];
	struct volume *v;
	char command[512];

	strcpy(t->name, "data");
	strcpy(t->uuid, "01234567-89ab-cdef-0123-456789abcdef");
	snprintf(command, sizeof(command),
		 "cp --sparse=always %s/image %s/data && cryptsetup luksUUID -q --uuid %s %s/data", w->dir,
		 w->dir, t->uuid, w->dir);
	assert_int_equal(system(command), 0);
	check_ok(volume_open(world_path(w, "data"), &err, &v));
	check_ok(volume_pin(v, w->token.keyslot, &err, t->volume_pin));
	volume_close(v);
	world_write_anchor(w);
}

void world_teardown(struct world *w)
{
	char command[128];

	fixture_teardown(&w->f);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert_int_equal(system(command), 0);
	free(w->output);
}

/* What confirm reads; the pipe ends behind it. */
static int world_input(const char *text)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	return fds[0];
}

static void world_exec(const struct world *w, const char *tcti, int input, const char *command,
		       const char *name)
{
	const char *program = w->recorder ? w->recorder : getenv("BOOTSEAL_UNLOCK");
	char anchor[128], deployed[128], crypttab[128], cmdline[128], run_dir[128], sys[128], mounts[128];
	int out;

	snprintf(anchor, sizeof(anchor), "%s/anchor", w->dir);
	snprintf(deployed, sizeof(deployed), "%s/deployed", w->dir);
	snprintf(crypttab, sizeof(crypttab), "%s/crypttab", w->dir);
	snprintf(cmdline, sizeof(cmdline), "%s/cmdline", w->dir);
	snprintf(run_dir, sizeof(run_dir), "%s/run", w->dir);
	snprintf(sys, sizeof(sys), "%s/sys", w->dir);
	snprintf(mounts, sizeof(mounts), "%s/mounts", w->dir);
	out = open(world_path(w, "output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(input, 0);
	dup2(out, 1);
	dup2(out, 2);
	execl(program ? program : "build/bootseal-unlock", "bootseal-unlock", "--anchor", anchor,
	      "--deployed", deployed, "--crypttab", crypttab, "--cmdline", cmdline, "--run-dir", run_dir,
	      "--wait", w->wait ? w->wait : "100", "--sys", sys, "--mounts", mounts,
	      w->recorder ? "--wait=100" : "--test-open", "--tcti",
	      w->first_tcti ? w->first_tcti : tcti,
	      w->first_tcti ? "--tcti" : command, w->first_tcti ? tcti : name,
	      w->first_tcti ? command : NULL, name, (char *)NULL);
	_exit(127);
}

pid_t world_start(struct world *w, const char *tcti, const char *input, const char *command,
				const char *name)
{
	int fd = world_input(input);
	pid_t pid;

	tpm_close(w->f.t);
	w->f.t = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		world_exec(w, tcti ? tcti : w->f.swtpm.tcti, fd, command, name);
	close(fd);
	return pid;
}

int world_run_with(struct world *w, const char *tcti, const char *input, const char *command,
				 const char *name)
{
	pid_t pid = world_start(w, tcti, input, command, name);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(w->output);
	w->output = world_read(w, "output");
	if (!WIFEXITED(status))
		fail_msg("killed by signal %d: %s", WTERMSIG(status), w->output);
	assert_int_not_equal(WEXITSTATUS(status), 127);
	return WEXITSTATUS(status);
}

int world_run(struct world *w, const char *tcti, const char *command, const char *name)
{
	return world_run_with(w, tcti, "", command, name);
}

int world_confirm(struct world *w, const char *input)
{
	return world_run_with(w, NULL, input, "confirm", NULL);
}

void says(const struct world *w, const char *text)
{
	if (!strstr(w->output, text))
		fail_msg("expected \"%s\" in: %s", text, w->output);
}

void says_not(const struct world *w, const char *text)
{
	if (strstr(w->output, text))
		fail_msg("did not expect \"%s\" in: %s", text, w->output);
}

void leaves(const struct world *w, const char *text)
{
	char *json = world_read(w, "run/unlock.json");

	if (!strstr(json, text))
		fail_msg("expected %s in: %s", text, json);
	free(json);
}

char *opened_text(const struct world *w)
{
	static char text[512];
	char pin[2 * SHA256_LEN + 1];

	text_hex(w->anchor.target[0].volume_pin, SHA256_LEN, pin);
	snprintf(text, sizeof(text), "bootseal opened\nroot %s %s", w->anchor.target[0].uuid, pin);
	return text;
}

void window_is(struct world *w, const char *text)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], expected[SHA256_LEN] = { 0 }, event[SHA256_LEN];

	if (text) {
		assert_int_equal(hash_sha256(text, strlen(text), event), 0);
		assert_int_equal(hash_sha256_two(expected, SHA256_LEN, event, SHA256_LEN, expected), 0);
	}
	world_open_tpm(w);
	check_ok(tpm_pcrs(w->f.t, 1u << WINDOW_PCR, &err, pcrs));
	assert_memory_equal(pcrs[WINDOW_PCR], expected, SHA256_LEN);
}
