/* A server for tests with resources that answer in each possible way, and sockets that speak to it
 * without a client's good manners. */
#ifndef TESTS_UNIT_HTTP_SERVING_H
#define TESTS_UNIT_HTTP_SERVING_H

#include "http/server.h"

#include <pthread.h>
#include <stdatomic.h>

/* Resources:
 *   GET  /hello        200 "hello", ETag "v1", Cache-Control: max-age=60
 *   POST /echo         200 with the body; limit: the server's
 *   POST /small        200 with the body's length as text; limit 100
 *   GET  /now          answered in head
 *   POST /refuse       401 in head
 *   POST /later        held; answered by serving_release with the body's length
 *   GET  /busy         503, Retry-After 7
 *   GET  /problem      a DAP problem
 *   GET  /query        the value of "q"
 *   GET  /big          1 MB, moved
 *   other              404 */
struct serving {
    struct hub_http_server *server;
    uint16_t port;
    pthread_mutex_t mutex;
    struct hub_http_request *held[512];
    size_t n_held;
    _Atomic unsigned n_contexts; /* hung on requests and not yet cleared */
};

void serving_start(struct serving *s, const struct hub_http_server_config *config);
void serving_stop(struct serving *s);
size_t serving_n_held(struct serving *s);
/* Answers all held requests; how many there were. */
size_t serving_release(struct serving *s);
/* Waits until n are held, or fails the test after ten seconds. */
void serving_wait_held(struct serving *s, size_t n);

/* A connected socket. */
int wire_connect(uint16_t port);
void wire_send(int fd, const char *text);
/* Sends what the peer takes; false once it has closed. */
bool wire_try_send(int fd, const void *bytes, size_t n);
/* All bytes up to the peer's close, as text of at most size - 1 bytes; -1 after ms without a byte.
 */
long wire_read_all(int fd, char *out, size_t size, int ms);
/* One response with a Content-Length, header and body. */
long wire_read_response(int fd, char *out, size_t size, int ms);
/* Sends text on a new connection, then reads up to the peer's close. */
void wire_exchange(uint16_t port, const char *text, char *out, size_t size);
void sleep_ms(unsigned ms);

#endif
