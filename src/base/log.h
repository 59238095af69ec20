/*
 * What the programs tell people: one line on stderr with the program's name before it. Never a secret, never
 * raw bytes of a disk.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

void log_program(const char *name); /* borrowed; once, at the start */
void log_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
