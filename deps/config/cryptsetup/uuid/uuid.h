/* The part of libuuid that libcryptsetup uses; deps/glue/uuid.c. */
#ifndef BOOTSEAL_UUID_H
#define BOOTSEAL_UUID_H

typedef unsigned char uuid_t[16];

void uuid_generate(uuid_t ret);
/* 0, or -1 when text is no UUID. */
int uuid_parse(const char *text, uuid_t ret);
/* Writes 36 characters and a NUL. */
void uuid_unparse(const uuid_t uuid, char *ret);

#endif
