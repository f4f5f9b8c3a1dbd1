/* pytorch_model.bin, and the two formats it is made of: zip.h, pickle.h, torch.h. */
#include "core/base/error.h"
#include "core/formats/pickle.h"
#include "core/formats/torch.h"
#include "core/formats/zip.h"
#include "tests/files.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;
static char *path;

static void
check_message (const GError *error, const char *complaint)
{
  ck_assert_ptr_nonnull (error);
  ck_assert (error->domain == PH_ERROR);
  ck_assert_ptr_null (strchr (error->message, '\n'));
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s (not %s)",
                 error->message, complaint);
}

static void
check_refused (const char *complaint)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_torch_open (path, &error));
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
  check_message (error, complaint);
}

static void
refuse_torch (const void *bytes, size_t n_bytes, const char *complaint)
{
  ck_assert (write_anew (path, bytes, n_bytes));
  check_refused (complaint);
}

/* Refused in a line, or so that every byte of every tensor may be read. */
static void
check_harmless (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhTorch) file = ph_torch_open (path, &error);
  const PhStoredTensor *tensors;
  size_t n_tensors;
  volatile uint8_t last;

  if (file == NULL) {
    check_message (error, ": ");
    return;
  }
  tensors = ph_torch_get_tensors (file, &n_tensors);
  for (size_t t = 0; t < n_tensors; t++)
    for (size_t b = 0; b < tensors[t].n_bytes; b++)
      last = tensors[t].data[b];
  (void) last;
}

/* --- what torch.save writes --- */

static const char *const mixed[] = { "mixed.bin", "mixed-protocol-4.bin" };

static void
read_data (const char *name, char **bytes, size_t *n_bytes)
{
  g_autofree char *data = g_build_filename (TEST_DATA, "torch", name, NULL);

  ck_assert (g_file_get_contents (data, bytes, n_bytes, NULL));
}

static PhTorch *
open_data (const char *name)
{
  g_autofree char *data = g_build_filename (TEST_DATA, "torch", name, NULL);
  g_autoptr (GError) error = NULL;
  PhTorch *file = ph_torch_open (data, &error);

  ck_assert_msg (file != NULL, "%s", error != NULL ? error->message : "");
  return file;
}

static const PhStoredTensor *
find (const PhTorch *file, const char *name)
{
  size_t n_tensors;
  const PhStoredTensor *tensors = ph_torch_get_tensors (file, &n_tensors);

  for (size_t i = 0; i < n_tensors; i++)
    if (strcmp (tensors[i].name, name) == 0)
      return &tensors[i];
  ck_abort_msg ("no tensor %s", name);
  return NULL;
}

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof ((uint8_t[]){ __VA_ARGS__ })

/* The state that tests/reference/torch_files.py makes, and its bytes; none for a view
 * that is not stored row by row. */
static const struct {
  const char *name, *type;
  int n_dims;
  size_t dims[2];
  const uint8_t *bytes;
  size_t n_bytes;
} state[] = {
  { "part.weight",
    "F16",
    2,
    { 2, 3 },
    BYTES (0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0, 0x46) },
  { "part.bias", "F32", 1, { 2 }, BYTES (0, 0, 0, 0x3f, 0, 0, 0xc0, 0xbf) },
  { "part.decoder.bias", "F32", 1, { 2 }, BYTES (0, 0, 0, 0x3f, 0, 0, 0xc0, 0xbf) },
  { "part.parameter", "BF16", 2, { 1, 3 }, BYTES (0x80, 0x3f, 0, 0x40, 0x40, 0x40) },
  { "part.tail",
    "F32",
    1,
    { 4 },
    BYTES (0, 0, 0xc0, 0x40, 0, 0, 0xe0, 0x40, 0, 0, 0, 0x41, 0, 0, 0x10, 0x41) },
  { "part.turned", "F32", 2, { 3, 2 }, NULL, 0 },
  { "part.expanded", "I64", 2, { 2, 3 }, NULL, 0 },
  { "part.position_ids",
    "I64",
    2,
    { 1, 4 },
    BYTES (0,
           0,
           0,
           0,
           0,
           0,
           0,
           0,
           1,
           0,
           0,
           0,
           0,
           0,
           0,
           0,
           2,
           0,
           0,
           0,
           0,
           0,
           0,
           0,
           3,
           0,
           0,
           0,
           0,
           0,
           0,
           0) },
  { "part.scalar", "I32", 0, { 0 }, BYTES (7, 0, 0, 0) },
  { "part.double", "F64", 1, { 1 }, BYTES (0, 0, 0, 0, 0, 0, 0xd0, 0x3f) },
};

