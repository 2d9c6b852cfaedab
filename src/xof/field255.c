/* Elements of Field255 from XofTurboShake128. */
#include "xof/field255.h"

void hub_xof_next_field255(struct hub_xof *x, hub_fe255 *out, size_t n)
{
    while (n != 0) {
        for (size_t i = 0; i < n; i++)
            hub_xof_squeeze_words(x, out[i].w, 4);
        size_t kept = hub_field255_sample(out, n);
        out += kept;
        n -= kept;
    }
}
