/* The version that both programs print; the Debian package's build sets it. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#ifndef BOOTSEAL_VERSION
#define BOOTSEAL_VERSION "0.1"
#endif

#endif
