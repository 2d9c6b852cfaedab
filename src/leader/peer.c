/* Replies of a helper. */
#include "leader/peer.h"

void hub_peer_reply_clear(struct hub_peer_reply *reply)
{
    hub_buf_wipe(&reply->body);
    *reply = (struct hub_peer_reply){0};
}
