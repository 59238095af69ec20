#include "initrd_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct tree proof_tree;
struct files *proof_files;
struct proof proof;

int proof_setup(void **state)
{
	const struct proof_path path = { M_RELEASE, "ro quiet" };
	struct error err;

	m_make(&proof_tree);
	tree_write_text(&proof_tree, "/lib/modules/" M_RELEASE "/modules.builtin", "");
	if (files_new(&proof_tree.machine, &proof_files) < 0 ||
	    proof_init(proof_files, &proof_tree.machine, &path, &err, &proof) < 0)
		return -1;
	return 0;
}

int proof_teardown(void **state)
{
	files_free(proof_files);
	tree_remove(&proof_tree);
	return 0;
}

void expect_proof(const struct buffer *initrd, int expected, const char *says)
{
	struct reader bytes = reader_new(initrd->data, initrd->len);
	struct error err = ERROR_NONE;
	int r = proof_check(&proof, &bytes, 1, &err);

	if (r != expected || (says && !strstr(err.text, says)))
		fail_msg("%d instead of %d: `%s' does not say `%s'", r, expected, err.text, says ? says : "");
}

void add_inode(struct buffer *b, const char *name, uint32_t mode, unsigned inode, unsigned links,
	       const char *data)
{
	size_t at = b->len;
	char hex[9];

	m_cpio_add_linked(b, name, mode, links, data, strlen(data));
	snprintf(hex, sizeof(hex), "%08x", inode);
	memcpy(b->data + at + 6, hex, 8);
}

void add_file(struct buffer *b, const char *name, const char *data)
{
	m_cpio_add(b, name, S_IFREG | 0755, data, strlen(data));
}

void add_link(struct buffer *b, const char *name, const char *to)
{
	m_cpio_add(b, name, S_IFLNK | 0777, to, strlen(to));
}

void add_dir(struct buffer *b, const char *name)
{
	m_cpio_add(b, name, S_IFDIR | 0755, "", 0);
}

void add_end(struct buffer *b)
{
	m_cpio_add(b, "TRAILER!!!", 0, "", 0);
}

const struct m_initrd good = { .with_module = true };

void initrd_start(const struct m_initrd *how, struct buffer *b)
{
	struct buffer end = BUFFER_NONE;

	m_make_initrd(how, b);
	add_end(&end);
	b->len -= end.len;
	buffer_free(&end);
}

void initrd_finish(struct buffer *b, int expected, const char *says)
{
	add_end(b);
	expect_proof(b, expected, says);
	buffer_free(b);
}
