#include "measure/initrd/unpacked.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum kind { DIRECTORY, LINK, SEVERAL_NAMES };

struct node {
	enum kind kind;
	const char *target; /* of a link, stored after the name; "" otherwise */
	char name[];
};

struct unpacked {
	void *tree; /* of tsearch(3), balanced */
	size_t kept;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

int unpacked_new(struct unpacked **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void unpacked_free(struct unpacked *u)
{
	if (!u)
		return;
	tdestroy(u->tree, free);
	free(u);
}

static struct node *node_new(const char *name, enum kind kind, const char *target)
{
	size_t n = strlen(name) + 1;
	struct node *node = malloc(sizeof(*node) + n + strlen(target) + 1);

	if (!node)
		return NULL;
	node->kind = kind;
	memcpy(node->name, name, n);
	node->target = strcpy(node->name + n, target);
	return node;
}

static const struct node *find(const struct unpacked *u, const struct node *key)
{
	struct node **found = tfind(key, &u->tree, by_name);

	return found ? *found : NULL;
}

bool unpacked_leads_to(const struct unpacked *u, const char *name, const char *target)
{
	struct node *key = node_new(name, LINK, "");
	const struct node *found = key ? find(u, key) : NULL;
	bool yes = found && found->kind == LINK &&
		   strcmp(found->target + (found->target[0] == '/'), target) == 0;

	free(key);
	return yes;
}

static int keep(struct unpacked *u, const char *name, enum kind kind, const char *target)
{
	struct node *node;

	u->kept += sizeof(*node) + strlen(name) + strlen(target) + 2;
	if (u->kept > UNPACKED_MAX)
		return -E2BIG;
	node = node_new(name, kind, target);
	if (!node || !tsearch(node, &u->tree, by_name)) {
		free(node);
		return -ENOMEM;
	}
	return 0;
}

static bool is_early(const char *name)
{
	return strncmp(name, "kernel/", strlen("kernel/")) == 0;
}

/* Every directory on the way to the name; key has room for it. */
static int check_way(const struct unpacked *u, const char *name, struct node *key, struct error *err)
{
	const struct node *found;
	const char *slash;

	for (slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(key->name, name, slash - name);
		key->name[slash - name] = '\0';
		found = find(u, key);
		if (found ? found->kind != DIRECTORY : !is_early(name))
			return error_set(err, -EPERM, "its initrd has a file /%.100s, but /%.100s is %s",
					 name, key->name, found ? "a link there" : "no directory there");
	}
	return 0;
}

static bool is_kept(const struct cpio_entry *e, enum kind *ret)
{
	if (S_ISDIR(e->mode))
		*ret = DIRECTORY;
	else if (S_ISLNK(e->mode))
		*ret = LINK;
	else if (e->linked)
		*ret = SEVERAL_NAMES;
	else
		return false;
	return true;
}

int unpacked_see(struct unpacked *u, const struct cpio_entry *e, struct error *err)
{
	const char *target = S_ISLNK(e->mode) && e->data ? (const char *)e->data : "";
	struct node *key = node_new(e->name, DIRECTORY, "");
	const struct node *found;
	enum kind kind = DIRECTORY;
	bool kept = is_kept(e, &kind);
	int r;

	if (!key)
		return -ENOMEM;
	r = check_way(u, e->name, key, err);
	strcpy(key->name, e->name);
	found = r == 0 ? find(u, key) : NULL;
	if (found && (!kept || found->kind != kind || strcmp(found->target, target) != 0))
		r = error_set(err, -EPERM, "its initrd has /%.200s twice, as different things", e->name);
	else if (r == 0 && kept && !found)
		r = keep(u, e->name, kind, target);
	if (r == -E2BIG)
		error_set(err, r, "its initrd has too many directories and links");
	free(key);
	return r;
}
