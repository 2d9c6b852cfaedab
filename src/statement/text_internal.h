/* What a text value of a statement or a label may be. */
#ifndef STATEMENT_TEXT_INTERNAL_H
#define STATEMENT_TEXT_INTERNAL_H

#include "statement/statement.h"

/* NULL, or what is wrong: 1 to 500 octets, UTF-8 in NFC, no control characters, no space at either
 * end. */
const char *hub_text_fault(hub_span text);
/* [a-z0-9-]{1,64} */
bool hub_text_is_name(hub_span text);
/* http or https, a host, nothing but visible ASCII. */
bool hub_text_is_url(hub_span text);

#endif
