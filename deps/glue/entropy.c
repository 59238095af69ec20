/* mbedTLS's only source of entropy (see deps/config/mbedtls): the kernel, waiting until it is seeded. */
#include <mbedtls/entropy.h>

#include <errno.h>
#include <sys/random.h>

/* mbedtls/entropy.h declares the hook only to mbedTLS itself. */
int mbedtls_hardware_poll(void *data, unsigned char *ret, size_t len, size_t *ret_len);

int mbedtls_hardware_poll(void *data, unsigned char *ret, size_t len, size_t *ret_len)
{
	ssize_t n;

	(void)data;
	do {
		n = getrandom(ret, len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
	*ret_len = n;
	return 0;
}
