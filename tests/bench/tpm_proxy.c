/*
 * tpm_proxy OURS THEIRS: listens on the UNIX socket OURS and passes TPM commands on to swtpm's at THEIRS. For
 * each line on its standard input it prints how many commands went through since the last one and how many
 * microseconds passed between each command's last byte and its response's: "13 9120". Ends with its input.
 */
#include <err.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEADER_LEN 10 /* tag, size, command or response code: TPM 2.0 part 1, 18.2 */
#define MESSAGE_MAX 4096

static int unix_socket(const char *path, struct sockaddr_un *ret)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		err(1, "socket");
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		errx(1, "%s: too long", path);
	strcpy(ret->sun_path, path);
	return fd;
}

static size_t read_all(int fd, uint8_t *at, size_t n)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		r = read(fd, at + done, n - done);
		if (r <= 0)
			break;
		done += r;
	}
	return done;
}

/* One message, whose length is in its header; 0 when the connection has ended. */
static size_t read_message(int fd, uint8_t message[static MESSAGE_MAX])
{
	size_t n;

	if (read_all(fd, message, HEADER_LEN) != HEADER_LEN)
		return 0;
	n = (size_t)message[2] << 24 | message[3] << 16 | message[4] << 8 | message[5];
	if (n < HEADER_LEN || n > MESSAGE_MAX)
		errx(1, "a message of %zu bytes", n);
	return read_all(fd, message + HEADER_LEN, n - HEADER_LEN) == n - HEADER_LEN ? n : 0;
}

static void write_message(int fd, const uint8_t *message, size_t n)
{
	if (write(fd, message, n) != (ssize_t)n)
		err(1, "write");
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

struct totals {
	int commands;
	long long inside; /* microseconds */
};

static void serve(int client, int tpm, struct totals *totals)
{
	uint8_t message[MESSAGE_MAX];
	long long from;
	size_t n;

	while ((n = read_message(client, message)) > 0) {
		from = now();
		write_message(tpm, message, n);
		n = read_message(tpm, message);
		if (n == 0)
			errx(1, "swtpm has gone");
		totals->inside += now() - from;
		totals->commands++;
		write_message(client, message, n);
	}
}

static void serve_one(int listener, const char *theirs, struct totals *totals)
{
	struct sockaddr_un address;
	int client, tpm;

	client = accept(listener, NULL, NULL);
	if (client < 0)
		err(1, "accept");
	tpm = unix_socket(theirs, &address);
	if (connect(tpm, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "%s", theirs);
	serve(client, tpm, totals);
	close(tpm);
	close(client);
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };
	struct sockaddr_un address;
	struct pollfd wait[2];
	char line[16];
	int listener;

	if (argc != 3)
		errx(2, "usage: tpm_proxy OURS THEIRS");
	listener = unix_socket(argv[1], &address);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 8) < 0)
		err(1, "%s", argv[1]);
	wait[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	wait[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (;;) {
		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		/* what was sent before the question counts, so connections come first */
		if (wait[0].revents) {
			serve_one(listener, argv[2], &totals);
			continue;
		}
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		printf("%d %lld\n", totals.commands, totals.inside);
		fflush(stdout);
		totals = (struct totals){ 0 };
	}
}
