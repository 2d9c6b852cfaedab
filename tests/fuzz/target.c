/* One fuzz target a decoder: HUB_FUZZ_CODEC names it when this file is compiled. */
#include "codecs.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (hub_codec_find(HUB_FUZZ_CODEC)->round_trip(hub_span_of(data, size)) == HUB_E_CONFLICT)
        abort();
    return 0;
}