START_TEST (tensors_are_read_as_torch_saved_them)
{
  g_autoptr (PhTorch) file = open_data (mixed[_i]);
  size_t n_tensors;

  ph_torch_get_tensors (file, &n_tensors);
  ck_assert_uint_eq (n_tensors, G_N_ELEMENTS (state) + 1);
  for (size_t i = 0; i < G_N_ELEMENTS (state); i++) {
    const PhStoredTensor *tensor = find (file, state[i].name);

    ck_assert_str_eq (tensor->type, state[i].type);
    ck_assert_int_eq (tensor->n_dims, state[i].n_dims);
    ck_assert_mem_eq (tensor->dims, state[i].dims, sizeof state[i].dims);
    ck_assert_uint_eq (tensor->n_bytes, state[i].n_bytes);
    ck_assert ((tensor->data == NULL) == (state[i].bytes == NULL));
    if (tensor->data != NULL)
      ck_assert_mem_eq (tensor->data, state[i].bytes, state[i].n_bytes);
  }
  ck_assert_uint_eq (find (file, "part.none")->n_bytes, 0);
  ck_assert_ptr_eq (find (file, "part.bias")->data,
                    find (file, "part.decoder.bias")->data);
  ck_assert_uint_eq ((uintptr_t) find (file, "part.bias")->data % 64, 0);
}
END_TEST

/* These two change one file in place: making thousands anew takes a minute. */
START_TEST (a_file_cut_at_any_byte_is_refused)
{
  g_autofree char *bytes = NULL;
  size_t n_bytes;

  read_data (mixed[_i], &bytes, &n_bytes);
  ck_assert (write_anew (path, bytes, n_bytes));
  while (n_bytes-- > 0) {
    ck_assert (truncate (path, (off_t) n_bytes) == 0);
    check_refused ("does not end as a zip file does");
  }
}
END_TEST

START_TEST (a_file_with_any_byte_changed_is_refused_or_safe_to_read)
{
  static const char changes[] = { 1, 0x20, (char) 0x80, (char) 0xff, 0 };
  g_autofree char *bytes = NULL;
  size_t n_bytes;
  int file;

  read_data (mixed[_i], &bytes, &n_bytes);
  ck_assert (write_anew (path, bytes, n_bytes));
  file = open (path, O_WRONLY);
  for (size_t n = 0; n < n_bytes; n++) {
    for (size_t c = 0; c < G_N_ELEMENTS (changes); c++) {
      char changed = (char) (bytes[n] ^ changes[c]);

      ck_assert (pwrite (file, &changed, 1, (off_t) n) == 1);
      check_harmless ();
    }
  }
  close (file);
}
END_TEST

START_TEST (the_format_from_before_1_6_is_told_as_such)
{
  g_autofree char *bytes = NULL;
  size_t n_bytes;

  read_data ("old.bin", &bytes, &n_bytes);
  refuse_torch (bytes, n_bytes, "before torch 1.6");
}
END_TEST

START_TEST (the_other_byte_order_is_refused)
{
  g_autofree char *bytes = NULL;
  char *order;
  size_t n_bytes;

  read_data (mixed[0], &bytes, &n_bytes);
  order = memmem (bytes, n_bytes, "little", 6);
  memcpy (order, "big   ", 6);
  refuse_torch (bytes, n_bytes, "big-endian");
}
END_TEST

/* --- archives --- */

#define MAX_MEMBERS 4

typedef struct {
  const char *name;
  const char *data;
  size_t n_bytes;
} Member;

/* A zip and where its records are. */
typedef struct {
  GString *bytes;
  size_t local[MAX_MEMBERS], entry[MAX_MEMBERS];
  size_t end64, locator, end;
} Archive;

static void
put (GString *bytes, uint64_t number, int n_bytes)
{
  for (int i = 0; i < n_bytes; i++)
    g_string_append_c (bytes, (char) (number >> 8 * i));
}

static void
put_zeros (GString *bytes, int n_bytes)
{
  put (bytes, 0, MIN (n_bytes, 8));
  if (n_bytes > 8)
    put_zeros (bytes, n_bytes - 8);
}

/* What both kinds of header hold, from the flags to the length of the extra fields. */
static void
put_common (GString *bytes, const Member *member, bool wide, int n_extra)
{
  uint64_t size = wide ? UINT32_MAX : member->n_bytes;

  put_zeros (bytes, 12);
  put (bytes, size, 4);
  put (bytes, size, 4);
  put (bytes, strlen (member->name), 2);
  put (bytes, (uint64_t) (wide ? n_extra : 0), 2);
}

static void
put_local (Archive *archive, size_t index, const Member *member, bool wide)
{
  archive->local[index] = archive->bytes->len;
  g_string_append (archive->bytes, "PK\3\4");
  put (archive->bytes, 45, 2);
  put_common (archive->bytes, member, wide, 20);
  g_string_append (archive->bytes, member->name);
  if (wide) {
    put (archive->bytes, 1 | 16 << 16, 4);
    put (archive->bytes, member->n_bytes, 8);
    put (archive->bytes, member->n_bytes, 8);
  }
  g_string_append_len (archive->bytes, member->data, (gssize) member->n_bytes);
}

static void
put_entry (Archive *archive, size_t index, const Member *member, bool wide)
{
  archive->entry[index] = archive->bytes->len;
  g_string_append (archive->bytes, "PK\1\2");
  put (archive->bytes, 45 | 45 << 16, 4);
  put_common (archive->bytes, member, wide, 28);
  put_zeros (archive->bytes, 10);
  put (archive->bytes, wide ? UINT32_MAX : archive->local[index], 4);
  g_string_append (archive->bytes, member->name);
  if (wide) {
    put (archive->bytes, 1 | 24 << 16, 4);
    put (archive->bytes, member->n_bytes, 8);
    put (archive->bytes, member->n_bytes, 8);
    put (archive->bytes, archive->local[index], 8);
  }
}

