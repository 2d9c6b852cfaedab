/* Questions to the peer and its answers, over two pipes. */
#include "peer.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUESTION_MAX = 1 << 28 };

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "peer: %s\n", what);
    exit(2);
}

void peer_start(struct peer *p, const char *path)
{
    int to[2];
    int from[2];

    *p = (struct peer){.question = HUB_BUF_INIT(QUESTION_MAX)};
    if (pipe(to) != 0 || pipe(from) != 0)
        give_up("no pipes");
    p->pid = fork();
    if (p->pid < 0)
        give_up("no process");
    if (p->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[0]);
        close(to[1]);
        close(from[0]);
        close(from[1]);
        execl(path, path, (char *)NULL);
        perror(path);
        _exit(2);
    }
    close(to[0]);
    close(from[1]);
    p->to = fdopen(to[1], "w");
    p->from = fdopen(from[0], "r");
    if (p->to == NULL || p->from == NULL)
        give_up("no streams");
}

void peer_stop(struct peer *p)
{
    int status;

    fclose(p->to);
    fclose(p->from);
    hub_buf_clear(&p->question);
    free(p->answer);
    waitpid(p->pid, &status, 0);
}

void peer_begin(struct peer *p, char operation)
{
    (void)!hub_buf_resize(&p->question, 0);
    peer_write_number(p, (unsigned char)operation, 1);
}

void peer_write_raw(struct peer *p, hub_span bytes)
{
    if (hub_buf_append(&p->question, bytes) != HUB_OK)
        give_up("no memory for a question");
}

void peer_write_number(struct peer *p, uint64_t value, size_t bytes)
{
    uint8_t encoded[8];

    for (size_t i = 0; i < sizeof(encoded); i++)
        encoded[i] = (uint8_t)(value >> 8 * i);
    peer_write_raw(p, hub_span_of(encoded, bytes));
}

void peer_write_item(struct peer *p, hub_span bytes)
{
    peer_write_number(p, bytes.len, 4);
    peer_write_raw(p, bytes);
}

static uint32_t u32_of(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

unsigned peer_ask(struct peer *p)
{
    uint8_t head[4];
    uint32_t len = (uint32_t)p->question.len;

    for (size_t i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)(len >> 8 * i);
    p->n_asked++;
    if (fwrite(head, 1, sizeof(head), p->to) != sizeof(head) ||
        fwrite(p->question.ptr, 1, len, p->to) != len || fflush(p->to) != 0)
        give_up("it takes no questions");
    if (fread(head, 1, sizeof(head), p->from) != sizeof(head))
        give_up("it went away");
    p->answer_len = u32_of(head);
    free(p->answer);
    p->answer = malloc(p->answer_len + 1);
    if (p->answer == NULL)
        give_up("no memory for an answer");
    if (fread(p->answer, 1, p->answer_len, p->from) != p->answer_len)
        give_up("it answered short");
    p->at = 0;
    return peer_read_u8(p);
}

hub_span peer_read_raw(struct peer *p, size_t n)
{
    if (n > p->answer_len - p->at)
        give_up("an answer lacks an item");
    p->at += n;
    return hub_span_of(p->answer + p->at - n, n);
}

uint8_t peer_read_u8(struct peer *p)
{
    return *peer_read_raw(p, 1).ptr;
}

hub_span peer_read_item(struct peer *p)
{
    return peer_read_raw(p, u32_of(peer_read_raw(p, 4).ptr));
}

hub_span peer_read_rest(struct peer *p)
{
    return peer_read_raw(p, p->answer_len - p->at);
}
