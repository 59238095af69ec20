/* predict --tree, report --html: a boot path as the chain of programs that it is. */
#ifndef CLI_REPORT_TREE_H
#define CLI_REPORT_TREE_H

#include "machine/forecast.h"

#define TREE_DEPTH_MAX 8

/*
 * One line of it: depth is how many images were started before, and never less than the line before had.
 * mark: this boot has not measured it, or not so. The text has what is on the disk in it, printable.
 */
typedef void (*tree_line)(void *context, unsigned depth, bool mark, const char *text);
void report_tree_each(const struct forecast_path *p, const struct event_list *now, tree_line each,
		      void *context);

/* On stdout. now: what this boot measured, against which each line is marked; NULL: nobody knows. */
void report_tree(const struct forecast_path *p, const struct event_list *now);

#endif