static void
put_end64 (Archive *archive, size_t n_members, size_t n_directory, size_t directory)
{
  GString *bytes = archive->bytes;

  archive->end64 = bytes->len;
  g_string_append (bytes, "PK\6\6");
  put (bytes, 44, 8);
  put_zeros (bytes, 12);
  put (bytes, n_members, 8);
  put (bytes, n_members, 8);
  put (bytes, n_directory, 8);
  put (bytes, directory, 8);

  archive->locator = bytes->len;
  g_string_append (bytes, "PK\6\7");
  put_zeros (bytes, 4);
  put (bytes, archive->end64, 8);
  put (bytes, 1, 4);
}

static Archive
make_zip (const Member *members, size_t n_members, bool wide)
{
  Archive archive = { .bytes = g_string_new (NULL) };
  size_t directory, n_directory;

  for (size_t i = 0; i < n_members; i++)
    put_local (&archive, i, &members[i], wide);
  directory = archive.bytes->len;
  for (size_t i = 0; i < n_members; i++)
    put_entry (&archive, i, &members[i], wide);
  n_directory = archive.bytes->len - directory;
  if (wide)
    put_end64 (&archive, n_members, n_directory, directory);

  archive.end = archive.bytes->len;
  g_string_append (archive.bytes, "PK\5\6");
  put_zeros (archive.bytes, 4);
  put (archive.bytes, wide ? UINT16_MAX : n_members, 2);
  put (archive.bytes, wide ? UINT16_MAX : n_members, 2);
  put (archive.bytes, wide ? UINT32_MAX : n_directory, 4);
  put (archive.bytes, wide ? UINT32_MAX : directory, 4);
  put_zeros (archive.bytes, 2);
  return archive;
}

static PhZip *
open_zip (const GString *bytes, PhMap **map, GError **error)
{
  ck_assert (write_anew (path, bytes->str, bytes->len));
  *map = ph_map_open (path, NULL);
  return ph_zip_open (*map, error);
}

static const Member members[] = { { "m/one", "first", 5 }, { "m/two", "second!", 7 } };

START_TEST (entries_are_found_in_archives_of_32_and_64_bits)
{
  Archive archive = make_zip (members, 2, _i == 1);
  g_autoptr (PhMap) map = NULL;
  g_autoptr (PhZip) zip = open_zip (archive.bytes, &map, NULL);

  ck_assert_ptr_nonnull (zip);
  ck_assert_uint_eq (ph_zip_get_n_entries (zip), 2);
  ck_assert_str_eq (ph_zip_get (zip, 1)->name, "m/two");
  ck_assert_uint_eq (ph_zip_find (zip, "m/one")->n_bytes, 5);
  ck_assert_mem_eq (ph_zip_find (zip, "m/two")->data, "second!", 7);
  ck_assert_ptr_null (ph_zip_find (zip, "m/three"));
  g_string_free (archive.bytes, TRUE);
}
END_TEST

