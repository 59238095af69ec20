#include "machine/record/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"
#include "seal/json.h"
#include "seal/json_write.h"

static int damaged(const char *member, struct error *err)
{
	return error_set(err, -EBADMSG,
			 STATE_PATH ": '%s' is missing or invalid; 'bootseal enroll' writes a new file",
			 member);
}

static bool get_volumes(struct json_object *o, struct state *s)
{
	struct json_object *a, *v;

	if (!json_member_array(o, "volumes", TARGET_MAX, &a, &s->volume_count))
		return false;
	for (size_t i = 0; i < s->volume_count; i++) {
		v = json_list_at(a, i);
		if (!json_member_text(v, "name", sizeof(s->volume[i].name), s->volume[i].name) ||
		    !json_member_text(v, "uuid", sizeof(s->volume[i].uuid), s->volume[i].uuid))
			return false;
	}
	return true;
}

static bool get_branches(struct json_object *o, struct state *s)
{
	struct json_object *a, *v;
	char hex[2 * SHA256_LEN + 1];
	uint64_t id;

	if (!json_member_array(o, "branches", BRANCH_MAX, &a, &s->branch_count))
		return false;
	for (size_t i = 0; i < s->branch_count; i++) {
		v = json_list_at(a, i);
		if (!json_member_number(v, "id", UINT32_MAX, &id) ||
		    !json_member_text(v, "label", sizeof(s->branch[i].label), s->branch[i].label) ||
		    !json_member_text(v, "composite", sizeof(hex), hex) ||
		    text_unhex(hex, strlen(hex), s->branch[i].composite, SHA256_LEN) < 0)
			return false;
		s->branch[i].id = id;
	}
	return true;
}

/* Absent from files of before it was kept. */
static bool get_attempts(struct json_object *o, struct state *s)
{
	struct json_object *a;
	uint64_t n;

	if (!json_has(o, "failed_boot_options"))
		return true;
	if (!json_member_array(o, "failed_boot_options", ATTEMPTS_MAX, &a, &s->attempts.n))
		return false;
	for (size_t i = 0; i < s->attempts.n; i++) {
		if (!json_number(json_list_at(a, i), UINT8_MAX, &n))
			return false;
		s->attempts.failed[i] = n;
	}
	return true;
}

static bool get_time(struct json_object *o, const char *name, int64_t *ret)
{
	uint64_t n;

	if (!json_member_number(o, name, INT64_MAX, &n))
		return false;
	*ret = n;
	return true;
}

static int parse(struct json_object *o, struct error *err, struct state *s)
{
	uint64_t n;

	if (!json_member_number(o, "version", 1, &n) || n != 1)
		return damaged("version", err);
	if (!get_volumes(o, s))
		return damaged("volumes", err);
	if (!json_member_number(o, "pcrs", UINT32_MAX, &n))
		return damaged("pcrs", err);
	s->mask = n;
	if (!json_member_number(o, "generation", UINT32_MAX, &n))
		return damaged("generation", err);
	s->generation = n;
	/*
	 * a policy selects the window's PCR and at least one more; without one `explain` would compare
	 * nothing
	 */
	if (s->mask & ~PCR_ALL || (n > 0 && (!(s->mask & PCR(WINDOW_PCR)) || s->mask == PCR(WINDOW_PCR))))
		return damaged("pcrs", err);
	if (!get_time(o, "sealed_at", &s->sealed_at))
		return damaged("sealed_at", err);
	if (!get_branches(o, s))
		return damaged("branches", err);
	if (!get_attempts(o, s))
		return damaged("failed_boot_options", err);
	if (!get_time(o, "failed_at", &s->failed_at))
		return damaged("failed_at", err);
	s->failed = s->failed_at != 0;
	if (!json_member_text(o, "failure", sizeof(s->failure), s->failure))
		return damaged("failure", err);
	return 0;
}

/* Its own time is the file's. */
static void add_noted(const struct machine *m, struct state *s)
{
	struct buffer text = BUFFER_NONE;
	struct stat st;
	int fd = -1;

	if (machine_read(m, FAILURE_PATH, sizeof(s->failure), NULL, &text) == 0 &&
	    (fd = machine_find(m, FAILURE_PATH, 0)) >= 0 && fstat(fd, &st) == 0) {
		s->failed = true;
		s->failed_at = st.st_mtime;
		snprintf(s->failure, sizeof(s->failure), "%.*s", (int)strcspn(buffer_str(&text), "\n"),
			 buffer_str(&text));
	}
	if (fd >= 0)
		close(fd);
	buffer_free(&text);
}

