/* A thread that accepts, and a thread for each connection, which copies both ways until either side
 * ends. */
#include "balance.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

enum { LOOK_MS = 50, BACKLOG = 64, PIECE = 65536 };

struct balance {
    int listener;
    uint16_t port;
    uint16_t servers[2];
    atomic_bool stop;
    atomic_uint n_open;
    pthread_t thread;
};

struct connection {
    struct balance *b;
    int client;
    unsigned first; /* which server is tried first */
};

static struct sockaddr_in address_of(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(uint16_t port)
{
    const struct sockaddr_in at = address_of(port);
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (s >= 0 && connect(s, (const struct sockaddr *)&at, sizeof(at)) == 0)
        return s;
    if (s >= 0)
        (void)close(s);
    return -1;
}

/* False: this side has ended. */
static bool copy(int from, int to)
{
    uint8_t bytes[PIECE / 8];
    const ssize_t n = recv(from, bytes, sizeof(bytes), 0);

    for (ssize_t sent = 0; n > 0 && sent < n;) {
        const ssize_t k = send(to, bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL);
        if (k <= 0)
            return false;
        sent += k;
    }
    return n > 0;
}

static void copy_both(const struct connection *c, int server)
{
    struct pollfd ends[2] = {{.fd = c->client, .events = POLLIN}, {.fd = server, .events = POLLIN}};

    while (!c->b->stop) {
        if (poll(ends, 2, LOOK_MS) < 0)
            return;
        for (int i = 0; i < 2; i++) {
            if (ends[i].revents != 0 && !copy(ends[i].fd, ends[1 - i].fd))
                return;
        }
    }
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    int server = connect_to(c->b->servers[c->first]);

    if (server < 0)
        server = connect_to(c->b->servers[1 - c->first]);
    if (server >= 0) {
        copy_both(c, server);
        (void)close(server);
    }
    (void)close(c->client);
    c->b->n_open--;
    free(c);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct balance *b = arg;
    struct pollfd listener = {.fd = b->listener, .events = POLLIN};

    for (unsigned n = 0; !b->stop;) {
        pthread_t thread;
        if (poll(&listener, 1, LOOK_MS) <= 0)
            continue;
        const int client = accept(b->listener, NULL, NULL);
        struct connection *const c = client < 0 ? NULL : calloc(1, sizeof(*c));
        if (c == NULL)
            continue;
        *c = (struct connection){.b = b, .client = client, .first = n++ % 2};
        b->n_open++;
        assert_int_equal(0, pthread_create(&thread, NULL, serve, c));
        (void)pthread_detach(thread);
    }
    return NULL;
}

struct balance *balance_new(uint16_t port, uint16_t first, uint16_t second)
{
    struct balance *const b = calloc(1, sizeof(*b));
    struct sockaddr_in at = address_of(port);
    socklen_t len = sizeof(at);
    const int on = 1;

    assert_non_null(b);
    b->servers[0] = first;
    b->servers[1] = second;
    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(b->listener >= 0);
    (void)setsockopt(b->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(0, bind(b->listener, (struct sockaddr *)&at, sizeof(at)));
    assert_int_equal(0, listen(b->listener, BACKLOG));
    assert_int_equal(0, getsockname(b->listener, (struct sockaddr *)&at, &len));
    b->port = ntohs(at.sin_port);
    assert_int_equal(0, pthread_create(&b->thread, NULL, accept_all, b));
    return b;
}

uint16_t balance_port(const struct balance *b)
{
    return b->port;
}

void balance_free(struct balance *b)
{
    b->stop = true;
    pthread_join(b->thread, NULL);
    while (b->n_open != 0)
        (void)usleep(1000);
    (void)close(b->listener);
    free(b);
}