/* One number of a good archive changed. */
static const struct {
  bool wide;
  size_t record; /* where in Archive its place stands */
  size_t offset;
  int n_bytes;
  uint64_t number;
  const char *complaint;
} planted[] = {
#define LOCAL offsetof (Archive, local[1])
#define ENTRY offsetof (Archive, entry[1])
#define END offsetof (Archive, end)
#define END64 offsetof (Archive, end64)
#define LOCATOR offsetof (Archive, locator)
  { false, END, 0, 1, 0, "does not end as a zip file does" },
  { false, END, 20, 2, 1, "does not end as a zip file does" },
  { false, END, 4, 2, 1, "one part of a zip" },
  { false, END, 6, 2, 1, "one part of a zip" },
  { false, END, 10, 2, 3, "no room for 3 entries" },
  { false, END, 10, 2, 1, "belong to no entry" },
  { false, END, 10, 2, UINT16_MAX, "no room for 65535 entries" },
  { false, END, 12, 4, UINT32_MAX, "does not end at byte" },
  { false, END, 16, 4, UINT32_MAX, "does not end at byte" },
  { false, END, 16, 4, 0, "does not end at byte" },
  { true, LOCATOR, 0, 1, 0, "does not end at byte" },
  { true, LOCATOR, 8, 8, UINT64_MAX, "no 64-bit end record at byte 1844" },
  { true, LOCATOR, 8, 8, 0, "no 64-bit end record at byte 0" },
  { true, END64, 0, 1, 0, "no 64-bit end record" },
  { true, END64, 32, 8, UINT64_MAX, "no room for 1844" },
  { true, END64, 40, 8, UINT64_MAX, "does not end at byte" },
  { true, END64, 48, 8, UINT64_MAX, "does not end at byte" },
  { true, END, 10, 2, 2, NULL },
  { true, END, 10, 2, 1, "two end records of the zip disagree" },
  { false, ENTRY, 0, 1, 0, "no zip directory entry at byte" },
  { false, ENTRY, 28, 2, UINT16_MAX, "runs past the directory" },
  { false, ENTRY, 28, 2, 0, "name of 0 bytes" },
  { false, ENTRY, 30, 2, 1, "runs past the directory" },
  { false, ENTRY, 32, 2, 1, "runs past the directory" },
  { false, ENTRY, 46, 1, 0, "without a zero" },
  { false, ENTRY, 46, 1, 'n', "another name in the header" },
  { false, ENTRY, 8, 2, 1, "entry \"m/two\": is encrypted" },
  { false, ENTRY, 10, 2, 8, "is compressed (method 8)" },
  { false, ENTRY, 20, 4, 6, "is stored in 6 bytes, but said to be 7 long" },
  { false, ENTRY, 20, 4, UINT32_MAX, "zip64 sizes are missing" },
  { false, ENTRY, 24, 4, UINT32_MAX, "zip64 sizes are missing" },
  { false, ENTRY, 42, 4, UINT32_MAX, "zip64 sizes are missing" },
  { false, ENTRY, 42, 4, UINT32_MAX - 1, "no header at byte 4294967294" },
  { false, ENTRY, 42, 4, 1, "no header at byte 1" },
  { false, ENTRY, 42, 4, 0, "another name in the header at byte 0" },
  { true, ENTRY, 51, 2, 9, "zip64 sizes are missing" },
  { true, ENTRY, 53, 2, 27, "zip64 sizes are missing" },
  { true, ENTRY, 55, 8, UINT64_MAX, "is stored in 7 bytes" },
  { true, ENTRY, 71, 8, UINT64_MAX, "no header at byte 1844" },
  { false, LOCAL, 0, 1, 0, "no header at byte" },
  { false, LOCAL, 8, 2, 8, "is described otherwise" },
  { false, LOCAL, 6, 2, 1, "is described otherwise" },
  { false, LOCAL, 18, 4, 6, "is described otherwise" },
  { false, LOCAL, 22, 4, 0, "is described otherwise" },
  { false, LOCAL, 26, 2, UINT16_MAX, "runs into the directory" },
  { false, LOCAL, 28, 2, 1, "7 bytes run into the zip directory, 6 are left" },
  { false, LOCAL, 28, 2, UINT16_MAX, "runs into the directory" },
  { true, LOCAL, 39, 8, 6, "is described otherwise" },
};

static void
plant (Archive *archive, size_t index)
{
  size_t at = *(size_t *) ((char *) archive + planted[index].record);

  for (int i = 0; i < planted[index].n_bytes; i++)
    archive->bytes->str[at + planted[index].offset + i] =
        (char) (planted[index].number >> 8 * i);
}

START_TEST (an_archive_with_one_wrong_number_is_refused)
{
  Archive archive = make_zip (members, 2, planted[_i].wide);
  g_autoptr (GString) bytes = archive.bytes;
  g_autoptr (PhMap) map = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PhZip) zip = NULL;

  plant (&archive, _i);
  zip = open_zip (bytes, &map, &error);
  ck_assert ((zip != NULL) == (planted[_i].complaint == NULL));
  if (zip == NULL)
    check_message (error, planted[_i].complaint);
}
END_TEST

/* Two entries of the directory that share a header, or of which one lies inside the
 * data of the other. */
START_TEST (entries_that_lie_over_one_another_are_refused)
{
  const Member twice[] = { { "m/one", "1", 1 }, { "m/one", "2", 1 } };
  Archive archive = make_zip (twice, 2, false);
  g_autoptr (GString) bytes = archive.bytes;
  g_autoptr (PhMap) map = NULL, same_map = NULL;
  g_autoptr (GError) error = NULL, same_error = NULL;

  ck_assert_ptr_null (open_zip (bytes, &map, &error));
  check_message (error, "entry \"m/one\": is there twice");

  memset (bytes->str + archive.entry[1] + 42, 0, 4);
  ck_assert_ptr_null (open_zip (bytes, &same_map, &same_error));
  check_message (same_error, "begins at byte 0, inside of another entry");
}
END_TEST

/* --- pickles --- */

static bool
knows (const char *global)
{
  return strcmp (global, "a.f") == 0;
}

#define PICKLE(bytes) bytes, sizeof bytes - 1

