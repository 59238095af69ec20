/* Initrds made entry by entry, and the proof that is asked of them, for a machine of machine_sample.h. */
#ifndef TESTS_INITRD_SAMPLE_H
#define TESTS_INITRD_SAMPLE_H

#include "machine/trust/proof.h"
#include "machine_sample.h"

/* Of the group of tests that has these as its setup and teardown. */
extern struct tree proof_tree;
extern struct files *proof_files;
extern struct proof proof;
int proof_setup(void **state);
int proof_teardown(void **state);

/* says: a part of what must be said; NULL for anything. */
void expect_proof(const struct buffer *initrd, int expected, const char *says);

/* An entry with an inode, so that it can be linked. */
void add_inode(struct buffer *b, const char *name, uint32_t mode, unsigned inode, unsigned links,
	       const char *data);
void add_file(struct buffer *b, const char *name, const char *data);
void add_link(struct buffer *b, const char *name, const char *to);
void add_dir(struct buffer *b, const char *name);
void add_end(struct buffer *b);

extern const struct m_initrd good;
/* A whole one without its end; then that, and the proof is asked. */
void initrd_start(const struct m_initrd *how, struct buffer *b);
void initrd_finish(struct buffer *b, int expected, const char *says);

#endif