void state_note_failure(const struct machine *m, const char *why)
{
	char path[PATH_MAX], line[sizeof(((struct state *)NULL)->failure)];
	int n = snprintf(line, sizeof(line) - 1, "%s", why);

	if (n < 0 || machine_path(m, FAILURE_PATH, path) < 0)
		return;
	strcpy(line + strlen(line), "\n");
	file_replace(path, line, strlen(line), 0600, NULL);
}

static void forget_noted(const struct machine *m)
{
	char path[PATH_MAX];

	if (machine_path(m, FAILURE_PATH, path) == 0)
		unlink(path);
}

int state_load(const struct machine *m, struct error *err, struct state *ret)
{
	struct json_object *o = NULL;
	struct buffer text = BUFFER_NONE;
	struct state s = { 0 };
	int r;

	r = machine_read(m, STATE_PATH, STATE_MAX_LEN, err, &text);
	if (r == -ENOENT)
		r = error_set(err, -ENODATA, STATE_PATH " is missing: this machine is not enrolled, or not "
			      "completely; run 'bootseal enroll'");
	if (r < 0)
		goto out;
	r = json_read(buffer_str(&text), text.len, err, &o);
	if (r < 0) {
		r = error_set(err, -EBADMSG, STATE_PATH ": not JSON; 'bootseal enroll' writes a new file");
		goto out;
	}
	r = parse(o, err, &s);
	if (r == 0) {
		add_noted(m, &s);
		*ret = s;
	}
out:
	json_free(o);
	buffer_free(&text);
	return r;
}

static struct json_object *volumes_json(const struct state *s)
{
	struct json_object *a = json_new_list(), *v;

	for (size_t i = 0; i < s->volume_count; i++) {
		v = json_new_object();
		json_put_text(v, "name", s->volume[i].name);
		json_put_text(v, "uuid", s->volume[i].uuid);
		json_list_add(a, v);
	}
	return a;
}

static struct json_object *branches_json(const struct state *s)
{
	struct json_object *a = json_new_list(), *v;
	char hex[2 * SHA256_LEN + 1];

	for (size_t i = 0; i < s->branch_count; i++) {
		v = json_new_object();
		json_put_number(v, "id", s->branch[i].id);
		json_put_text(v, "label", s->branch[i].label);
		text_hex(s->branch[i].composite, SHA256_LEN, hex);
		json_put_text(v, "composite", hex);
		json_list_add(a, v);
	}
	return a;
}

static struct json_object *attempts_json(const struct state *s)
{
	struct json_object *a = json_new_list();

	for (size_t i = 0; i < s->attempts.n; i++)
		json_list_add(a, json_new_number(s->attempts.failed[i]));
	return a;
}

int state_make_dir(const struct machine *m, struct error *err)
{
	char path[PATH_MAX];
	int r;

	r = machine_path(m, MACHINE_STATE_DIR, path);
	return r < 0 ? r : file_mkdir(path, 0700, err);
}

int state_save(const struct machine *m, const struct state *s, struct error *err)
{
	struct json_object *o = json_new_object();
	char path[PATH_MAX];
	const char *text;
	int r;

	json_put_number(o, "version", 1);
	json_put_member(o, "volumes", volumes_json(s));
	json_put_number(o, "pcrs", s->mask);
	json_put_number(o, "generation", s->generation);
	json_put_number(o, "sealed_at", s->sealed_at);
	json_put_member(o, "branches", branches_json(s));
	json_put_member(o, "failed_boot_options", attempts_json(s));
	json_put_number(o, "failed_at", s->failed ? s->failed_at : 0);
	json_put_text(o, "failure", s->failed ? s->failure : "");
	text = json_text(o, JSON_PRETTY_SPACED);
	r = state_make_dir(m, err);
	if (r == 0)
		r = machine_path(m, STATE_PATH, path);
	if (r == 0)
		r = text ? file_replace(path, text, strlen(text), 0600, err) : -ENOMEM;
	if (r == 0)
		forget_noted(m);
	json_free(o);
	return r;
}