static const struct {
  const char *bytes;
  size_t n_bytes;
  const char *complaint;
} pickles[] = {
  { PICKLE (""), "runs past the end" },
  { PICKLE ("\x80\2"), "runs past the end" },
  { PICKLE ("\x80"), "byte 0: runs past the end" },
  { PICKLE ("\x80\1N."), "protocol 1, not 2 to 5" },
  { PICKLE ("\x80\6N."), "protocol 6, not 2 to 5" },
  { PICKLE ("\x80\2."), "byte 2: takes a value where there is none" },
  { PICKLE ("(."), "takes a value where there is none" },
  { PICKLE ("N.N"), "1 bytes follow its end" },
  { PICKLE ("cos\nsystem\n\x8c\4lessR."), "byte 0: asks for \"os.system\"" },
  { PICKLE ("\x8c\2os\x8c\6system\x93."), "byte 12: asks for \"os.system\"" },
  { PICKLE ("ca\nf.__globals__\n."), "asks for \"a.f.__globals__\"" },
  { PICKLE ("ca.f\n\n."), "asks for \"a.f.\"" },
  { PICKLE ("c\n\n."), "asks for \".\"" },
  { PICKLE ("ca\nf"), "a name runs past the end" },
  { PICKLE ("ca\n\xff\n."), "text is not UTF-8" },
  { PICKLE ("NN\x93."), "whose name is no text" },
  { PICKLE ("ios\nsystem\n."), "opcode 0x69, which torch.save does not write" },
  { PICKLE ("(ca\nf\no."), "opcode 0x6f" },
  { PICKLE ("ca\nf\n)\x81."), "opcode 0x81" },
  { PICKLE ("\x82\1."), "opcode 0x82" },
  { PICKLE ("NNR."), "calls something that cannot be called" },
  { PICKLE ("ca\nf\nNR."), "calls something that cannot be called" },
  { PICKLE ("ca\nf\n)R)R."), "calls something that cannot be called" },
  { PICKLE ("NR."), "takes a value where there is none" },
  { PICKLE ("]Nb."), "sets attributes of what has none" },
  { PICKLE ("Nb."), "takes a value where there is none" },
  { PICKLE ("X\xff\xff\xff\xff"
            "a."),
    "runs past the end" },
  { PICKLE ("X\1\0\0\0\xff."), "text is not UTF-8" },
  { PICKLE ("\x8c\3a\0b."), "text is not UTF-8" },
  { PICKLE ("\x8a\11\1\1\1\1\1\1\1\1\1."), "a number of 9 bytes" },
  { PICKLE ("t."), "down to a mark that is not there" },
  { PICKLE ("u."), "down to a mark that is not there" },
  { PICKLE ("\x85."), "a tuple of 1 values of too few" },
  { PICKLE ("N(N\x86."), "a tuple of 2 values of too few" },
  { PICKLE ("NNNs."), "puts items into None" },
  { PICKLE ("NNs."), "puts items where there is no container" },
  { PICKLE ("Ns."), "takes an item where there is none" },
  { PICKLE ("(NNu."), "puts items where there is no container" },
  { PICKLE ("N(NNu."), "puts items into None" },
  { PICKLE ("}(Nu."), "a key without a value" },
  { PICKLE ("}Na."), "puts items into a dictionary" },
  { PICKLE ("](NNu."), "puts items into a list" },
  { PICKLE ("q\0."), "takes a value where there is none" },
  { PICKLE ("h\0."), "memo slot 0 was never filled" },
  { PICKLE ("Nq\2h\1."), "memo slot 1 was never filled" },
  { PICKLE ("Nr\xff\xff\xff\xff."), "memo slot 4294967295, not up to" },
  { PICKLE ("(\x94."), "takes a value where there is none" },
  { PICKLE ("Q."), "takes a value where there is none" },
};

START_TEST (a_hostile_pickle_is_refused_with_the_byte)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_pickle_read ((const uint8_t *) pickles[_i].bytes,
                                      pickles[_i].n_bytes, knows, &error));
  check_message (error, pickles[_i].complaint);
}
END_TEST

/* @unit over and over, after which all is refused. */
static const struct {
  const char *unit;
  size_t n_times;
  const char *complaint;
} floods[] = {
  { "N", PH_PICKLE_MAX_STACK + 1, "stack of more than 65536" },
  { "(", PH_PICKLE_MAX_STACK + 1, "stack of more than 65536" },
  { "Nq1h1h1", PH_PICKLE_MAX_STACK, "stack of more than 65536" },
  { "]NN\x86NN\x86\x86t", PH_PICKLE_MAX_STACK, "down to a mark" },
  { "N\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85",
    PH_PICKLE_MAX_VALUES / 20 + 1, "more than 1048576 values" },
  { "N\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85\x85",
    PH_PICKLE_MAX_BYTES / 20 + 1, "is 16777221 bytes long" },
};

START_TEST (a_flood_of_values_is_refused)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < floods[_i].n_times; i++)
    g_string_append (bytes, floods[_i].unit);
  g_string_append_c (bytes, '.');
  ck_assert_ptr_null (
      ph_pickle_read ((const uint8_t *) bytes->str, bytes->len, knows, &error));
  check_message (error, floods[_i].complaint);
}
END_TEST

static PhPickle *
read_pickle (const char *bytes, size_t n_bytes)
{
  g_autoptr (GError) error = NULL;
  PhPickle *pickle = ph_pickle_read ((const uint8_t *) bytes, n_bytes, knows, &error);

  ck_assert_msg (pickle != NULL, "%s", error != NULL ? error->message : "");
  return pickle;
}

