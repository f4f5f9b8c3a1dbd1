#include "core/base/error.h"
#include "core/formats/json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *text;
  const char *complaint;
} Broken;

/* Every one is refused; what is said is part of the promise. */
static const Broken broken[] = {
  { "", "line" },
  { "   ", "line" },
  { "[]", "not a JSON object" },
  { "{", "line 1" },
  { "{\"a\":1} x", "line 1" },
  { "{\"a\":1,}", "line 1" },
  { "{'a':1}", "line 1" },
  { "{\"a\":01}", "line 1" },
  { "{\"a\":+1}", "line 1" },
  { "{\"a\":.5}", "line 1" },
  { "{\"a\":1.}", "line 1" },
  { "{\"a\":0x1}", "line 1" },
  { "{\"a\":NaN}", "line 1" },
  { "{\"a\":1e400}", "overflow" },
  { "{\"a\":9999999999999999999}", "too big" },
  { "{\"a\":000000000000000000001}", "line 1" },
  { "{\"a\":1000000000000000000001x}", "line 1" },
  { "{\"a\":100000000000000000000-1}", "line 1" },
  { "{\"a\":\"\\ud800\"}", "line 1" },
  { "{\"a\":\"\\u0000\"}", "NUL" },
  { "{\"a\":\"\\x\"}", "line 1" },
  { "{\"a\":\"\n\"}", "line" },
  { "{\"a\":\"\xc0\xaf\"}", "decode byte" },
  { "{\"a\":\"\xed\xa0\x80\"}", "decode byte" },
  { "{\"a\":1} // no", "line 1" },
  { "{\"a\":1,\"a\":2}", "duplicate" },
  { "{\"a\":\"\\", "line 1" },
};

static json_t *
parse (const char *text, GError **error)
{
  return ph_json_parse (text, strlen (text), 100, error);
}

