/* Configuration: one struct a program, filled once from an .ini file by a table that also prints
 * the help. Afterwards it is const. An unknown name, a name given twice or a value out of range
 * stops the start, with the line number. */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include "base/bytes.h"

enum hub_option_kind {
    HUB_OPT_TEXT, /* char[HUB_OPTION_TEXT_MAX], cut never: too long is refused */
    HUB_OPT_U32,
    HUB_OPT_U64,
    HUB_OPT_BOOL /* yes or no */
};

enum { HUB_OPTION_TEXT_MAX = 512 };

struct hub_option {
    const char *name; /* "section.key", or "key" before any section */
    enum hub_option_kind kind;
    size_t offset;        /* of the field in the struct */
    const char *fallback; /* NULL: must be given */
    const char *help;
    uint64_t min; /* for numbers; max 0 means the type's largest */
    uint64_t max;
};

/* The pairs of any .ini text in their order: section ("" before the first), key, value, line. The
 * callback returns HUB_OK or stops the walk. HUB_E_CONFIG names the line of a syntax error. */
typedef hub_status (*hub_ini_pair)(void *self, const char *section, const char *key,
                                   const char *value, unsigned line, struct hub_why *why);
HUB_MUST_USE hub_status hub_ini_walk(hub_span text, const char *name, hub_ini_pair pair, void *self,
                                     struct hub_why *why);

/* Fills config from the file's text (name is for messages). HUB_E_CONFIG with the line. */
HUB_MUST_USE hub_status hub_options_read(void *config, const struct hub_option *options, size_t n,
                                         const char *name, hub_span text, struct hub_why *why);
/* The same, from a file. */
HUB_MUST_USE hub_status hub_options_load(void *config, const struct hub_option *options, size_t n,
                                         const char *path, struct hub_why *why);
/* hub_options_load for files with sections that no table can name, since there may be any number of
 * them: other gets the pairs whose name the table does not have, and judges them. */
HUB_MUST_USE hub_status hub_options_load_sections(void *config, const struct hub_option *options,
                                                  size_t n, const char *path, hub_ini_pair other,
                                                  void *self, struct hub_why *why);
/* One line an option: name, fallback, help. Returns the text's length, as snprintf does. */
size_t hub_options_help(char *out, size_t size, const struct hub_option *options, size_t n);

#endif
