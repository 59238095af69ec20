/* Which words of two texts differ, as of two kernel command lines. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>

#include "base/buffer.h"

#define WORDS_MAX 200 /* of each text */

/*
 * Words are what blanks separate, "\x0a" and "\x09" among them (text_add_printable() in base/text.h). Those
 * of a longest common subsequence are the same; the others are added to *gone (they are in a) and to *added
 * (in b), with a blank between two. False, and nothing is added: they have no word in common, all words are
 * the same, or there are too many.
 */
bool words_differ(const char *a, const char *b, struct buffer *gone, struct buffer *added);

#endif
