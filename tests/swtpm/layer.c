#include "layer.h"

const char *const fault_how_name[HOWS] = { "once", "from there on", "at every such command" };

bool fault_waits(const struct fault *f, enum fault_how how)
{
	return f->kind == FAULT_SILENT || f->kind == FAULT_SIZE_MORE || f->kind == FAULT_CUT_LYING ||
	       (f->kind == FAULT_CODE && f->bridged && how != HOW_ONCE);
}

/* In its own process: a test that sees a dead TPM is to know that it was not the program's doing. */
static _Noreturn void layer_die(const char *what)
{
	fprintf(stderr, "# the layer before swtpm ends: %s: %m\n", what);
	_exit(1);
}

static bool layer_read(int fd, uint8_t *at, size_t n)
{
	while (n > 0) {
		ssize_t r = read(fd, at, n);

		if (r <= 0)
			return false;
		at += r;
		n -= (size_t)r;
	}
	return true;
}

static bool layer_message(int fd, struct answer *m)
{
	if (!layer_read(fd, m->b, 10))
		return false;
	m->n = fault_be32(m->b + 2);
	return m->n >= 10 && m->n <= sizeof(m->b) && layer_read(fd, m->b + 10, m->n - 10);
}

static void layer_open_terminal(struct layer *l)
{
	struct terminal *n = &l->now;
	char link[100];
	struct termios t;

	n->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (n->fd < 0 || grantpt(n->fd) < 0 || unlockpt(n->fd) < 0)
		layer_die("a new terminal");
	n->held = open(ptsname(n->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (n->held < 0 || tcgetattr(n->held, &t) < 0)
		layer_die("the terminal's other end");
	cfmakeraw(&t);
	snprintf(link, sizeof(link), "%s.new", l->device_path);
	if (tcsetattr(n->held, TCSANOW, &t) < 0 || symlink(ptsname(n->fd), link) < 0 ||
	    rename(link, l->device_path) < 0)
		layer_die(link);
}

static void layer_close_terminal(struct terminal *t)
{
	if (t->fd < 0)
		return;
	close(t->fd);
	close(t->held);
	t->fd = t->held = -1;
}

/* A program that opens it again finds no unread answer, as with the kernel's driver. */
static void layer_new_terminal(struct layer *l)
{
	layer_close_terminal(&l->before);
	l->before = l->now;
	layer_open_terminal(l);
}

static void layer_forward(const struct layer *l, struct answer *m)
{
	int fd = swtpm_connect(l->behind);

	if (fd < 0 || write(fd, m->b, m->n) != (ssize_t)m->n || !layer_message(fd, m))
		layer_die("the command for swtpm");
	close(fd);
}

static bool layer_hits(struct layer_shared *s, unsigned int nth, uint32_t code)
{
	if (s->fault.kind == FAULT_NONE)
		return false;
	if (nth == s->at && s->how == HOW_SAME)
		s->same = code;
	return s->how == HOW_ONCE ? nth == s->at
	       : s->how == HOW_ON ? nth >= s->at
				  : s->same != 0 && code == s->same;
}

/* Makes the answer out of the command. False: there is none. */
static bool layer_answer(struct layer *l, struct answer *m)
{
	struct layer_shared *s = l->shared;
	unsigned int nth = s->count++ % LAYER_COMMANDS;
	uint32_t code = fault_be32(m->b + 6);
	bool hit = layer_hits(s, nth, code), pass, answered;
	enum fault_kind kind = hit ? s->fault.kind : FAULT_NONE;

	s->code[nth] = code;
	s->injected += hit;
	if (kind == FAULT_PCR)
		swtpm_extend(l->behind, s->fault.code, (const uint8_t[32]){ 1 });
	pass = kind != FAULT_CODE && kind != FAULT_SILENT && kind != FAULT_CLOSED && kind != FAULT_GONE &&
	       kind != FAULT_SWALLOWED;
	answered = pass || kind == FAULT_CODE;
	if (pass)
		layer_forward(l, m);
	if (s->keep)
		s->earlier[nth] = *m;
	if (kind == FAULT_CODE || kind == FAULT_CODE_AFTER)
		fault_code(m, s->fault.code);
	else if (hit && kind != FAULT_PCR)
		answered = fault_shape(kind, nth, &s->previous, &s->earlier[nth], m);
	else
		s->good += fault_be32(m->b + 6) == 0 &&
			   code != TPM2_CC_GetRandom; /* tpm2-tss sends that on its own */
	s->previous = *m;
	return answered;
}

static bool layer_breaks(const struct layer_shared *s)
{
	return s->fault.kind == FAULT_CLOSED || s->fault.kind == FAULT_CLOSED_DONE ||
	       s->fault.kind == FAULT_GONE;
}

static void layer_serve_socket(struct layer *l)
{
	struct layer_shared *s = l->shared;
	int client = accept(l->listener, NULL, NULL);
	unsigned int injected = s->injected;
	struct answer m;

	/*
	 * a reader of more than there is has to see the end; one that waits for an answer waits until it is
	 * ended
	 */
	while (s->injected == injected && layer_message(client, &m)) {
		if (layer_answer(l, &m)) {
			if (write(client, m.b, m.n) != (ssize_t)m.n)
				break;
		} else if (!layer_breaks(s)) {
			layer_message(client, &m);
		}
	}
	if (s->injected != injected && s->fault.kind == FAULT_GONE)
		unlink(l->path);
	close(client);
}

static void layer_serve_terminal(struct layer *l, const struct terminal *t)
{
	struct layer_shared *s = l->shared;
	unsigned int injected = s->injected;
	bool is_now = t == &l->now, answered;
	struct terminal in_use;
	struct answer m;
	int left;

	if (!layer_message(t->fd, &m))
		layer_die("the program's command");
	/*
	 * after a flush the kernel now and then tells the program of an answer that its read() does not get:
	 * only where something was left
	 */
	if (ioctl(t->held, FIONREAD, &left) < 0 || left > 0)
		tcflush(t->held, TCIFLUSH);
	answered = layer_answer(l, &m);
	/*
	 * a further command means that this one was given up; a new user of /dev/tpm0 would not see its
	 * answer, either
	 */
	if (poll(&(struct pollfd){ .fd = t->fd, .events = POLLIN }, 1, 0) > 0)
		return;
	in_use = *t;
	if (s->injected != injected && is_now)
		layer_new_terminal(l);
	if (answered && write(in_use.fd, m.b, m.n) != (ssize_t)m.n)
		layer_die("the program's answer");
	if (answered || s->injected == injected || !layer_breaks(s))
		return;
	layer_close_terminal(&l->before);
	if (s->fault.kind == FAULT_GONE)
		unlink(l->device_path);
}

static void layer_loop(struct layer *l)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = l->listener, .events = POLLIN },
			{ .fd = l->now.fd, .events = POLLIN },
			{ .fd = l->before.fd, .events = POLLIN },
		};

		if (poll(p, 3, -1) < 0)
			layer_die("poll");
		if (p[0].revents & POLLIN)
			layer_serve_socket(l);
		else if (p[1].revents & POLLIN)
			layer_serve_terminal(l, &l->now);
		else if (p[2].revents & POLLIN)
			layer_serve_terminal(l, &l->before);
	}
}

