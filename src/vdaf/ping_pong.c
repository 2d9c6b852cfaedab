/* Ping-pong messages and the three steps that DAP takes with a VDAF of one round (VDAF draft-20,
 * section "Ping-Pong Topology"). */
#include "vdaf/ping_pong.h"

#include "base/reader.h"
#include "base/writer.h"

enum { HEAD_LEN = 5 }; /* type and the length of the first item */

hub_status hub_ping_pong_decode(struct hub_ping_pong_message *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    struct hub_ping_pong_message message = {.type = HUB_PING_PONG_INITIALIZE};
    uint8_t type = hub_read_u8(&r);

    switch (type) {
    case HUB_PING_PONG_INITIALIZE:
        message.verifier_share = hub_read_vec32(&r, 0);
        break;
    case HUB_PING_PONG_CONTINUE:
        message.type = HUB_PING_PONG_CONTINUE;
        message.verifier_message = hub_read_vec32(&r, 0);
        message.verifier_share = hub_read_vec32(&r, 0);
        break;
    case HUB_PING_PONG_FINISH:
        message.type = HUB_PING_PONG_FINISH;
        message.verifier_message = hub_read_vec32(&r, 0);
        break;
    default:
        hub_reader_fail(&r);
        break;
    }
    HUB_TRY(hub_reader_finish(&r));
    *out = message;
    return HUB_OK;
}

hub_status hub_ping_pong_encode(struct hub_buf *out, const struct hub_ping_pong_message *message)
{
    struct hub_writer w = hub_writer(out);

    hub_write_u8(&w, (uint8_t)message->type);
    if (message->type != HUB_PING_PONG_INITIALIZE)
        hub_write_vec32(&w, message->verifier_message);
    if (message->type != HUB_PING_PONG_FINISH)
        hub_write_vec32(&w, message->verifier_share);
    return hub_writer_finish(&w);
}

size_t hub_ping_pong_initialize_len(const struct hub_vdaf *v)
{
    return HEAD_LEN + hub_vdaf_verifier_share_len(v);
}

size_t hub_ping_pong_finish_len(const struct hub_vdaf *v)
{
    return HEAD_LEN + hub_vdaf_verifier_message_len(v);
}

/* What the steps keep besides the workspace of the VDAF: rows of verifier shares and of messages,
 * and their spans. */
struct space {
    hub_span *leader_shares;
    hub_span *helper_shares;
    uint8_t *rows;
    uint8_t *messages;
    void *rest;
};

static size_t align(size_t n)
{
    return (n + 15) / 16 * 16;
}

static struct space lay_out(const struct hub_vdaf *v, void *workspace, size_t n)
{
    struct space s;
    uint8_t *at = workspace;

    s.leader_shares = (hub_span *)(void *)at;
    at += align(n * sizeof(hub_span));
    s.helper_shares = (hub_span *)(void *)at;
    at += align(n * sizeof(hub_span));
    s.rows = at;
    at += align(n * hub_vdaf_verifier_share_len(v));
    s.messages = at;
    at += align(n * hub_vdaf_verifier_message_len(v));
    s.rest = at;
    return s;
}

size_t hub_ping_pong_workspace_len(const struct hub_vdaf *v, size_t n)
{
    return 2 * align(n * sizeof(hub_span)) + align(n * hub_vdaf_verifier_share_len(v)) +
           align(n * hub_vdaf_verifier_message_len(v)) + hub_vdaf_workspace_len(v, n);
}

/* A message of one item into its row. */
static void write_row(uint8_t *row, enum hub_ping_pong_type type, const uint8_t *item, size_t len)
{
    row[0] = (uint8_t)type;
    row[1] = (uint8_t)(len >> 24);
    row[2] = (uint8_t)(len >> 16);
    row[3] = (uint8_t)(len >> 8);
    row[4] = (uint8_t)len;
    if (len != 0)
        memcpy(row + HEAD_LEN, item, len);
}

void hub_ping_pong_leader_init(const struct hub_vdaf *v, void *workspace, size_t n,
                               hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                               uint8_t *verdict, uint8_t *states, uint8_t *outbound)
{
    const struct space s = lay_out(v, workspace, n);
    size_t share_len = hub_vdaf_verifier_share_len(v);
    size_t row_len = hub_ping_pong_initialize_len(v);

    hub_vdaf_verify_init(v, s.rest, n, HUB_VDAF_LEADER, verify_key, ctx, in, verdict, s.rows,
                         states);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_VDAF_ACCEPTED)
            write_row(outbound + i * row_len, HUB_PING_PONG_INITIALIZE, s.rows + i * share_len,
                      share_len);
    }
}

/* The peer's verifier shares, by type and envelope. */
static void open_initialize(size_t n, const hub_span *inbound, uint8_t *verdict, hub_span *shares)
{
    for (size_t i = 0; i < n; i++) {
        struct hub_ping_pong_message message;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (hub_ping_pong_decode(&message, inbound[i]) != HUB_OK ||
            message.type != HUB_PING_PONG_INITIALIZE)
            verdict[i] = HUB_VDAF_BAD_VERIFIER_SHARE;
        else
            shares[i] = message.verifier_share;
    }
}

void hub_ping_pong_helper_init(const struct hub_vdaf *v, void *workspace, size_t n,
                               hub_span verify_key, hub_span ctx, const struct hub_verify_in *in,
                               const hub_span *inbound, uint8_t *verdict, uint8_t *states,
                               uint8_t *outbound, hub_span *out_shares)
{
    const struct space s = lay_out(v, workspace, n);
    const hub_span *const shares[HUB_VDAF_N_SHARES] = {s.leader_shares, s.helper_shares};
    size_t share_len = hub_vdaf_verifier_share_len(v);
    size_t message_len = hub_vdaf_verifier_message_len(v);
    size_t row_len = hub_ping_pong_finish_len(v);

    hub_vdaf_verify_init(v, s.rest, n, HUB_VDAF_HELPER, verify_key, ctx, in, verdict, s.rows,
                         states);
    open_initialize(n, inbound, verdict, s.leader_shares);
    for (size_t i = 0; i < n; i++)
        s.helper_shares[i] = hub_span_of(s.rows + i * share_len, share_len);
    hub_vdaf_verifier_shares_to_message(v, s.rest, n, ctx, shares, verdict, s.messages);
    hub_span *messages = s.leader_shares; /* the shares are used up */
    for (size_t i = 0; i < n; i++)
        messages[i] = hub_span_of(s.messages + i * message_len, message_len);
    hub_vdaf_verify_next(v, n, states, messages, verdict, out_shares);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_VDAF_ACCEPTED)
            write_row(outbound + i * row_len, HUB_PING_PONG_FINISH, messages[i].ptr, message_len);
    }
}

void hub_ping_pong_leader_continued(const struct hub_vdaf *v, size_t n, const uint8_t *states,
                                    const hub_span *inbound, uint8_t *verdict, hub_span *out_shares)
{
    for (size_t i = 0; i < n; i++) {
        struct hub_ping_pong_message message;

        if (verdict[i] != HUB_VDAF_ACCEPTED)
            continue;
        if (hub_ping_pong_decode(&message, inbound[i]) != HUB_OK ||
            message.type != HUB_PING_PONG_FINISH) {
            verdict[i] = HUB_VDAF_BAD_VERIFIER_MESSAGE;
            continue;
        }
        hub_vdaf_verify_next(v, 1, states + i * hub_vdaf_verify_state_len(v),
                             &message.verifier_message, &verdict[i], &out_shares[i]);
    }
}
