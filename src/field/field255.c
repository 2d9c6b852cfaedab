/* Field255: its encoding, and elements from a stream. */
#include "field/field255.h"

#include "base/declassify.h"
#include "field/le_words_internal.h"

void hub_field255_encode(uint8_t *out, const hub_fe255 *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hub_store_le64_array(out + HUB_FIELD255_BYTES * i, v[i].w, 4);
}

/* 1 for words at or above p, the 256th bit included. */
static uint64_t is_over(hub_fe255 a)
{
    return (a.w[3] >> 63) | (hub_fe255_add_small(a, 19).w[3] >> 63);
}

bool hub_field255_decode(hub_fe255 *out, const uint8_t *bytes, size_t n)
{
    uint64_t over = 0;

    for (size_t i = 0; i < n; i++) {
        hub_load_le64_array(out[i].w, bytes + HUB_FIELD255_BYTES * i, 4);
        over |= is_over(out[i]);
    }
    return over == 0;
}

void hub_field255_add_encoded(uint8_t *acc, const uint8_t *share, size_t n)
{
    for (size_t i = 0; i < HUB_FIELD255_BYTES * n; i += HUB_FIELD255_BYTES) {
        hub_fe255 a = {{0}};
        hub_fe255 b = {{0}};

        hub_load_le64_array(a.w, acc + i, 4);
        hub_load_le64_array(b.w, share + i, 4);
        a = hub_fe255_add(a, b);
        hub_store_le64_array(acc + i, a.w, 4);
    }
}

size_t hub_field255_sample(hub_fe255 *v, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        v[i].w[3] &= HUB_FE255_TOP;
        uint64_t over = is_over(v[i]);
        hub_declassify(&over, sizeof(over)); /* chance 2^-250; tells nothing of those kept */
        if (over == 0)
            v[kept++] = v[i];
    }
    return kept;
}
