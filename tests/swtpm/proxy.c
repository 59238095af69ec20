#include "proxy.h"

#include <stdbool.h>

static size_t proxy_read(int fd, uint8_t *at, size_t n)
{
	size_t done = 0;
	ssize_t r = 1;

	while (done < n && r > 0) {
		r = read(fd, at + done, n - done);
		done += r > 0 ? (size_t)r : 0;
	}
	return done;
}

/* 0 when the peer has gone */
static size_t proxy_message(int fd, uint8_t m[static 4096])
{
	size_t n;

	if (proxy_read(fd, m, 10) != 10)
		return 0;
	n = (size_t)m[4] << 8 | m[5];
	return n <= 4096 && proxy_read(fd, m + 10, n - 10) == n - 10 ? n : 0;
}

/* TPM_RC_FAILURE: Part 2, table 16 */
static const uint8_t proxy_failure[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x01 };

/* Where a listener keeps what it hears; -1 for none. */
static int proxy_tape = -1;

/* Before each answer. */
static unsigned int proxy_delay_ms;

static void proxy_hear(const uint8_t *m, size_t n)
{
	if (proxy_tape >= 0 && write(proxy_tape, m, n) != (ssize_t)n)
		_exit(1);
}

static void proxy_serve(int client, const struct swtpm *behind, uint32_t broken, int count_fd)
{
	static bool failed; /* the program may connect again */
	uint8_t m[4096];
	int server = swtpm_connect(behind);
	size_t n;

	while ((n = proxy_message(client, m)) > 0) {
		uint32_t command = (uint32_t)m[6] << 24 | m[7] << 16 | m[8] << 8 | m[9];

		if (write(count_fd, "", 1) != 1)
			_exit(1);
		proxy_hear(m, n);
		if (broken == PROXY_HANG)
			pause();
		if (broken == PROXY_STOP && !failed) {
			failed = true;
			raise(SIGSTOP);
		}
		if (command == broken || broken == PROXY_ALL ||
		    (!failed && broken != PROXY_STOP && (command | PROXY_FIRST) == broken)) {
			failed = true;
			memcpy(m, proxy_failure, sizeof(proxy_failure));
			n = sizeof(proxy_failure);
		} else if (write(server, m, n) != (ssize_t)n || (n = proxy_message(server, m)) == 0) {
			_exit(1);
		}
		proxy_hear(m, n);
		usleep(proxy_delay_ms * 1000);
		if (write(client, m, n) != (ssize_t)n)
			break;
	}
	close(server);
	close(client);
}

void proxy_start(struct proxy *p, const struct swtpm *behind, uint32_t broken)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char ours[120];
	int fds[2], listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(p->socket, sizeof(p->socket), "%s/proxy", behind->dir);
	snprintf(p->tcti, sizeof(p->tcti), "swtpm:path=%s", p->socket);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", p->socket);
	/* the control channel, which carries no TPM commands, is swtpm's own */
	snprintf(ours, sizeof(ours), "%s.ctrl", p->socket);
	unlink(ours);
	/* not by its whole path: a program in a chroot may have the directory elsewhere */
	assert_int_equal(symlink("tpm.ctrl", ours), 0);
	unlink(p->socket);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			proxy_serve(accept(listener, NULL, NULL), behind, broken, fds[1]);
	}
	close(listener);
	close(fds[1]);
	p->count_fd = fds[0];
}

void proxy_slow(struct proxy *p, const struct swtpm *behind, unsigned int ms)
{
	proxy_delay_ms = ms;
	proxy_start(p, behind, 0);
	proxy_delay_ms = 0;
}

size_t proxy_stop(struct proxy *p)
{
	char bytes[4096];
	ssize_t n;

	kill(p->pid, SIGTERM);
	waitpid(p->pid, NULL, 0);
	n = read(p->count_fd, bytes, sizeof(bytes));
	close(p->count_fd);
	unlink(p->socket);
	return n > 0 ? (size_t)n : 0;
}

void proxy_listen(struct proxy *p, const struct swtpm *behind, char tape[static 120])
{
	snprintf(tape, 120, "%s/tape", behind->dir);
	proxy_tape = open(tape, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	assert_true(proxy_tape >= 0);
	proxy_start(p, behind, 0);
	close(proxy_tape);
	proxy_tape = -1;
}
