/* Normalization form C by its definition: decompose, order the marks, compose, compare. */
#include "statement/nfc_internal.h"

enum {
    /* Below it no code point changes or takes part in a change of others. */
    FIRST_MARK = 0x300,
    DECOMPOSED_MAX = 4 * HUB_NFC_CODES_MAX, /* no decomposition is longer than 4 */
    DEPTH_MAX = 4,
    /* Hangul syllables are computed (Unicode, section 3.12). */
    S_BASE = 0xAC00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11A7,
    L_COUNT = 19,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = L_COUNT * V_COUNT * T_COUNT
};

static const struct hub_nfc_pair *find_pair(uint32_t code)
{
    size_t low = 0;
    size_t high = hub_n_nfc_pairs;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (hub_nfc_pairs[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < hub_n_nfc_pairs && hub_nfc_pairs[low].code == code ? &hub_nfc_pairs[low] : NULL;
}

static uint32_t class_of(uint32_t code)
{
    size_t low = 0;
    size_t high = hub_n_nfc_classes;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (hub_nfc_classes[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < hub_n_nfc_classes && hub_nfc_classes[low].first <= code ? hub_nfc_classes[low].ccc
                                                                         : 0;
}

struct codes {
    uint32_t code[DECOMPOSED_MAX];
    size_t n;
};

static void add_hangul(struct codes *out, uint32_t syllable)
{
    const uint32_t index = syllable - S_BASE;

    out->code[out->n++] = L_BASE + index / (V_COUNT * T_COUNT);
    out->code[out->n++] = V_BASE + index % (V_COUNT * T_COUNT) / T_COUNT;
    if (index % T_COUNT != 0)
        out->code[out->n++] = T_BASE + index % T_COUNT;
}

/* The first of a pair may decompose further, the second never does. */
static void add_decomposed(struct codes *out, uint32_t code)
{
    uint32_t seconds[DEPTH_MAX];
    size_t depth = 0;
    const struct hub_nfc_pair *pair;

    if (code - S_BASE < S_COUNT) {
        add_hangul(out, code);
        return;
    }
    while ((pair = find_pair(code)) != NULL && depth < DEPTH_MAX) {
        code = pair->first;
        if (pair->second != 0)
            seconds[depth++] = pair->second;
    }
    out->code[out->n++] = code;
    while (depth > 0)
        out->code[out->n++] = seconds[--depth];
}

/* Marks between two starters in the order of their classes, equal ones as they stood. */
static void order_marks(struct codes *c)
{
    for (size_t i = 1; i < c->n; i++) {
        const uint32_t code = c->code[i];
        const uint32_t ccc = class_of(code);
        size_t at = i;

        for (; ccc != 0 && at > 0 && class_of(c->code[at - 1]) > ccc; at--)
            c->code[at] = c->code[at - 1];
        c->code[at] = code;
    }
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    if (first - L_BASE < L_COUNT && second - V_BASE < V_COUNT)
        return S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    if (first - S_BASE < S_COUNT && (first - S_BASE) % T_COUNT == 0 && second > T_BASE &&
        second - T_BASE < T_COUNT)
        return first + (second - T_BASE);
    return 0;
}

/* What the two become, or 0. */
static uint32_t compose_pair(uint32_t first, uint32_t second)
{
    if (second < FIRST_MARK)
        return 0;
    for (size_t i = 0; i < hub_n_nfc_pairs; i++) {
        const struct hub_nfc_pair *const pair = &hub_nfc_pairs[i];

        if (pair->second == second && pair->first == first && pair->composes != 0)
            return pair->code;
    }
    return compose_hangul(first, second);
}

static void compose(struct codes *c)
{
    size_t n = 0;
    size_t starter = SIZE_MAX;
    uint32_t last_class = 0; /* of the code before, if it is a mark behind the starter */

    for (size_t i = 0; i < c->n; i++) {
        const uint32_t code = c->code[i];
        const uint32_t ccc = class_of(code);
        const bool is_next = starter != SIZE_MAX && n == starter + 1;
        const bool is_blocked = !is_next && last_class >= ccc;
        const uint32_t whole =
            starter == SIZE_MAX || is_blocked ? 0 : compose_pair(c->code[starter], code);

        if (whole != 0) {
            c->code[starter] = whole;
            continue;
        }
        if (ccc == 0)
            starter = n;
        last_class = ccc;
        c->code[n++] = code;
    }
    c->n = n;
}

bool hub_nfc_is_normal(const uint32_t *codes, size_t n)
{
    struct codes c = {.n = 0};
    bool has_marks = false;

    if (n > HUB_NFC_CODES_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        has_marks = has_marks || codes[i] >= FIRST_MARK;
    if (!has_marks)
        return true;
    for (size_t i = 0; i < n; i++)
        add_decomposed(&c, codes[i]);
    order_marks(&c);
    compose(&c);
    return c.n == n && memcmp(c.code, codes, n * sizeof(*codes)) == 0;
}
