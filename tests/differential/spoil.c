/* Corruptions. Elements have 8, 16 or 32 bytes; which of these a message has is not asked: all are
 * tried at places counted from its start and from its end. */
#include "spoil.h"

const char *spoil_name(enum spoil kind)
{
    static const char *const names[SPOIL_N] = {
        [SPOIL_BIT] = "bit",
        [SPOIL_BYTES] = "bytes",
        [SPOIL_TRUNCATE] = "truncated",
        [SPOIL_EXTEND] = "extended",
        [SPOIL_EMPTY] = "empty",
        [SPOIL_ELEMENT] = "element",
        [SPOIL_SWAP] = "swapped",
        [SPOIL_RANDOM] = "random",
        [SPOIL_ZEROS] = "zeros",
        [SPOIL_OTHER_REPORT] = "other report",
        [SPOIL_ENVELOPE] = "envelope",
        [SPOIL_OTHER_PARTY] = "other aggregator",
        [SPOIL_NONCE] = "nonce",
        [SPOIL_NONCE_ONE] = "nonce of one",
    };

    return kind < SPOIL_N ? names[kind] : "unknown";
}

enum spoil spoil_draw(struct dice *d)
{
    return (enum spoil)dice_below(d, SPOIL_OTHER_REPORT + 1);
}

/* Where something of width bytes stands; len at least width. */
static size_t place(struct dice *d, size_t len, size_t width)
{
    size_t n = len / width;

    switch (dice_below(d, 3)) {
    case 0:
        return dice_below(d, n) * width;
    case 1:
        return len - (dice_below(d, n) + 1) * width;
    default:
        return dice_below(d, len - width + 1);
    }
}

static void add_small(uint8_t *element, size_t width, int delta)
{
    int carry = delta;

    for (size_t i = 0; i < width; i++) {
        int sum = element[i] + carry;

        element[i] = (uint8_t)sum;
        carry = sum < 0 ? -1 : sum >> 8;
    }
}

/* p of the field whose elements have width bytes. */
static void write_p(uint8_t *out, size_t width)
{
    static const uint8_t p64[8] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t p128[16] = {1,    0,    0,    0,    0,    0,    0,    0,
                                     0xe4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (width == sizeof(p64)) {
        memcpy(out, p64, width);
    } else if (width == sizeof(p128)) {
        memcpy(out, p128, width);
    } else { /* 2^255 - 19 */
        memset(out, 0xff, width);
        out[0] = 0xed;
        out[width - 1] = 0x7f;
    }
}

static void write_element(struct dice *d, uint8_t *out, size_t width)
{
    switch (dice_below(d, 6)) {
    case 0: /* p and its neighbours */
        write_p(out, width);
        add_small(out, width, (int)dice_below(d, 5) - 2);
        break;
    case 1:
        memset(out, 0, width);
        out[0] = (uint8_t)dice_below(d, 3);
        break;
    case 2:
        memset(out, 0xff, width);
        break;
    case 3: /* one more or one less than it was */
        add_small(out, width, dice_one_in(d, 2) ? 1 : -1);
        break;
    case 4: /* the highest bit */
        out[width - 1] ^= 0x80;
        break;
    default:
        dice_fill(d, out, width);
        break;
    }
}

static void spoil_element(struct dice *d, struct row *row)
{
    size_t width = (size_t)8 << dice_below(d, 3);

    if (row->len < width)
        width = 8;
    if (row->len < width)
        return;
    write_element(d, row->ptr + place(d, row->len, width), width);
}

static void swap(struct dice *d, struct row *row)
{
    size_t width = (size_t)8 << dice_below(d, 3);
    uint8_t kept[32];

    if (row->len < 2 * width)
        width = 8;
    if (row->len < 2 * width)
        return;
    size_t a = place(d, row->len, width);
    size_t b = place(d, row->len, width);
    memcpy(kept, row->ptr + a, width);
    memmove(row->ptr + a, row->ptr + b, width);
    memcpy(row->ptr + b, kept, width);
}

static void spoil_envelope(struct dice *d, struct row *row)
{
    enum { HEAD_LEN = 5 };

    if (row->len < HEAD_LEN)
        return;
    if (dice_one_in(d, 2))
        row->ptr[0] = (uint8_t)dice_below(d, 4);
    else if (dice_one_in(d, 2))
        row->ptr[HEAD_LEN - 1] = (uint8_t)(row->ptr[HEAD_LEN - 1] + dice_below(d, 3) - 1);
    else
        dice_fill(d, row->ptr + 1, HEAD_LEN - 1);
}

void spoil_row(struct dice *d, struct row *row, enum spoil kind, hub_span other)
{
    size_t old_len = row->len;

    switch (kind) {
    case SPOIL_BIT:
        if (row->len != 0)
            row->ptr[dice_below(d, row->len)] ^= (uint8_t)(1U << dice_below(d, 8));
        break;
    case SPOIL_BYTES:
        for (size_t n = dice_below(d, 8) + 1; n != 0 && row->len != 0; n--)
            row->ptr[dice_below(d, row->len)] = (uint8_t)dice_u64(d);
        break;
    case SPOIL_TRUNCATE:
        if (row->len != 0)
            row_resize(row, row->len - 1 - dice_below(d, dice_one_in(d, 2) ? row->len : 1));
        break;
    case SPOIL_EXTEND:
        row_resize(row, old_len + 1 + dice_below(d, dice_one_in(d, 2) ? 64 : 1));
        if (dice_one_in(d, 2))
            dice_fill(d, row->ptr + old_len, row->len - old_len);
        break;
    case SPOIL_EMPTY:
        row_resize(row, 0);
        break;
    case SPOIL_ELEMENT:
        spoil_element(d, row);
        break;
    case SPOIL_SWAP:
        swap(d, row);
        break;
    case SPOIL_RANDOM:
        dice_fill(d, row->ptr, row->len);
        break;
    case SPOIL_ZEROS:
        memset(row->ptr, 0, row->len);
        break;
    case SPOIL_OTHER_REPORT:
        row_set(row, other, (size_t)(row->ptr - row->base));
        break;
    case SPOIL_ENVELOPE:
        spoil_envelope(d, row);
        break;
    case SPOIL_OTHER_PARTY: /* what the caller does */
    case SPOIL_NONCE:
    case SPOIL_NONCE_ONE:
    case SPOIL_N:
        break;
    }
}
