#include "swtpm.h"

int swtpm_connect(const struct swtpm *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", s->socket);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void swtpm_run(struct swtpm *s)
{
	char state[96], server[128], ctrl[128], log[96];

	snprintf(state, sizeof(state), "dir=%s", s->dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s", s->socket);
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s.ctrl", s->socket);
	snprintf(log, sizeof(log), "file=%s/log,level=1", s->dir);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves nothing behind */
		execlp("swtpm", "swtpm", "socket", "--tpmstate", state, "--server", server,
		       "--ctrl", ctrl, "--log", log, "--flags", "not-need-init,startup-clear",
		       s->is_12 ? (char *)NULL : "--tpm2", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000; i++) {
		int fd = swtpm_connect(s);

		if (fd >= 0) {
			close(fd);
			return;
		}
		assert_int_equal(waitpid(s->pid, NULL, WNOHANG), 0);
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	fail_msg("swtpm does not listen at %s", s->socket);
}

void swtpm_end(struct swtpm *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

const char *swtpm_place(void)
{
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static void start(struct swtpm *s)
{
	snprintf(s->dir, sizeof(s->dir), "%s/bootseal-swtpm-XXXXXX", swtpm_place());
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->socket, sizeof(s->socket), "%s/tpm", s->dir);
	snprintf(s->tcti, sizeof(s->tcti), "swtpm:path=%s", s->socket);
	swtpm_run(s);
}

void swtpm_start(struct swtpm *s)
{
	*s = (struct swtpm){ .pid = 0 };
	start(s);
}

void swtpm_start_12(struct swtpm *s)
{
	*s = (struct swtpm){ .is_12 = true };
	start(s);
}

/* Sends whole bytes to one of its two sockets and reads the answer. */
static size_t swtpm_ask(const char *path, const uint8_t *command, size_t n, uint8_t *answer, size_t max)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t got;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(write(fd, command, n), n);
	got = read(fd, answer, max);
	assert_true(got > 0);
	close(fd);
	return got;
}

void swtpm_reboot(struct swtpm *s)
{
	/*
	 * swtpm_ioctls(3): CMD_INIT without flags on the control channel; then TPM2_Startup(CLEAR), as
	 * firmware does
	 */
	static const uint8_t init[] = { 0, 0, 0, 2, 0, 0, 0, 0 };
	static const uint8_t startup[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0 };
	uint8_t answer[16];
	char ctrl[96];

	snprintf(ctrl, sizeof(ctrl), "%s.ctrl", s->socket);
	assert_int_equal(swtpm_ask(ctrl, init, sizeof(init), answer, sizeof(answer)), 4);
	assert_memory_equal(answer, "\0\0\0\0", 4);
	assert_int_equal(swtpm_ask(s->socket, startup, sizeof(startup), answer, sizeof(answer)), 10);
	assert_memory_equal(answer + 6, "\0\0\0\0", 4);
}

void swtpm_stop(struct swtpm *s)
{
	struct dirent *e;
	DIR *d;

	swtpm_end(s);
	d = s->dir[0] ? opendir(s->dir) : NULL;
	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(s->dir);
	s->dir[0] = '\0';
}

size_t swtpm_command(const struct swtpm *s, const uint8_t *command, size_t n, uint8_t *answer,
				   size_t max)
{
	size_t got = 0;
	int fd = swtpm_connect(s);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, command, n), n);
	while (got < 10 || got < ((size_t)answer[4] << 8 | answer[5])) {
		ssize_t r = read(fd, answer + got, max - got);

		assert_true(r > 0);
		got += r;
	}
	close(fd);
	assert_memory_equal(answer + 6, "\0\0\0\0", 4);
	return got;
}

void swtpm_extend(const struct swtpm *s, unsigned int pcr, const uint8_t digest[static 32])
{
	uint8_t c[65] = {
		0x80, 0x02, 0, 0, 0,	65,   0, 0, 0x01, 0x82, 0, 0, 0, pcr,
		0,    0,    0, 9, 0x40, 0,    0, 9, 0,	  0,	0, 0, 0, /* password session, empty */
		0,    0,    0, 1, 0,	0x0b,
	};
	uint8_t answer[64];

	memcpy(c + 33, digest, 32);
	swtpm_command(s, c, sizeof(c), answer, sizeof(answer));
}

void swtpm_pcr(const struct swtpm *s, unsigned int pcr, uint8_t ret[static 32])
{
	uint8_t c[20] = { 0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1, 0, 0x0b, 3 };
	uint8_t answer[128];

	c[17 + pcr / 8] = 1u << pcr % 8;
	/* header 10, counter 4, selection 10, count 4, length 2 */
	assert_int_equal(swtpm_command(s, c, sizeof(c), answer, sizeof(answer)), 62);
	memcpy(ret, answer + 30, 32);
}

unsigned int swtpm_handles(const struct swtpm *s, uint8_t kind)
{
	const uint8_t c[] = {
		0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0, 1, kind, 0, 0, 0, 0, 0, 0, 64,
	};
	uint8_t answer[512];

	swtpm_command(s, c, sizeof(c), answer, sizeof(answer));
	return answer[18]; /* header 10, moreData 1, capability 4, count 4 */
}
