/* tpm2-tss as its configure would have it for us: ESYS over mbedTLS, two TCTIs that are opened directly. */
#define MBED 1
#define NO_DL 1 /* no dlopen in a static program */
#define TCTI_DEVICE 1
#define TCTI_SWTPM 1
#define DISABLE_VENDOR 1
#define HAVE_REALLOCARRAY 1
#define SYSCONFDIR "/etc"
#define MAXLOGLEVEL 0 /* compiles every log line away: they are strings by the hundred */
#define NDEBUG 1