START_TEST (broken_json_is_refused_with_a_reason)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (parse (broken[_i].text, &error));
  ck_assert (error->domain == PH_ERROR);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  ck_assert_msg (strstr (error->message, broken[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (whole_numbers_of_any_length_are_read)
{
  g_autoptr (PhJson) json = parse ("{\"a\":1000000000000000019884624838656,\"b\":[3],"
                                   "\"c\":\"10000000000000000000000\",\"d\":-1}",
                                   NULL);
  const json_t *a = json_object_get (json, "a");

  ck_assert (json_is_real (a) &&
             json_real_value (a) == 1000000000000000019884624838656.0);
  ck_assert_str_eq (json_string_value (json_object_get (json, "c")),
                    "10000000000000000000000");
  ck_assert_int_eq (json_integer_value (json_object_get (json, "d")), -1);
}
END_TEST

/* {"a":{"a":…{}…}}, @depth objects in all. */
static char *
nested (int depth)
{
  GString *text = g_string_new (NULL);

  for (int i = 1; i < depth; i++)
    g_string_append (text, "{\"a\":");
  g_string_append (text, "{}");
  for (int i = 1; i < depth; i++)
    g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

START_TEST (nesting_ends_at_64)
{
  g_autofree char *deep = nested (PH_JSON_MAX_DEPTH);
  g_autofree char *deeper = nested (PH_JSON_MAX_DEPTH + 1);
  g_autofree char *hostile = nested (1000000);
  g_autoptr (PhJson) document = parse (deep, NULL);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_nonnull (document);
  ck_assert_ptr_null (parse (deeper, &error));
  ck_assert_msg (strstr (error->message, "deeper than 64") != NULL, "%s", error->message);
  ck_assert_ptr_null (parse (hostile, NULL));
}
END_TEST

START_TEST (values_are_counted_before_they_are_made)
{
  const char *text = "{\"a\":[1,2,3,4]}";
  g_autoptr (PhJson) document = ph_json_parse (text, strlen (text), 6, NULL);
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_nonnull (document);
  ck_assert_ptr_null (ph_json_parse (text, strlen (text), 5, &error));
  ck_assert_msg (strstr (error->message, "more than 5 values") != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (brackets_inside_of_strings_do_not_count)
{
  const char *text = "{\"[[[\\\"[,,,,\":\"{{{,,,\\\\\"}";
  g_autoptr (PhJson) document = ph_json_parse (text, strlen (text), 2, NULL);

  ck_assert_ptr_nonnull (document);
}
END_TEST

typedef struct {
  size_t width;
  int64_t offset;
  double epsilon;
  bool tied;
  const char *name;
} Config;

static const PhJsonField fields[] = {
  { "width", PH_JSON_SIZE, offsetof (Config, width), 1, 1024, .required = true },
  { "offset", PH_JSON_INT, offsetof (Config, offset), -2, 2, .standard = -1 },
  { "epsilon", PH_JSON_REAL, offsetof (Config, epsilon), 1e-12, 1, .standard = 0.5 },
  { "tied", PH_JSON_BOOL, offsetof (Config, tied), .standard = true },
  { "name", PH_JSON_TEXT, offsetof (Config, name) },
};

START_TEST (a_table_fills_a_struct)
{
  g_autoptr (PhJson) all = parse (
      "{\"width\":7,\"offset\":2,\"epsilon\":1,\"tied\":false,\"name\":\"x\"}", NULL);
  g_autoptr (PhJson) least = parse ("{\"width\":1024,\"name\":null}", NULL);
  Config config;

  ck_assert (ph_json_read (all, "", fields, G_N_ELEMENTS (fields), &config, NULL));
  ck_assert_uint_eq (config.width, 7);
  ck_assert_int_eq (config.offset, 2);
  ck_assert_double_eq (config.epsilon, 1);
  ck_assert (!config.tied);
  ck_assert_str_eq (config.name, "x");

  ck_assert (ph_json_read (least, "", fields, G_N_ELEMENTS (fields), &config, NULL));
  ck_assert_uint_eq (config.width, 1024);
  ck_assert_int_eq (config.offset, -1);
  ck_assert_double_eq (config.epsilon, 0.5);
  ck_assert (config.tied);
  ck_assert_ptr_null (config.name);
}
END_TEST

static const Broken misfits[] = {
  { "{}", "text_config.width is missing" },
  { "{\"width\":null}", "text_config.width is missing" },
  { "{\"width\":0}", "text_config.width is 0, not 1 to 1024" },
  { "{\"width\":-1}", "text_config.width is -1, not 1 to 1024" },
  { "{\"width\":1025}", "text_config.width is 1025, not 1 to 1024" },
  { "{\"width\":9007199254740993}",
    "text_config.width is 9007199254740993, not 1 to 1024" },
  { "{\"width\":1.5}", "text_config.width is 1.5, not a whole number" },
  { "{\"width\":\"12\"}", "text_config.width is \"12\", not a whole number" },
  { "{\"width\":true}", "text_config.width is true, not a whole number" },
  { "{\"width\":[1]}", "text_config.width is an array, not a whole number" },
  { "{\"width\":1,\"offset\":-3}", "text_config.offset is -3, not -2 to 2" },
  { "{\"width\":1,\"epsilon\":0}", "text_config.epsilon is 0, not 1e-12 to 1" },
  { "{\"width\":1,\"epsilon\":\"nan\"}", "text_config.epsilon is \"nan\", not a number" },
  { "{\"width\":1,\"tied\":1}", "text_config.tied is 1, not true or false" },
  { "{\"width\":1,\"name\":{}}", "text_config.name is an object, not a string" },
};

START_TEST (a_misfit_is_named_with_what_would_be_right)
{
  g_autoptr (PhJson) document = parse (misfits[_i].text, NULL);
  g_autoptr (GError) error = NULL;
  Config config;

  ck_assert (!ph_json_read (document, "text_config", fields, G_N_ELEMENTS (fields),
                            &config, &error));
  ck_assert_str_eq (error->message, misfits[_i].complaint);
}
END_TEST

START_TEST (a_missing_file_is_named)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_json_load ("/nowhere/config.json", &error));
  ck_assert (g_str_has_prefix (error->message, "/nowhere/config.json: "));
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("json");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_test (all, whole_numbers_of_any_length_are_read);
  tcase_add_loop_test (all, broken_json_is_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, nesting_ends_at_64);
  tcase_add_test (all, values_are_counted_before_they_are_made);
  tcase_add_test (all, brackets_inside_of_strings_do_not_count);
  tcase_add_test (all, a_table_fills_a_struct);
  tcase_add_loop_test (all, a_misfit_is_named_with_what_would_be_right, 0,
                       G_N_ELEMENTS (misfits));
  tcase_add_test (all, a_missing_file_is_named);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
