#include "root_door.h"

#include <grp.h>
#include <signal.h>
#include <sys/wait.h>

#include "machine/branches.h"
#include "machine/chain/sealed.h"
#include "machine/record/state.h"
#include "machine_sample.h"

#define NOBODY 65534
#define PATIENCE 30 /* seconds */

void door_open(struct door *d, const char *argv0)
{
	char path[PATH_MAX];

	*d = (struct door){ .said = BUFFER_NONE };
	snprintf(path, sizeof(path), "%s", argv0);
	for (int i = 0; i < 3 && strrchr(path, '/'); i++)
		*strrchr(path, '/') = '\0';
	strcat(path, "/bootseal");
	d->program = open(path, O_RDONLY | O_CLOEXEC);
	if (d->program < 0) {
		fprintf(stderr, "%s: not built\n", path);
		abort();
	}
}

void door_close(struct door *d)
{
	close(d->program);
	buffer_free(&d->said);
}

static void exec_it(const struct door *d, const char *dir, const char *command)
{
	char words[1024], *rest = words, *argv[32] = { (char *)"bootseal" };
	size_t n = 1;

	snprintf(words, sizeof(words), "%s", command);
	while ((argv[n] = strsep(&rest, " ")))
		n++;
	if (dir) {
		argv[n++] = (char *)"--root";
		argv[n++] = (char *)dir;
		argv[n] = NULL;
	}
	if (geteuid() == 0 && !d->as_root &&
	    (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(126);
	alarm(PATIENCE);
	fexecve(d->program, argv, environ);
	_exit(127);
}

int door_run(struct door *d, const char *dir, const char *command)
{
	uint8_t piece[4096];
	int status, out[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		exec_it(d, dir, command);
	}
	close(out[1]);
	d->said.len = 0;
	while ((n = read(out[0], piece, sizeof(piece))) > 0)
		buffer_add(&d->said, piece, n);
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool door_said(const struct door *d, const char *text)
{
	return strstr(buffer_str(&d->said), text);
}

static struct buffer *listing;

static int list_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	char target[PATH_MAX] = "";
	ssize_t n;

	if (type == FTW_SL && (n = readlink(path, target, sizeof(target) - 1)) >= 0)
		target[n] = '\0';
	buffer_addf(listing, "%s %o %lld %s %lld.%09ld %lld.%09ld\n", path, st->st_mode,
		    (long long)st->st_size, target, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		    (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	return 0;
}

void door_state(const char *dir, struct buffer *ret)
{
	ret->len = 0;
	listing = ret;
	if (nftw(dir, list_one, 16, FTW_PHYS) < 0)
		abort();
}

static void die(const struct error *err)
{
	fprintf(stderr, "%s\n", err->text);
	abort();
}

void door_seal(const struct tree *t)
{
	const struct forecast_options o = { .trust = TRUST_UNJUDGED };
	const struct forecast_path *path[BRANCH_MAX];
	struct prediction_record p = { .generation = 7 };
	struct state s = { .generation = 7 };
	struct forecast f = FORECAST_NONE;
	struct error err = ERROR_NONE;
	struct branch branch[BRANCH_MAX];
	struct chain *c = NULL;

	if (chain_load(&t->machine, &err, &c) < 0 || chain_forecast(c, &o, &err, &f) < 0)
		die(&err);
	s.mask = chain_pcrs(c);
	s.branch_count = f.path_count;
	if (branches_from_forecast(&f, s.mask, branch, path) < 0)
		abort();
	for (size_t i = 0; i < f.path_count; i++) {
		s.branch[i].id = branch[i].id;
		memcpy(s.branch[i].composite, branch[i].composite, SHA256_LEN);
		p.path[p.n++] = (struct recorded_path){ .label = path[i]->label, .events = path[i]->events };
	}
	tree_write_text(t, "/var/lib/bootseal/x", "");
	tree_unlink(t, "/var/lib/bootseal/x");
	if (state_save(&t->machine, &s, &err) < 0 || sealed_save(&t->machine, &p, &err) < 0)
		die(&err);
	forecast_free(&f);
	chain_free(c);
}

void door_write_pcrs(const struct tree *t, const char *path)
{
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN];
	struct eventlog log = EVENTLOG_NONE;
	struct buffer bytes = BUFFER_NONE;
	char hex[2 * SHA256_LEN + 1];
	struct error err = ERROR_NONE;
	struct reader r;
	FILE *f;

	if (machine_read(&t->machine, EVENTLOG_PATH, EVENTLOG_MAX_LEN, &err, &bytes) < 0)
		die(&err);
	r = reader_new(bytes.data, bytes.len);
	if (eventlog_parse(&r, &err, &log) < 0)
		die(&err);
	f = fopen(path, "w");
	if (!f || eventlog_replay(&log, eventlog_bank_find(&log, HASH_SHA256), pcrs) < 0)
		abort();
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		text_hex(pcrs[i], SHA256_LEN, hex);
		fprintf(f, "%u %s\n", i, hex);
	}
	fclose(f);
	chmod(path, 0644);
	eventlog_free(&log);
	buffer_free(&bytes);
}
