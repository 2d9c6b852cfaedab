/* PEM in, dates out. */
#include "crypto/certificate.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static void free_bio(BIO **at)
{
    BIO_free(*at);
}

static void free_x509(X509 **at)
{
    X509_free(*at);
}

static void free_key(EVP_PKEY **at)
{
    EVP_PKEY_free(*at);
}

/* A key that asks for a password is none that a server could start with. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcrypto says what it is called with */
static int no_password(char *out, int size, int is_writing, void *self)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)self;
    return -1;
}

static hub_status seconds_of(uint64_t *out, const ASN1_TIME *time)
{
    struct tm utc = {0};

    if (ASN1_TIME_to_tm(time, &utc) != 1)
        return HUB_E_DECODE;
    const time_t seconds = timegm(&utc);
    *out = seconds < 0 ? 0 : (uint64_t)seconds;
    return HUB_OK;
}

hub_status hub_certificate_read(struct hub_certificate *out, hub_span chain, hub_span key,
                                struct hub_why *why)
{
    struct hub_certificate c = {0};

    if (chain.len > INT_MAX || key.len > INT_MAX)
        return HUB_E_ARGUMENT;
    HUB_CLEANUP(free_bio) BIO *chain_bio = BIO_new_mem_buf(chain.ptr, (int)chain.len);
    HUB_CLEANUP(free_bio) BIO *key_bio = BIO_new_mem_buf(key.ptr, (int)key.len);
    if (chain_bio == NULL || key_bio == NULL)
        return HUB_E_MEMORY;
    HUB_CLEANUP(free_x509) X509 *x509 = PEM_read_bio_X509(chain_bio, NULL, no_password, NULL);
    if (x509 == NULL)
        return hub_why(why, HUB_E_DECODE, "holds no certificate in PEM");
    HUB_CLEANUP(free_key)
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key_bio, NULL, no_password, NULL);
    if (pkey == NULL)
        return hub_why(why, HUB_E_DECODE, "its key file holds no private key in PEM");
    HUB_TRY(seconds_of(&c.not_before_s, X509_get0_notBefore(x509)));
    HUB_TRY(seconds_of(&c.not_after_s, X509_get0_notAfter(x509)));
    c.key_fits = X509_check_private_key(x509, pkey) == 1;
    if (X509_NAME_oneline(X509_get_subject_name(x509), c.subject, (int)sizeof(c.subject)) == NULL)
        return HUB_E_MEMORY;
    *out = c;
    return HUB_OK;
}
