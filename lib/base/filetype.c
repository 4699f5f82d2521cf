/* A new kind is a line in the table. */
#include <config.h>

#include "base/filetype.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What to do with a kind of file; `what` of the entry says more. */
typedef enum remedy {
    NONE,
    ADVICE,  /* what: all of it */
    CONVERT, /* what: a command that prints a PNM or PNG picture */
    WITHOUT, /* the same, where this build lacks a library that would read it */
    UNPACK,  /* what: a command */
    SAVE,    /* what: the array in it, in Python */
    PREPARE, /* pg-prep reads it */
    ARRAYS,  /* a tensor stream, or an array of NumPy's */
    LABELS,
    MODEL
} remedy;

typedef struct bytes {
    const uint8_t *data;
    size_t count;
} bytes;

typedef struct filetype {
    size_t at; /* where the magic is */
    const char *magic;
    size_t length;
    bool (*also)(const bytes *b); /* has to be true, too, unless it is NULL */
    const char *name;
    remedy remedy;
    const char *what;
} filetype;

/* ---- What a magic alone does not tell ---- */

static bool has(const bytes *b, size_t at, const void *magic, size_t length)
{
    return b->count >= at && b->count - at >= length && memcmp(b->data + at, magic, length) == 0;
}

static bool contains(const bytes *b, const char *text)
{
    return b->count && memmem(b->data, b->count, text, strlen(text)) != NULL;
}

/* The name of the first file in a zip archive ends so. */
static bool first_file_ends(const bytes *b, const char *end)
{
    enum { LENGTH_AT = 26, NAME_AT = 30 };
    if (b->count < NAME_AT) return false;
    size_t length = b->data[LENGTH_AT] + 256u * b->data[LENGTH_AT + 1], tail = strlen(end);
    return length >= tail && has(b, NAME_AT + length - tail, end, tail);
}

static bool is_npz(const bytes *b)
{
    return first_file_ends(b, ".npy");
}

static bool is_pytorch(const bytes *b)
{
    return first_file_ends(b, "data.pkl") || first_file_ends(b, ".format_version") ||
           first_file_ends(b, ".storage_alignment") || first_file_ends(b, "byteorder");
}

/* The length of a JSON header, then the header. */
static bool is_safetensors(const bytes *b)
{
    return b->count > 8 && !b->data[4] && !b->data[5] && !b->data[6] && !b->data[7] &&
           b->data[8] == '{';
}

static bool is_pickle(const bytes *b)
{
    return b->count >= 3 && b->data[1] >= 2 && b->data[1] <= 5 &&
           strchr("\x95}](cK\x8a\x8cXGNF\x89\x88", b->data[2]) && b->data[2];
}

static bool is_text_pickle(const bytes *b)
{
    return has(b, 0, "(dp", 3) || has(b, 0, "(lp", 3) || has(b, 0, "cnumpy", 6);
}

static bool is_bitmap(const bytes *b)
{
    enum { HEADER_AT = 14 };
    return b->count > HEADER_AT && !memcmp(b->data + 6, "\0\0\0\0", 4) &&
           b->data[HEADER_AT] >= 12 && b->data[HEADER_AT] <= 124;
}

static bool is_pnm(const bytes *b)
{
    return b->count >= 3 && b->data[1] >= '1' && b->data[1] <= '7' &&
           strchr(" \t\r\n\v\f#", b->data[2]) && b->data[2];
}

static bool is_float_map(const bytes *b)
{
    return b->count >= 3 && strchr("Ff", b->data[1]) && b->data[2] == '\n';
}

static bool is_idx(const bytes *b)
{
    return b->count >= 4 && b->data[2] >= 8 && b->data[2] <= 14 && b->data[3] >= 1 &&
           b->data[3] <= 4;
}

static bool is_norb(const bytes *b)
{
    return b->data[0] >= 0x51 && b->data[0] <= 0x56;
}

static bool is_bzip2(const bytes *b)
{
    return b->count >= 5 && b->data[3] >= '1' && b->data[3] <= '9' &&
           (b->data[4] == 0x31 || b->data[4] == 0x17);
}

static bool is_hdf5_further_on(const bytes *b)
{
    for (size_t at = 512; at < b->count; at *= 2)
        if (has(b, at, "\x89HDF\r\n\x1a\n", 8)) return true;
    return false;
}

