#include "cli/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"

bool root_take(int c, const char *arg, struct root_options *o)
{
	if (c == 'R')
		o->root = arg;
	else if (c == 'P')
		o->pcrs = arg;
	else
		return false;
	return true;
}

int root_machine(const char *command, const struct root_options *o, const char *other, struct machine *ret)
{
	struct error err = ERROR_NONE;
	int r;

	if (o->root && other) {
		log_say("%s: %s is about this machine, --root about another one", command, other);
		return cli_usage(command, NULL);
	}
	if (o->pcrs && !o->root) {
		log_say("%s: --pcrs goes with --root; this machine's TPM is asked itself", command);
		return cli_usage(command, NULL);
	}
	if (!o->root && !cli_need_root(command))
		return EXIT_FAILED;
	r = o->root ? machine_init_collected(o->root, &err, ret) : machine_init(NULL, &err, ret);
	if (r < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return -1;
}

/* A pipe is read, but a FIFO is not waited for until somebody writes to it. */
static int read_text(const char *name, struct error *err, struct buffer *ret)
{
	int fd, r;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s", name, strerror(errno));
	if (fcntl(fd, F_SETFL, 0) < 0)
		r = error_set(err, -errno, "%s: cannot read: %s", name, strerror(errno));
	else
		r = file_read_fd(fd, name, PCR_VALUES_MAX_LEN, err, ret);
	close(fd);
	return r;
}

int root_pcrs(const struct root_options *o, struct error *err, struct pcr_values *ret)
{
	struct buffer bytes = BUFFER_NONE;
	struct reader text;
	int r;

	if (!o->pcrs)
		return 0;
	r = read_text(o->pcrs, err, &bytes);
	if (r < 0)
		return r;
	text = reader_new(bytes.data, bytes.len);
	r = pcr_values_parse(&text, o->pcrs, err, ret);
	buffer_free(&bytes);
	return r < 0 ? r : 1;
}
