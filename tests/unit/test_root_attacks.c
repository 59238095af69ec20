/*
 * `bootseal --root` of a tree that somebody made: it leads nowhere else, is not written to, and keeps no
 * command waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "root_tree.h"

enum { PREDICT, CALIBRATE, CHECK, EVENTLOG };
static const char *const commands[] = {
	[PREDICT] = "predict --all --events",
	[CALIBRATE] = "calibrate",
	[CHECK] = "check",
	[EVENTLOG] = "eventlog",
};

/* Not even root writes there, and a tree that nobody can write to is as good. */
static void nothing_is_written(void **state)
{
	struct buffer before = BUFFER_NONE, after = BUFFER_NONE;
	char command[128];

	/* a verdict of this boot, which this machine would keep */
	snprintf(command, sizeof(command), "mkdir -p %s/run/bootseal", tree.root);
	assert_int_equal(system(command), 0);
	for (int as_root = 0; as_root < 2; as_root++) {
		door.as_root = as_root;
		door_state(tree.root, &before);
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			expect_said(with_pcrs(commands[i]), 0, NULL);
		door_state(tree.root, &after);
		assert_string_equal(buffer_str(&before), buffer_str(&after));
	}
	door.as_root = false;
	snprintf(command, sizeof(command), "chmod -R a-w %s", tree.root);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect_said(with_pcrs(commands[i]), 0, NULL);
	snprintf(command, sizeof(command), "chmod -R u+w %s", tree.root);
	assert_int_equal(system(command), 0);
	buffer_free(&before);
	buffer_free(&after);
}

#define FILES_SEEN_MAX 64

static char seen[FILES_SEEN_MAX][128]; /* below the root */
static size_t seen_count;

static int see_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	if (type != FTW_D && seen_count < FILES_SEEN_MAX)
		snprintf(seen[seen_count++], sizeof(seen[0]), "%s", path + strlen(tree.root));
	return 0;
}

static void see_files(void)
{
	seen_count = 0;
	assert_int_equal(nftw(tree.root, see_one, 16, FTW_PHYS), 0);
	assert_in_range(seen_count, 20, FILES_SEEN_MAX - 1);
}

static void make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), dir = open(tree.root, O_PATH | O_DIRECTORY);

	/* a name in a socket's address is short */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", tree.root);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(rename(addr.sun_path, path), 0);
	close(fd);
	close(dir);
}

static void spoil(const char *path, unsigned how)
{
	FILE *f;

	switch (how) {
	case 0: /* empty */
	case 1: /* sparse */
		f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
		if (how == 1)
			assert_int_equal(truncate(path, 1ll << 36), 0);
		break;
	case 2:
		assert_int_equal(mkdir(path, 0755), 0);
		break;
	case 3:
		assert_int_equal(mkfifo(path, 0644), 0);
		break;
	case 4:
		make_socket(path);
		break;
	case 5: /* a circle */
		assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0);
		break;
	case 6:
		f = fopen(path, "w");
		for (int i = 0; i < 3000; i++)
			fputc(i * 167 % 256, f);
		fclose(f);
		break;
	}
}

#define WAYS 7

static void wrong_files_end_it_well(void **state)
{
	char path[PATH_MAX], away[PATH_MAX];
	int code;

	see_files();
	snprintf(away, sizeof(away), "%.90s.away", tree.root);
	for (size_t i = 0; i < seen_count; i++) {
		tree_path(&tree, seen[i], path);
		assert_int_equal(rename(path, away), 0);
		for (unsigned how = 0; how < WAYS; how++) {
			spoil(path, how);
			for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
				/* eventlog reads no other file, predict none that check does not */
				if ((k == EVENTLOG || k == PREDICT) &&
				    strcmp(seen[i], EVENTLOG_PATH) != 0)
					continue;
				code = door_run(&door, tree.root, commands[k]);
				if (code != 0 && code != 1 && code != 3 && code != 5 && code != 6)
					fail_msg("%s, %u: %s: %d: %s", seen[i], how, commands[k], code,
						 buffer_str(&door.said));
				assert_true(code == 0 || door.said.len > 0);
			}
			assert_int_equal(remove(path), 0);
		}
		assert_int_equal(rename(away, path), 0);
	}
}

/* The event log as a FIFO, by name: nothing waits for a writer. */
static void a_fifo_is_not_waited_for(void **state)
{
	char path[PATH_MAX];

	tree_path(&tree, EVENTLOG_PATH, path);
	unlink(path);
	assert_int_equal(mkfifo(path, 0644), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect_said(commands[i], 1, EVENTLOG_PATH ": not a regular file");
}

#define LONG_AGO 1000000000

static void set_read_time(const char *path)
{
	const struct timespec times[2] = { { .tv_sec = LONG_AGO }, { .tv_nsec = UTIME_OMIT } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool was_read(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_atim.tv_sec != LONG_AGO;
}

/* A file that an absolute link of the tree names is not read, though it has what should be there. */
static void links_lead_nowhere_else(void **state)
{
	char path[PATH_MAX], away[PATH_MAX];
	struct stat st;
	FILE *f;

	see_files();
	snprintf(away, sizeof(away), "%.90s.away", tree.root);
	/* where reading leaves no trace nothing can be seen */
	tree_path(&tree, M_CFG, path);
	set_read_time(path);
	f = fopen(path, "r");
	fgetc(f);
	fclose(f);
	if (!was_read(path)) {
		print_message("# this file system does not note reads\n");
		skip();
	}
	for (size_t i = 0; i < seen_count; i++) {
		tree_path(&tree, seen[i], path);
		assert_int_equal(lstat(path, &st), 0);
		if (!S_ISREG(st.st_mode))
			continue;
		assert_int_equal(rename(path, away), 0);
		assert_int_equal(symlink(away, path), 0);
		set_read_time(away);
		door.as_root = true;
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
			door_run(&door, tree.root, commands[k]);
			if (was_read(away))
				fail_msg("%s led out of the tree: %s", seen[i], commands[k]);
		}
		door.as_root = false;
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rename(away, path), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		with_tree(nothing_is_written),
		with_tree(wrong_files_end_it_well),
		with_tree(a_fifo_is_not_waited_for),
		with_tree(links_lead_nowhere_else),
	};
	int failed;

	door_open(&door, argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	door_close(&door);
	return failed;
}
