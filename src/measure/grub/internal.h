/*
 * The inside of the GRUB model, shared by grub_*.c only.
 *
 * An evaluation allocates from one arena, which is thrown away as a whole. What ends it early (a kernel is
 * started, a budget is used up, a command is not modelled) unwinds with grub_stop() or grub_finish(),
 * which longjmp to grub_evaluate(): nothing but arena memory and the result under construction is held at
 * any time, so nothing leaks. Never call them from inside a callback of the file provider.
 *
 * GRUB's own errors (a file that is not there, a failing test) are part of what is modelled: g->grub_errno
 * and the enum grub_err that commands return, which scripts see as $?.
 */
#ifndef MEASURE_GRUB_INTERNAL_H
#define MEASURE_GRUB_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>

#include "base/reader.h"
#include "measure/grub/arena.h"
#include "measure/grub/grub.h"
#include "measure/grub/argv.h"
#include "measure/grub/glob.h"
#include "measure/grub/lex.h"
#include "measure/grub/lines.h"
#include "measure/grub/parse.h"
#include "measure/grub/script.h"
#include "measure/grub/words.h"
#include "measure/grub/dev.h"
#include "measure/grub/gettext.h"
#include "measure/grub/lists.h"
#include "measure/grub/module.h"
#include "measure/grub/measure.h"
#include "measure/grub/vars.h"
#include "measure/grub/elf.h"
#include "measure/grub/cmd.h"
#include "measure/grub/cmd_core.h"
#include "measure/grub/cmd_boot.h"
#include "measure/grub/cmd_env.h"
#include "measure/grub/cmd_flow.h"
#include "measure/grub/cmd_regexp.h"
#include "measure/grub/cmd_screen.h"
#include "measure/grub/cmd_search.h"
#include "measure/grub/cmd_table.h"
#include "measure/grub/cmd_test.h"
#include "measure/grub/exec.h"
#include "measure/grub/opt.h"
#include "measure/grub/menu.h"
#include "measure/grub/normal.h"
#include "measure/grub/picture.h"
#include "measure/grub/names.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

#endif
