/* Writes HTML, SVG and text into a buffer. Sticky: after the first failure nothing is written, and
 * hub_html_finish tells. Only hub_html_raw takes markup; whatever came from outside goes through
 * hub_html_text or hub_html_print, which escape. */
#ifndef PAGE_HTML_H
#define PAGE_HTML_H

#include "base/bytes.h"

struct hub_html {
    struct hub_buf *buf;
    hub_status status;
};

static inline struct hub_html hub_html(struct hub_buf *buf)
{
    return (struct hub_html){buf, HUB_OK};
}

/* Markup that stands in the program's text. */
void hub_html_raw(struct hub_html *h, const char *markup);
/* Text, escaped for elements and quoted attributes. */
void hub_html_text(struct hub_html *h, const char *text);
/* Formatted, then escaped; at most 4,000 octets. */
void hub_html_print(struct hub_html *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Formatted markup: only numbers and the program's own words may go into it; at most 4,000. */
void hub_html_format(struct hub_html *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A number of at most two decimals, without zeros at its end: coordinates. */
void hub_html_number(struct hub_html *h, double value);
/* One octet as it is. */
void hub_html_char(struct hub_html *h, char c);
HUB_MUST_USE static inline hub_status hub_html_finish(const struct hub_html *h)
{
    return h->status;
}

#endif
