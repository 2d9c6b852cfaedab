/* A certificate of 127.0.0.1 and the authority that signed it, for tests and benches. */
#ifndef TESTS_TLS_CERTIFICATE_H
#define TESTS_TLS_CERTIFICATE_H

#include <stdbool.h>

/* Makes ca.pem, server.pem, server.key, and proxy.pem with both of the server's, in a folder that
 * is there, by the openssl command. False: see openssl.log there. */
bool tls_certificate_make(const char *folder);

#endif
