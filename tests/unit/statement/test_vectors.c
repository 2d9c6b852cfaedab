/* Whole statements: text to struct and back to the same bytes, hash, numbers, task_info. */
#include "statement/label.h"
#include "vectors_internal.h"

#include "base/text.h"

#include <inttypes.h>

static void check_vector(const char *line)
{
    char name[32];
    char hash_hex[65];
    char info_hex[2 * HUB_TASK_INFO_LEN + 1];
    char got[2 * HUB_TASK_INFO_LEN + 1];
    uint64_t sigma2;
    uint64_t charge;
    struct hub_statement s;
    struct hub_why why = {""};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf back = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    uint8_t hash[HUB_STATEMENT_HASH_LEN];
    uint8_t info[HUB_TASK_INFO_LEN];

    assert_int_equal(sscanf(line, "%31s %64s %" SCNu64 " %" SCNu64 " %86s", name, hash_hex, &sigma2,
                            &charge, info_hex),
                     5);
    read_statement(&text, name);
    if (hub_statement_parse(&s, hub_buf_span(&text), &why) != HUB_OK)
        fail_msg("%s: %s", name, why.text);
    assert_int_equal(s.sigma2, sigma2);
    assert_int_equal(s.rho_day, charge);
    assert_int_equal(hub_statement_write(&back, &s, &why), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&text), hub_buf_span(&back)));
    assert_int_equal(hub_statement_hash(hash, hub_buf_span(&text)), HUB_OK);
    hub_hex_encode(got, HUB_SPAN_ARRAY(hash));
    assert_string_equal(got, hash_hex);
    assert_int_equal(hub_statement_task_info(info, hub_buf_span(&text)), HUB_OK);
    hub_hex_encode(got, HUB_SPAN_ARRAY(info));
    assert_string_equal(got, info_hex);
    assert_true(hub_statement_is_task_info(HUB_SPAN_ARRAY(info), hash));
    hash[31] ^= 1;
    assert_false(hub_statement_is_task_info(HUB_SPAN_ARRAY(info), hash));
}

static void vectors(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf expected = HUB_BUF_INIT(65536);
    size_t n = 0;

    read_vector(&expected, "expected.txt");
    assert_int_equal(hub_buf_append(&expected, hub_span_of("", 1)), HUB_OK);
    for (char *line = strtok((char *)expected.ptr, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (line[0] == '#')
            continue;
        check_vector(line);
        n++;
    }
    assert_int_equal(n, COUNT(vector_names));
}

static void fields(void **state)
{
    (void)state;
    static struct hub_statement travel;
    static struct hub_statement footfall;
    static struct hub_statement charges;

    travel = vector_statement("travel");
    footfall = vector_statement("footfall");
    charges = vector_statement("charges");
    assert_string_equal(travel.leader.name, "City Data Centre");
    assert_string_equal(travel.leader.url, "https://leader.example.org/dap/");
    assert_string_equal(travel.helper.name, "University of Example, Institute of Statistics");
    assert_string_equal(travel.collector, "Statistics Office");
    assert_int_equal(travel.unit, HUB_UNIT_DEVICE_DAY);
    assert_int_equal(travel.vdaf.circuit, HUB_CIRCUIT_HISTOGRAM);
    assert_int_equal(travel.vdaf.length, 8);
    assert_int_equal(travel.vdaf.chunk, 3);
    assert_int_equal(travel.release_minute, 390);
    assert_int_equal(hub_statement_n_cells(&travel), 8);
    assert_int_equal(hub_statement_n_noises(&travel), 2);
    assert_true(hub_statement_adds_noise(&travel, true));
    assert_true(hub_statement_adds_noise(&travel, false));
    assert_int_equal(hub_statement_start_s(&travel), 1740787200);
    assert_int_equal(hub_statement_end_s(&travel), 1772323200);
    assert_int_equal(footfall.resident_c, 3);
    assert_int_equal(footfall.resident_cells, 2);
    assert_int_equal(footfall.release_minute, -1);
    assert_int_equal(footfall.clock, HUB_STATEMENT_CLOCK_DEMO);
    assert_int_equal(charges.release_minute, 0);
    assert_int_equal(charges.noise, HUB_NOISE_HELPER);
    assert_int_equal(hub_statement_n_noises(&charges), 1);
    assert_false(hub_statement_adds_noise(&charges, true));
    assert_true(hub_statement_adds_noise(&charges, false));
    assert_int_equal(hub_statement_n_cells(&charges), 1);
    assert_false(charges.has_labels);
}

static void labels(void **state)
{
    (void)state;
    static struct hub_statement travel;
    static struct hub_statement charges;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf other = HUB_BUF_INIT(65536);
    hub_span lines[8];
    struct hub_why why = {""};

    travel = vector_statement("travel");
    charges = vector_statement("charges");
    read_vector(&text, "travel.labels");
    read_vector(&other, "sites.labels");
    assert_int_equal(hub_labels_check(&travel, hub_buf_span(&text), &why), HUB_OK);
    assert_int_equal(hub_labels_check(&travel, hub_buf_span(&other), &why), HUB_E_REFUSED);
    assert_int_equal(hub_labels_check(&charges, hub_buf_span(&text), &why), HUB_E_REFUSED);
    assert_int_equal(hub_labels_parse(lines, 8, hub_buf_span(&text), &why), HUB_OK);
    assert_true(hub_span_equal_var(lines[0], hub_span_text("on foot")));
    assert_true(hub_span_equal_var(lines[7], hub_span_text("none")));
}

static void label_files_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hub_status status;
        const char *line;
    } cases[] = {
        {"a\nb", HUB_E_DECODE, "line 2"},       {"a\n\n", HUB_E_DECODE, "line 2"},
        {"a\r\nb\n", HUB_E_DECODE, "line 1"},   {"a\n b\n", HUB_E_DECODE, "line 2"},
        {"a \nb\n", HUB_E_DECODE, "line 1"},    {"a\n\xff\n", HUB_E_DECODE, "line 2"},
        {"a\nb\nc\n", HUB_E_REFUSED, "line 3"}, {"a\n", HUB_E_REFUSED, "1 labels"},
        {"", HUB_E_REFUSED, "0 labels"},        {"a\ne\xcc\x81\n", HUB_E_DECODE, "line 2"},
    };
    hub_span lines[2] = {{NULL, 0}, {NULL, 0}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hub_why why = {""};

        assert_int_equal(hub_labels_parse(lines, 2, hub_span_text(cases[i].text), &why),
                         cases[i].status);
        assert_non_null(strstr(why.text, cases[i].line));
        assert_null(lines[0].ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(fields),
        cmocka_unit_test(labels),
        cmocka_unit_test(label_files_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
