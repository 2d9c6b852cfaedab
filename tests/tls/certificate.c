/* Elliptic curve keys: quick to make, and what servers have. */
#include "certificate.h"

#include <stdio.h>
#include <stdlib.h>

bool tls_certificate_make(const char *folder)
{
    char line[2048];
    const int n = snprintf(
        line, sizeof(line),
        "cd '%s' && (openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=test-ca -keyout ca.key -out ca.pem && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost "
        "-keyout server.key -out server.csr && printf 'subjectAltName=IP:127.0.0.1\\n' "
        ">server.ext && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key "
        "-CAcreateserial -days 2 -extfile server.ext -out server.pem && "
        "cat server.pem server.key >proxy.pem) >openssl.log 2>&1",
        folder);

    /* NOLINTNEXTLINE(cert-env33-c): words of our own */
    return n > 0 && (size_t)n < sizeof(line) && system(line) == 0;
}