/* A tuple in a tuple in a tuple …: neither reading nor freeing goes down it. */
START_TEST (deep_values_need_no_deep_stack)
{
  g_autoptr (GString) bytes = g_string_new ("N");
  g_autoptr (PhPickle) pickle = NULL;

  for (size_t i = 0; i < PH_PICKLE_MAX_VALUES - 1; i++)
    g_string_append_c (bytes, (char) 0x85);
  g_string_append_c (bytes, '.');
  pickle = read_pickle (bytes->str, bytes->len);
  ck_assert_int_eq (ph_pickle_get_root (pickle)->kind, PH_PICKLED_TUPLE);
}
END_TEST

static const struct {
  const char *bytes;
  size_t n_bytes;
  int64_t number;
} numbers[] = {
  { PICKLE ("K\xff."), 255 },
  { PICKLE ("M\xff\xff."), 65535 },
  { PICKLE ("J\xff\xff\xff\xff."), -1 },
  { PICKLE ("J\xff\xff\xff\x7f."), INT32_MAX },
  { PICKLE ("\x8a\0."), 0 },
  { PICKLE ("\x8a\1\xff."), -1 },
  { PICKLE ("\x8a\2\xff\0."), 255 },
  { PICKLE ("\x8a\5\0\0\0\0\1."), (int64_t) 1 << 32 },
  { PICKLE ("\x8a\10\0\0\0\0\0\0\0\x80."), INT64_MIN },
};

START_TEST (numbers_have_the_sign_and_size_they_were_written_with)
{
  g_autoptr (PhPickle) pickle = read_pickle (numbers[_i].bytes, numbers[_i].n_bytes);

  ck_assert_int_eq (ph_pickle_get_root (pickle)->kind, PH_PICKLED_INT);
  ck_assert_int_eq (ph_pickle_get_root (pickle)->number, numbers[_i].number);
}
END_TEST

/* a.f (0.5, True), then {None: None} put in, attributes set, and kept twice in a list. */
static const char call[] =
    "\x80\4\x95\0\0\0\0\0\0\0\0"
    "](\x8c\1a\x8c\1f\x93(G\x3f\xe0\0\0\0\0\0\0\x88tR\x94NNs}bh\0e.";

START_TEST (calls_are_written_down_and_not_made)
{
  g_autoptr (PhPickle) pickle = read_pickle (PICKLE (call));
  const PhPickled *root = ph_pickle_get_root (pickle);
  const PhPickled *first = ph_pickled_get_item (root, 0);

  ck_assert_int_eq (root->kind, PH_PICKLED_LIST);
  ck_assert_uint_eq (ph_pickled_get_n_items (root), 2);
  ck_assert_ptr_eq (ph_pickled_get_item (root, 1), first);
  ck_assert_int_eq (first->kind, PH_PICKLED_CALL);
  ck_assert_str_eq (first->text, "a.f");
  ck_assert_double_eq (ph_pickled_get_item (first->arguments, 0)->real, 0.5);
  ck_assert_int_eq (ph_pickled_get_item (first->arguments, 1)->number, 1);
  ck_assert_uint_eq (ph_pickled_get_n_items (first), 2);
}
END_TEST

/* --- tensors --- */

/* One tensor "a" of six floats in data/0, but for what is said. */
typedef struct {
  const char *class, *key;
  int64_t n_elements, offset;
  int n_dims;
  int64_t dims[3];
  int n_strides;
  int64_t strides[3];
  const char *complaint; /* NULL: opens, and these follow one another: */
  size_t n_bytes;
} View;

