/*
 * tpm_proxy OURS THEIRS: listens on the UNIX socket OURS and passes TPM commands on to swtpm's at THEIRS. For each
 * connection that ends it prints how many commands went through and how many microseconds passed between each
 * command's last byte and its response's: "13 9120". Runs until it is killed.
 */
#include <err.h>
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

static void serve(int client, int tpm)
{
	uint8_t message[MESSAGE_MAX];
	long long from, inside = 0;
	int commands = 0;
	size_t n;

	while ((n = read_message(client, message)) > 0) {
		from = now();
		write_message(tpm, message, n);
		n = read_message(tpm, message);
		if (n == 0)
			errx(1, "swtpm has gone");
		inside += now() - from;
		commands++;
		write_message(client, message, n);
	}
	printf("%d %lld\n", commands, inside);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address;
	int listener, client, tpm;

	if (argc != 3)
		errx(2, "usage: tpm_proxy OURS THEIRS");
	listener = unix_socket(argv[1], &address);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0)
		err(1, "%s", argv[1]);
	for (;;) {
		client = accept(listener, NULL, NULL);
		if (client < 0)
			err(1, "accept");
		tpm = unix_socket(argv[2], &address);
		if (connect(tpm, (struct sockaddr *)&address, sizeof(address)) < 0)
			err(1, "%s", argv[2]);
		serve(client, tpm);
		close(tpm);
		close(client);
	}
}
