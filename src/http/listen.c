/* The listening socket: addresses are numbers, and plain HTTP stays on loopback. */
#include "http/server_internal.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

hub_status hub_http_listen_parse(char address[INET6_ADDRSTRLEN], uint16_t *port, const char *text,
                                 struct hub_why *why)
{
    const char *const colon = strrchr(text, ':');
    const char *host = text;
    size_t host_len = colon == NULL ? 0 : (size_t)(colon - text);
    uint64_t number = 0;
    struct in6_addr parsed;
    char name[INET6_ADDRSTRLEN];

    if (colon == NULL || hub_u64_parse(&number, hub_span_text(colon + 1), 0, 65535) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "\"%.100s\": expected ADDRESS:PORT", text);
    const bool is_v6 = host_len > 2 && host[0] == '[' && host[host_len - 1] == ']';
    if (is_v6) {
        host++;
        host_len -= 2;
    } else if (host_len == 0) {
        host = "127.0.0.1";
        host_len = strlen(host);
    }
    if (host_len >= sizeof(name))
        return hub_why(why, HUB_E_CONFIG, "\"%.100s\": the address is too long", text);
    memcpy(name, host, host_len);
    name[host_len] = '\0';
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, name, &parsed) != 1)
        return hub_why(why, HUB_E_CONFIG,
                       "\"%.100s\": the address must be a number, IPv6 in [brackets]", text);
    memcpy(address, name, host_len + 1);
    *port = (uint16_t)number;
    return HUB_OK;
}

static hub_status address_init(union any_address *out, socklen_t *len,
                               const struct hub_http_server_config *config, struct hub_why *why)
{
    *out = (union any_address){0};
    if (config->address != NULL && inet_pton(AF_INET, config->address, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(config->port);
        *len = sizeof(out->v4);
        return HUB_OK;
    }
    if (config->address != NULL && inet_pton(AF_INET6, config->address, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(config->port);
        *len = sizeof(out->v6);
        return HUB_OK;
    }
    return hub_why(why, HUB_E_CONFIG, "\"%.100s\" is not a numeric address",
                   config->address == NULL ? "" : config->address);
}

static bool is_loopback(const union any_address *a)
{
    if (a->any.sa_family == AF_INET)
        return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static hub_status bind_and_listen(int s, union any_address *a, socklen_t len,
                                  const struct hub_http_server_config *config, struct hub_why *why)
{
    const int on = 1;

    if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (a->any.sa_family == AF_INET6 &&
         setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(s, &a->any, len) != 0 || listen(s, BACKLOG) != 0)
        return hub_why(why, HUB_E_IO, "can't listen on %s port %u: %s", config->address,
                       config->port, strerror(errno));
    if (getsockname(s, &a->any, &len) != 0)
        return hub_why(why, HUB_E_IO, "getsockname: %s", strerror(errno));
    return HUB_OK;
}

hub_status hub_http_listen_open(int *fd, uint16_t *port,
                                const struct hub_http_server_config *config, struct hub_why *why)
{
    union any_address a;
    socklen_t len = 0;
    const bool is_plain = config->tls_cert_file == NULL || config->tls_cert_file[0] == '\0';

    HUB_TRY(address_init(&a, &len, config, why));
    if (is_plain && !config->behind_proxy && !is_loopback(&a))
        return hub_why(why, HUB_E_CONFIG,
                       "plain HTTP on %s would show tokens to the network: name a certificate and "
                       "its key, or say behind_proxy = yes if a proxy does TLS in front",
                       config->address);

    const int s = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return hub_why(why, HUB_E_IO, "no socket: %s", strerror(errno));
    const hub_status status = bind_and_listen(s, &a, len, config, why);
    if (status != HUB_OK) {
        (void)close(s);
        return status;
    }
    *port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    *fd = s;
    return HUB_OK;
}