static const View views[] = {
  { "FloatStorage", "0", 6, 0, 2, { 2, 3 }, 2, { 3, 1 }, NULL, 24 },
  { "FloatStorage", "0", 6, 1, 1, { 5 }, 1, { 1 }, NULL, 20 },
  { "FloatStorage", "0", 6, 6, 1, { 0 }, 1, { 1 }, NULL, 0 },
  { "FloatStorage", "0", 6, 0, 2, { 2, 3 }, 2, { 1, 2 }, NULL, 0 },
  { "FloatStorage", "0", 6, 0, 2, { 2, 2 }, 2, { 3, 1 }, NULL, 0 },
  { "FloatStorage", "0", 6, 0, 3, { 1, 6, 1 }, 3, { 0, 1, 9 }, NULL, 24 },
  { "FloatStorage", "0", 6, 5, 3, { 9, 9, 9 }, 3, { 0, 0, 0 }, NULL, 0 },
  { "FloatStorage", "0", 6, 0, 3, { 0, INT64_MAX, INT64_MAX }, 3, { 1, 1, 1 }, NULL, 0 },
  { "FloatStorage", "0", 6, 5, 0, { 0 }, 0, { 0 }, NULL, 4 },
  { "HalfStorage", "0", 12, 0, 1, { 12 }, 1, { 1 }, NULL, 24 },
  { "FloatStorage", "0", 6, 6, 0, { 0 }, 0, { 0 }, "reach past the 6 numbers" },
  { "FloatStorage", "0", 6, 7, 1, { 0 }, 1, { 1 }, "reach past the 6 numbers" },
  { "FloatStorage", "0", 6, 1, 2, { 2, 3 }, 2, { 3, 1 }, "reach past the 6 numbers" },
  { "FloatStorage", "0", 6, 0, 1, { 7 }, 1, { 1 }, "reach past the 6 numbers" },
  { "FloatStorage", "0", 6, 0, 1, { 2 }, 1, { 6 }, "reach past the 6 numbers" },
  { "FloatStorage", "0", 6, 0, 2, { 2, 2 }, 2, { INT64_MAX, INT64_MAX }, "reach past" },
  { "FloatStorage", "0", 6, 0, 2, { 3, 3 }, 2, { INT64_MAX, INT64_MAX }, "reach past" },
  { "FloatStorage", "0", 6, INT64_MAX, 1, { 2 }, 1, { INT64_MAX }, "reach past" },
  { "FloatStorage", "0", 6, 0, 2, { INT64_MAX, 3 }, 2, { 0, 0 }, "larger than any" },
  { "FloatStorage", "0", 6, -1, 1, { 1 }, 1, { 1 }, "offset is -1" },
  { "FloatStorage", "0", 6, 0, 1, { -1 }, 1, { 1 }, "shape is -1" },
  { "FloatStorage", "0", 6, 0, 1, { 1 }, 1, { -1 }, "strides is -1" },
  { "FloatStorage", "0", 6, 0, 1, { 1 }, 2, { 1, 1 }, "shape has 1 axes and strides 2" },
  { "FloatStorage", "0", -1, 0, 1, { 1 }, 1, { 1 }, "the storage's size is -1" },
  { "FloatStorage", "0", 5, 0, 1, { 1 }, 1, { 1 }, "has 24 bytes, not those of 5" },
  { "FloatStorage", "0", INT64_MAX, 0, 1, { 1 }, 1, { 1 }, "has 24 bytes, not those of" },
  { "HalfStorage", "0", 6, 0, 1, { 1 }, 1, { 1 }, "has 24 bytes, not those of 6" },
  { "FloatStorage", "1", 6, 0, 1, { 1 }, 1, { 1 }, "data/1 is not in the file" },
  { "FloatStorage", "../data.pkl", 6, 0, 1, { 1 }, 1, { 1 }, "is not in the file" },
  { "QInt8Storage", "0", 6, 0, 1, { 1 }, 1, { 1 }, "asks for \"torch.QInt8Storage\"" },
};

static void
put_text (GString *bytes, const char *text)
{
  g_string_append_c (bytes, 'X');
  put (bytes, strlen (text), 4);
  g_string_append (bytes, text);
}

static void
put_int (GString *bytes, int64_t number)
{
  g_string_append (bytes, "\x8a\10");
  put (bytes, (uint64_t) number, 8);
}

static void
put_tuple (GString *bytes, const int64_t *values, int n)
{
  g_string_append_c (bytes, '(');
  for (int i = 0; i < n; i++)
    put_int (bytes, values[i]);
  g_string_append_c (bytes, 't');
}

/* The call that makes @view. */
static void
put_view (GString *bytes, const View *view)
{
  g_string_append (bytes, "ctorch._utils\n_rebuild_tensor_v2\n((");
  put_text (bytes, "storage");
  g_string_append_printf (bytes, "ctorch\n%s\n", view->class);
  put_text (bytes, view->key);
  put_text (bytes, "cpu");
  put_int (bytes, view->n_elements);
  g_string_append (bytes, "tQ");
  put_int (bytes, view->offset);
  put_tuple (bytes, view->dims, view->n_dims);
  put_tuple (bytes, view->strides, view->n_strides);
  g_string_append (bytes, "\x89NtR");
}

/* A file of @pickle, and of six floats as data/0. */
static GString *
make_torch (const GString *pickle)
{
  static const float floats[6] = { 1, 2, 3, 4, 5, 6 };
  const Member parts[] = { { "m/data.pkl", pickle->str, pickle->len },
                           { "m/data/0", (const char *) floats, sizeof floats } };

  return make_zip (parts, 2, false).bytes;
}

