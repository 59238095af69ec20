/* Modules: built into the image, or loaded from the prefix. */
#ifndef MEASURE_GRUB_MODULE_H
#define MEASURE_GRUB_MODULE_H

#include <stdbool.h>

struct grub;
struct grub_device;

/* Also true for one that was loaded. */
bool grub_module_builtin(struct grub *g, const char *name);
/* False with grub_errno set when it cannot be loaded. */
bool grub_module_load(struct grub *g, const char *name);
bool grub_module_load_file(struct grub *g, const char *file);
/* Loads the modules of fs.lst, for a device whose file system no module knows. */
void grub_module_autoload_fs(struct grub *g, const struct grub_device *device);

#endif
