/* `bootseal image verify`. */
#ifndef CLI_IMAGE_VERIFY_H
#define CLI_IMAGE_VERIFY_H

/* format: NULL, found out. The exit code. */
int image_verify_show(const char *path, const char *format);

#endif