START_TEST (a_view_lies_inside_of_its_storage_or_is_refused)
{
  g_autoptr (GString) pickle = g_string_new ("\x80\2}");
  g_autoptr (GString) file = NULL;
  g_autoptr (PhTorch) opened = NULL;
  g_autoptr (GError) error = NULL;

  put_text (pickle, "a");
  put_view (pickle, &views[_i]);
  g_string_append (pickle, "s.");
  file = make_torch (pickle);
  if (views[_i].complaint != NULL) {
    refuse_torch (file->str, file->len, views[_i].complaint);
    return;
  }

  ck_assert (write_anew (path, file->str, file->len));
  check_harmless ();
  opened = ph_torch_open (path, &error);
  ck_assert_msg (opened != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_uint_eq (find (opened, "a")->n_bytes, views[_i].n_bytes);
}
END_TEST

/* Pickles that are well formed and no dictionary of tensors. */
static const struct {
  const char *bytes;
  size_t n_bytes;
  const char *complaint;
} others[] = {
  { PICKLE ("N."), "what it holds is None, not a dictionary of tensors" },
  { PICKLE ("]."), "what it holds is a list" },
  { PICKLE ("}NNs."), "a tensor's name is None" },
  { PICKLE ("}\x8c\1aK\5s."), "tensor \"a\": the value is an integer, not a tensor" },
  { PICKLE ("}\x8c\5model}s."), "tensor \"model\": the value is a dictionary" },
  { PICKLE ("}q\0\x8c\1ah\0s."), "tensor \"a\": the value is a dictionary" },
  { PICKLE ("}\x8c\2\x1b[Ns."), "tensor \"\\x1b[\": the value is None" },
  { PICKLE ("}\x8c\1a"
            "ctorch._utils\n_rebuild_tensor_v2\n)Rs."),
    "has 0 arguments" },
  { PICKLE ("}\x8c\1a"
            "ctorch._utils\n_rebuild_parameter\n)Rs."),
    "is a call of torch._utils._rebuild_parameter" },
  { PICKLE ("}\x8c\1a"
            "ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtRs."),
    "the storage is None" },
  { PICKLE ("}\x8c\1a"
            "ctorch._utils\n_rebuild_tensor_v2\n(NQNNNNNtRs."),
    "the storage's name is None, not a tuple of 5" },
  { PICKLE ("}\x8c\1a"
            "ctorch._utils\n_rebuild_tensor_v2\n((NNNNNtQNNNNNtRs."),
    "the storage's class is None" },
  { PICKLE ("}\x8c\1a"
            "cos\nsystem\n(\x8c\4lesstRs."),
    "data.pkl: byte 4: asks for \"os.system\", which weights have no need of" },
};

START_TEST (what_is_no_dictionary_of_tensors_is_refused)
{
  g_autoptr (GString) pickle =
      g_string_new_len (others[_i].bytes, (gssize) others[_i].n_bytes);
  g_autoptr (GString) file = make_torch (pickle);

  refuse_torch (file->str, file->len, others[_i].complaint);
}
END_TEST

START_TEST (a_name_may_not_be_there_twice)
{
  g_autoptr (GString) pickle = g_string_new ("\x80\2}");
  g_autoptr (GString) file = NULL;

  for (int i = 0; i < 2; i++) {
    put_text (pickle, "a");
    put_view (pickle, &views[0]);
    g_string_append_c (pickle, 's');
  }
  g_string_append_c (pickle, '.');
  file = make_torch (pickle);
  refuse_torch (file->str, file->len, "tensor \"a\": is there twice");
}
END_TEST

/* Archives that are no state dictionary. */
static const struct {
  Member members[2];
  const char *complaint;
} programs[] = {
  { { { "m/data.pkl", "}.", 2 }, { "m/constants.pkl", ").", 2 } }, "TorchScript" },
  { { { "m/weights", "", 0 }, { "m/readme", "", 0 } }, "without data.pkl" },
  { { { "data.pkl", "}.", 2 }, { "readme", "", 0 } }, "without data.pkl" },
};

START_TEST (other_archives_are_told_as_what_they_are)
{
  g_autoptr (GString) file = make_zip (programs[_i].members, 2, false).bytes;

  refuse_torch (file->str, file->len, programs[_i].complaint);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("torch");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  path = g_build_filename (folder, "pytorch_model.bin", NULL);
  tcase_add_loop_test (all, tensors_are_read_as_torch_saved_them, 0,
                       G_N_ELEMENTS (mixed));
  tcase_add_loop_test (all, a_file_cut_at_any_byte_is_refused, 0, G_N_ELEMENTS (mixed));
  tcase_add_loop_test (all, a_file_with_any_byte_changed_is_refused_or_safe_to_read, 0,
                       G_N_ELEMENTS (mixed));
  tcase_add_test (all, the_format_from_before_1_6_is_told_as_such);
  tcase_add_test (all, the_other_byte_order_is_refused);
  tcase_add_loop_test (all, entries_are_found_in_archives_of_32_and_64_bits, 0, 2);
  tcase_add_loop_test (all, an_archive_with_one_wrong_number_is_refused, 0,
                       G_N_ELEMENTS (planted));
  tcase_add_test (all, entries_that_lie_over_one_another_are_refused);
  tcase_add_loop_test (all, a_hostile_pickle_is_refused_with_the_byte, 0,
                       G_N_ELEMENTS (pickles));
  tcase_add_loop_test (all, a_flood_of_values_is_refused, 0, G_N_ELEMENTS (floods));
  tcase_add_test (all, deep_values_need_no_deep_stack);
  tcase_add_loop_test (all, numbers_have_the_sign_and_size_they_were_written_with, 0,
                       G_N_ELEMENTS (numbers));
  tcase_add_test (all, calls_are_written_down_and_not_made);
  tcase_add_loop_test (all, a_view_lies_inside_of_its_storage_or_is_refused, 0,
                       G_N_ELEMENTS (views));
  tcase_add_loop_test (all, what_is_no_dictionary_of_tensors_is_refused, 0,
                       G_N_ELEMENTS (others));
  tcase_add_test (all, a_name_may_not_be_there_twice);
  tcase_add_loop_test (all, other_archives_are_told_as_what_they_are, 0,
                       G_N_ELEMENTS (programs));
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