static bool is_zero(const bytes *b)
{
    for (size_t i = 0; i < b->count && i < 64; i++)
        if (b->data[i]) return false;
    return b->count >= 8;
}

/* ---- Text ---- */

/* Bytes of the UTF-8 character that begins with c; 0: none does. */
static size_t character_size(uint8_t c)
{
    if (c < 0x80) return (c >= ' ' && c != 0x7f) || (c && strchr("\t\n\v\f\r", c)) ? 1 : 0;
    return c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* No control characters but white space, as far as the bytes go. */
static bool is_text(const bytes *b)
{
    for (size_t i = 0; i < b->count;) {
        size_t size = character_size(b->data[i++]);
        if (!size) return false;
        for (; --size && i < b->count; i++)
            if ((b->data[i] & 0xc0) != 0x80) return false;
    }
    return b->count > 0;
}

/* Past blanks and the mark that some editors put in front of UTF-8. */
static bytes text_of(const bytes *b)
{
    bytes text = *b;
    if (has(b, 0, "\xef\xbb\xbf", 3)) text = (bytes){b->data + 3, b->count - 3};
    while (text.count && text.data[0] && strchr(" \t\r\n", text.data[0]))
        text = (bytes){text.data + 1, text.count - 1};
    return text;
}

/* The text begins with one of these words, in letters of any size. */
static bool begins(const bytes *b, const char *const *words)
{
    bytes text = text_of(b);
    for (; *words; words++)
        if (text.count >= strlen(*words) &&
            strncasecmp((const char *)text.data, *words, strlen(*words)) == 0)
            return true;
    return false;
}

static bool is_web_page(const bytes *b)
{
    static const char *const words[] = {"<!doctype html", "<html",   "<head", "<body",
                                        "<title",         "<script", "<!--",  NULL};
    return begins(b, words) ||
           (begins(b, (const char *const[]){"<?xml", NULL}) && contains(b, "<html"));
}

static bool is_svg(const bytes *b)
{
    return begins(b, (const char *const[]){"<svg", NULL}) ||
           (begins(b, (const char *const[]){"<?xml", "<!doctype svg", NULL}) &&
            contains(b, "<svg"));
}

static bool is_xml(const bytes *b)
{
    return begins(b, (const char *const[]){"<?xml", NULL});
}

static bool is_json(const bytes *b)
{
    bytes text = text_of(b);
    return text.count && (text.data[0] == '{' || text.data[0] == '[') && is_text(b);
}

static bool is_python(const bytes *b)
{
    static const char *const words[] = {"import ", "from ", "def ", "\"\"\"", "# -*-", NULL};
    return is_text(b) && begins(b, words);
}

/* Columns with something between them, in the first line. */
static bool is_table(const bytes *b)
{
    bytes text = text_of(b);
    int separators = 0, blanks = 0;
    for (size_t i = 0; i < text.count && text.data[i] != '\n'; i++) {
        separators += text.data[i] && strchr(",;\t", text.data[i]) != NULL;
        blanks += text.data[i] == ' ';
    }
    return separators > 0 && separators > blanks && is_text(b);
}

/* An integer, and then another line or nothing more. */
static bool is_label_text(const bytes *b)
{
    bytes text = text_of(b);
    size_t i = text.count && text.data[0] == '-';
    size_t first = i;
    while (i < text.count && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    return i > first && (i == text.count || strchr(" \t\r\n", text.data[i])) && is_text(b);
}

#define MODEL_NAME "a model file (safetensors)"
const char *const pg_filetype_model = MODEL_NAME;

/* ---- The table: the first line that fits is taken ---- */

#define MAGIC(text) text, sizeof(text) - 1

#define AGAIN "get the file again"

#if HAVE_JPEG
#define JPEG_REMEDY PREPARE
#else
#define JPEG_REMEDY WITHOUT
#endif
#if HAVE_WEBP
#define WEBP_REMEDY PREPARE
#else
#define WEBP_REMEDY WITHOUT
#endif
#if HAVE_TIFF
#define TIFF_REMEDY PREPARE
#else
#define TIFF_REMEDY WITHOUT
#endif

static const filetype filetypes[] = {
    /* our own and what is read */
    {0, MAGIC("\x93NUMPY"), NULL, "a tensor stream or NumPy array (.npy)", ARRAYS, NULL},
    {0, MAGIC(""), is_safetensors, MODEL_NAME, MODEL, NULL},
    {0, MAGIC("\x89PNG"), NULL, "a PNG picture", PREPARE, NULL},
    {0, MAGIC("P"), is_pnm, "a PNM picture", PREPARE, NULL},
    {0, MAGIC("\0\0"), is_idx, "IDX data", PREPARE, NULL},
    {1, MAGIC("\x4c\x3d\x1e"), is_norb, "a NORB matrix", PREPARE, NULL},
    {0, MAGIC("MATLAB 5.0"), NULL, "a MATLAB file", PREPARE, NULL},
    /* pictures */
    {0, MAGIC("\xff\xd8\xff"), NULL, "a JPEG picture", JPEG_REMEDY, "djpeg FILE"},
    {0, MAGIC("GIF8"), NULL, "a GIF picture", CONVERT, "giftopnm FILE"},
    {8, MAGIC("WEBP"), NULL, "a WebP picture", WEBP_REMEDY, "dwebp FILE -ppm -o -"},
    {0, MAGIC("II*\0"), NULL, "a TIFF picture", TIFF_REMEDY, "tifftopnm FILE"},
    {0, MAGIC("MM\0*"), NULL, "a TIFF picture", TIFF_REMEDY, "tifftopnm FILE"},
    {0, MAGIC("II+\0"), NULL, "a BigTIFF picture", TIFF_REMEDY, "tifftopnm FILE"},
    {0, MAGIC("MM\0+"), NULL, "a BigTIFF picture", TIFF_REMEDY, "tifftopnm FILE"},
    {0, MAGIC("BM"), is_bitmap, "a BMP picture", CONVERT, "bmptopnm FILE"},
    {0, MAGIC("\0\0\1\0"), NULL, "an icon (ICO)", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("P"), is_float_map, "a PFM picture of floats", CONVERT, "pfmtopam FILE"},
    {0, MAGIC("\0\0\0\x0cjP  "), NULL, "a JPEG 2000 picture", CONVERT, "jpeg2ktopam FILE"},
    {0, MAGIC("\xff\x4f\xff\x51"), NULL, "a JPEG 2000 picture", CONVERT, "jpeg2ktopam FILE"},
    {0, MAGIC("\0\0\0\x0cJXL "), NULL, "a JPEG XL picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("\xff\x0a"), NULL, "a JPEG XL picture", CONVERT, "convert FILE ppm:-"},
    {4, MAGIC("ftypavif"), NULL, "an AVIF picture", CONVERT, "convert FILE ppm:-"},
    {4, MAGIC("ftyphei"), NULL, "a HEIF picture", CONVERT, "convert FILE ppm:-"},
    {4, MAGIC("ftypmif1"), NULL, "a HEIF picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("qoif"), NULL, "a QOI picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("farbfeld"), NULL, "a farbfeld picture", CONVERT, "ff2png < FILE"},
    {0, MAGIC("8BPS"), NULL, "a Photoshop picture", CONVERT, "convert FILE[0] ppm:-"},
    {0, MAGIC("gimp xcf"), NULL, "a GIMP picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("DDS "), NULL, "a DDS picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("v/1\1"), NULL, "an OpenEXR picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("#?RADIANCE"), NULL, "a Radiance picture", CONVERT, "convert FILE ppm:-"},
    {0, MAGIC("SIMPLE  ="), NULL, "a FITS picture", CONVERT, "fitstopnm FILE"},
    {128, MAGIC("DICM"), NULL, "a DICOM picture", CONVERT, "dcm2pnm FILE"},
    {344, MAGIC("n+1\0"), NULL, "a NIfTI volume", SAVE, "nibabel.load('FILE').get_fdata()"},
    {0, MAGIC("AT&TFORM"), NULL, "a DjVu document", NONE, NULL},
    {0, MAGIC(""), is_svg, "an SVG drawing", CONVERT, "rsvg-convert FILE"},
    /* archives and compressed files */
    {0, MAGIC("PK\3\4"), is_npz, "a zip archive of NumPy arrays (.npz)", SAVE,
     "numpy.load('FILE')['NAME']"},
    {0, MAGIC("PK\3\4"), is_pytorch, "a zip archive as PyTorch saves it", SAVE,
     "torch.load('FILE')"},
    {0, MAGIC("PK\3\4"), NULL, "a zip archive", UNPACK, "unzip FILE"},
    {0, MAGIC("PK\5\6"), NULL, "an empty zip archive", ADVICE, AGAIN},
    {0, MAGIC("PK"), NULL, "a part of a zip archive", ADVICE, AGAIN},
    {257, MAGIC("ustar"), NULL, "a tar archive", UNPACK, "tar -xf FILE"},
    {0, MAGIC("\x1f\x8b"), NULL, "gzip data", UNPACK, "gunzip FILE"},
    {0, MAGIC("BZh"), is_bzip2, "bzip2 data", UNPACK, "bunzip2 FILE"},
    {0, MAGIC("\3757zXZ\0"), NULL, "xz data", UNPACK, "unxz FILE"},
    {0, MAGIC("\x5d\0\0\x80\0"), NULL, "lzma data", UNPACK, "unlzma FILE"},
    {0, MAGIC("(\xb5/\xfd"), NULL, "zstd data", UNPACK, "unzstd FILE"},
    {0, MAGIC("\4\"M\x18"), NULL, "lz4 data", UNPACK, "unlz4 FILE"},
    {0, MAGIC("LZIP\1"), NULL, "lzip data", UNPACK, "lzip -d FILE"},
    {0, MAGIC("\x1f\x9d"), NULL, "data of compress", UNPACK, "uncompress FILE"},
    {0, MAGIC("7z\xbc\xaf\x27\x1c"), NULL, "a 7z archive", UNPACK, "7z x FILE"},
    {0, MAGIC("Rar!\x1a\7"), NULL, "a rar archive", UNPACK, "unrar x FILE"},
    {0, MAGIC("!<arch>\n"), NULL, "an ar archive", UNPACK, "ar x FILE"},
    {0, MAGIC("070701"), NULL, "a cpio archive", UNPACK, "cpio -i < FILE"},
    /* arrays and tables */
    {0, MAGIC("MATLAB 7.3"), NULL, "a MATLAB file of version 7.3 (HDF5)", ADVICE,
     "save it in MATLAB with -v7, or read it with h5py and use numpy.save"},
    {0, MAGIC("\x89HDF\r\n\x1a\n"), NULL, "HDF5 data", SAVE, "h5py.File('FILE')['NAME'][()]"},
    {0, MAGIC("CDF\1"), NULL, "NetCDF data", SAVE, "xarray.open_dataset('FILE')['NAME']"},
    {0, MAGIC("CDF\2"), NULL, "NetCDF data", SAVE, "xarray.open_dataset('FILE')['NAME']"},
    {0, MAGIC("\x80"), is_pickle, "a Python pickle", SAVE, "numpy.load('FILE', allow_pickle=True)"},
    {0, MAGIC(""), is_text_pickle, "a Python pickle", SAVE,
     "numpy.load('FILE', allow_pickle=True)"},
    {0, MAGIC("PAR1"), NULL, "a Parquet table", SAVE, "pandas.read_parquet('FILE').to_numpy()"},
    {0, MAGIC("ARROW1"), NULL, "an Arrow table", SAVE, "pandas.read_feather('FILE').to_numpy()"},
    {0, MAGIC("FEA1"), NULL, "a Feather table", SAVE, "pandas.read_feather('FILE').to_numpy()"},
    {0, MAGIC("ORC"), NULL, "an ORC table", SAVE, "pandas.read_orc('FILE').to_numpy()"},
    {0, MAGIC("Obj\1"), NULL, "an Avro table", NONE, NULL},
    {0, MAGIC("SQLite format 3"), NULL, "an SQLite data base", NONE, NULL},
    {0, MAGIC("RDX"), NULL, "data of R", NONE, NULL},
    {0, MAGIC("GGUF"), NULL, "a GGUF model", NONE, NULL},
    /* documents, sounds and programs */
    {0, MAGIC("%PDF-"), NULL, "a PDF document", CONVERT, "pdftoppm FILE"},
    {0, MAGIC("%!PS"), NULL, "a PostScript document", CONVERT, "pstopnm -stdout FILE"},
    {0, MAGIC("\xd0\xcf\x11\xe0"), NULL, "an Office document", NONE, NULL},
    {8, MAGIC("WAVE"), NULL, "a WAV sound", NONE, NULL},
    {8, MAGIC("AVI "), NULL, "an AVI film", CONVERT, "ffmpeg -i FILE -f image2pipe -c:v ppm -"},
    {4, MAGIC("ftyp"), NULL, "an MP4 film", CONVERT, "ffmpeg -i FILE -f image2pipe -c:v ppm -"},
    {0, MAGIC("\x1a\x45\xdf\xa3"), NULL, "a Matroska film", CONVERT,
     "ffmpeg -i FILE -f image2pipe -c:v ppm -"},
    {0, MAGIC("RIFF"), NULL, "RIFF data", NONE, NULL},
    {0, MAGIC("OggS"), NULL, "Ogg data", NONE, NULL},
    {0, MAGIC("ID3"), NULL, "an MP3 sound", NONE, NULL},
    {0, MAGIC("fLaC"), NULL, "a FLAC sound", NONE, NULL},
    {0,
     MAGIC("\x7f"
           "ELF"),
     NULL, "a program or library (ELF)", NONE, NULL},
    {0, MAGIC("MZ"), NULL, "a program for Windows", NONE, NULL},
    {0, MAGIC("\xca\xfe\xba\xbe"), NULL, "a program or class file", NONE, NULL},
    {0, MAGIC("\xcf\xfa\xed\xfe"), NULL, "a program (Mach-O)", NONE, NULL},
    /* text; the more special first */
    {0, MAGIC("version https://git-lfs"), NULL, "a Git LFS pointer, which stands for the file",
     ADVICE, "'git lfs pull' fetches it"},
    {0, MAGIC("version https://hawser"), NULL, "a Git LFS pointer, which stands for the file",
     ADVICE, "'git lfs pull' fetches it"},
    {0, MAGIC(""), is_web_page, "a web page (HTML)", ADVICE,
     "a server sent it in place of the file, so download that again"},
    {0, MAGIC(""), is_xml, "XML text", NONE, NULL},
    {0, MAGIC("\xff\xfe"), NULL, "text in UTF-16", NONE, NULL},
    {0, MAGIC("\xfe\xff"), NULL, "text in UTF-16", NONE, NULL},
    {0, MAGIC("#!"), is_text, "a script", NONE, NULL},
    {0, MAGIC(""), is_python, "Python source", NONE, NULL},
    {0, MAGIC(""), is_json, "JSON text", NONE, NULL},
    {0, MAGIC(""), is_label_text, "numbers as text", LABELS, NULL},
    {0, MAGIC(""), is_table, "a table as text (CSV)", SAVE,
     "numpy.loadtxt('FILE', 'u1', delimiter=',').reshape(-1, H, W)"},
    {0, MAGIC(""), is_text, "plain text", NONE, NULL},
    {0, MAGIC(""), is_hdf5_further_on, "HDF5 data", SAVE, "h5py.File('FILE')['NAME'][()]"},
    {0, MAGIC(""), is_zero, "only zeros at its start, as an output that was never finished", ADVICE,
     "make it again"},
};

static const filetype *find(const bytes *b)
{
    for (size_t i = 0; i < sizeof filetypes / sizeof *filetypes; i++) {
        const filetype *f = &filetypes[i];
        if (b->count && has(b, f->at, f->magic, f->length) && (!f->also || f->also(b))) return f;
    }
    return NULL;
}

const char *pg_filetype_name(const uint8_t *data, size_t available)
{
    const bytes b = {data, available < PG_FILETYPE_BYTES ? available : PG_FILETYPE_BYTES};
    const filetype *f = find(&b);
    return f ? f->name : NULL;
}

const char *pg_filetype_converter(const uint8_t *data, size_t available)
{
    const bytes b = {data, available < PG_FILETYPE_BYTES ? available : PG_FILETYPE_BYTES};
    const filetype *f = find(&b);
    return f && (f->remedy == CONVERT || f->remedy == WITHOUT) ? f->what : NULL;
}

/* ---- Messages ---- */

typedef struct use {
    const char *wanted;  /* unless the caller says what */
    const char *empty;   /* of a file without a byte */
    const char *general; /* the remedy where there is no better one */
} use;

static const use uses[] = {
    [PG_USE_IMAGES] = {"a format of images that is read", "empty, there is no image in it",
                       "'pg-prep --from list' shows the formats that are read"},
    [PG_USE_PICTURE] = {"a picture that is read", "empty, there is no image in it",
                        "take it out of the folder"},
    [PG_USE_LABELS] = {"labels", "empty, there is no label in it",
                       "labels are IDX of rank 1, or text with one integer per line"},
    [PG_USE_STREAM] = {"a tensor stream",
                       "empty; a tensor stream (.npy) has a header even without examples",
                       "pg-prep makes a tensor stream"},
    [PG_USE_MODEL] = {MODEL_NAME, "empty; a model file (safetensors) has a header",
                      "'pg-train -o FILE' makes a model"},
};

enum { REMEDY_BYTES = 256 };

static void convert(const filetype *f, pg_file_use to, char text[REMEDY_BYTES])
{
    const char *why = f->remedy == WITHOUT ? "this build lacks the library that reads it; " : "";
    if (to == PG_USE_PICTURE)
        snprintf(text, REMEDY_BYTES, "%sput a picture made by '%s > FILE.ppm' in its place", why,
                 f->what);
    else
        snprintf(text, REMEDY_BYTES, "%s'%s | pg-prep' reads it", why, f->what);
}

static void save(const char *array, pg_file_use to, char text[REMEDY_BYTES])
{
    if (to == PG_USE_LABELS)
        snprintf(text, REMEDY_BYTES, "numpy.savetxt('labels.txt', %s, '%%d') makes them text",
                 array);
    else
        snprintf(text, REMEDY_BYTES, "save the array: numpy.save('FILE.npy', %s)", array);
}

/* What pg-prep reads, where another format was asked for or a stream is needed. */
static void prepare(pg_file_use to, char text[REMEDY_BYTES])
{
    snprintf(text, REMEDY_BYTES, "%s",
             to == PG_USE_STREAM    ? "'pg-prep FILE' makes a tensor stream of it"
             : to == PG_USE_PICTURE ? "give it to pg-prep by its name, not in a folder"
                                    : "without --from it is read as what it is");
}

static void give_model(pg_file_use to, char text[REMEDY_BYTES])
{
    snprintf(text, REMEDY_BYTES, "%s",
             to == PG_USE_STREAM ? "give a model with -m, and here its data"
                                 : "'pg-sample -m FILE' draws images from it");
}

static bool fits(const filetype *f, pg_file_use to)
{
    bool data = to == PG_USE_IMAGES || to == PG_USE_PICTURE || to == PG_USE_STREAM;
    switch (f->remedy) {
    case CONVERT:
    case WITHOUT:
    case PREPARE:
    case MODEL:
        return data;
    case SAVE:
    case ARRAYS:
        return data || to == PG_USE_LABELS;
    case LABELS:
        return to == PG_USE_IMAGES;
    default:
        return f->remedy != NONE;
    }
}

static void find_remedy(const filetype *f, pg_file_use to, char text[REMEDY_BYTES])
{
    snprintf(text, REMEDY_BYTES, "%s", uses[to].general);
    if (!f || !fits(f, to)) return;
    if (f->remedy == CONVERT || f->remedy == WITHOUT) convert(f, to, text);
    if (f->remedy == SAVE) save(f->what, to, text);
    if (f->remedy == UNPACK) snprintf(text, REMEDY_BYTES, "unpack it with '%s'", f->what);
    if (f->remedy == ADVICE) snprintf(text, REMEDY_BYTES, "%s", f->what);
    if (f->remedy == LABELS) snprintf(text, REMEDY_BYTES, "give labels with --labels");
    if (f->remedy == MODEL) give_model(to, text);
    if (f->remedy == ARRAYS && to == PG_USE_LABELS) save("numpy.load('FILE')", to, text);
    if (f->remedy == PREPARE || (f->remedy == ARRAYS && to != PG_USE_LABELS)) prepare(to, text);
}

pg_status pg_refuse_file(const char *name, const char *wanted, pg_file_use to, const uint8_t *data,
                         size_t available, pg_error *err)
{
    enum { SHOWN = 8 };
    const bytes b = {data, available < PG_FILETYPE_BYTES ? available : PG_FILETYPE_BYTES};
    const filetype *f = find(&b);
    char remedy[REMEDY_BYTES], start[3 * SHOWN + 1] = "";
    if (!b.count) return pg_fail(err, PG_ERR_FORMAT, "%s: %s", name, uses[to].empty);
    if (!wanted) wanted = uses[to].wanted;
    find_remedy(f, to, remedy);
    if (f) return pg_fail(err, PG_ERR_FORMAT, "%s: %s, not %s; %s", name, f->name, wanted, remedy);
    for (size_t i = 0; i < SHOWN && i < b.count; i++)
        snprintf(start + 3 * i, 4, " %02x", b.data[i]);
    return pg_fail(err, PG_ERR_FORMAT, "%s: not %s, it begins with%s; %s", name, wanted, start,
                   remedy);
}