void layer_pass(struct layer *l)
{
	struct layer_shared *s = l->shared;

	s->fault = (struct fault){ .kind = FAULT_NONE };
	s->keep = false;
	s->same = 0;
	s->count = s->injected = s->good = 0;
}

void layer_plan(struct layer *l, const struct fault *fault, enum fault_how how, unsigned int at)
{
	layer_pass(l);
	l->shared->how = how;
	l->shared->at = at;
	l->shared->fault = *fault;
}

void layer_list(const struct layer *l, size_t size, char *ret)
{
	const struct layer_shared *s = l->shared;
	size_t n = 0;

	ret[0] = '\0';
	for (unsigned int i = 0; i < s->count && i < LAYER_COMMANDS && n < size; i++)
		n += snprintf(ret + n, size - n, " %x", s->code[i]);
}

static void layer_begin(struct layer *l)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	l->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", l->path);
	assert_int_equal(bind(l->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(l->listener, 4), 0);
	l->before.fd = -1;
	layer_open_terminal(l);
	l->pid = fork();
	assert_true(l->pid >= 0);
	if (l->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		layer_loop(l);
	}
	close(l->listener);
	layer_close_terminal(&l->now);
}

void layer_start(struct layer *l, const struct swtpm *behind, const char *dir)
{
	char theirs[120], ours[120];

	*l = (struct layer){ .behind = behind };
	snprintf(l->path, sizeof(l->path), "%.64s/layer", dir);
	snprintf(l->device_path, sizeof(l->device_path), "%.64s/device", dir);
	snprintf(l->socket, sizeof(l->socket), "swtpm:path=%s", l->path);
	snprintf(l->device, sizeof(l->device), "device:%s", l->device_path);
	/* the control channel, which carries no TPM commands, is swtpm's own */
	snprintf(theirs, sizeof(theirs), "%s.ctrl", behind->socket);
	snprintf(ours, sizeof(ours), "%s.ctrl", l->path);
	assert_int_equal(symlink(theirs, ours), 0);
	l->shared = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(l->shared != MAP_FAILED);
	layer_begin(l);
}

bool layer_lives(const struct layer *l)
{
	return waitpid(l->pid, NULL, WNOHANG) == 0;
}

static void layer_end(struct layer *l)
{
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	unlink(l->path);
	unlink(l->device_path);
}

void layer_again(struct layer *l)
{
	layer_end(l);
	layer_begin(l);
}

void layer_stop(struct layer *l)
{
	layer_end(l);
	munmap(l->shared, sizeof(*l->shared));
}
