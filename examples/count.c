/* Counts the examples of a tensor stream by label, through libpixelgan:
 *
 *   cc count.c $(pkg-config --cflags --libs pixelgan) -o count
 *   ./count train.npy
 */
#include <pixelgan/pixelgan.h>
#include <stdio.h>

enum { CHUNK = 256, CLASSES = 10 };

static void count_labels(const pg_records *chunk, size_t *counts)
{
    for (size_t i = 0; i < chunk->count; i++) {
        int label = chunk->schema.has_label ? chunk->label[i] : PG_LABEL_NONE;
        counts[label >= 0 && label < CLASSES ? label : CLASSES]++;
    }
}

static pg_status count_stream(pg_reader *reader, size_t *counts, pg_error *err)
{
    pg_records chunk;
    pg_status status = pg_records_init(&chunk, pg_reader_schema(reader), CHUNK, err);
    if (status != PG_OK) return status;
    do {
        status = pg_reader_next(reader, &chunk, err);
        if (status == PG_OK) count_labels(&chunk, counts);
    } while (status == PG_OK && chunk.count > 0);
    pg_records_free(&chunk);
    return status;
}

int main(int argc, char **argv)
{
    pg_error err;
    pg_reader *reader;
    size_t counts[CLASSES + 1] = {0};

    pg_status status = pg_reader_open(argc > 1 ? argv[1] : "-", &reader, &err);
    if (status == PG_OK) {
        status = count_stream(reader, counts, &err);
        pg_reader_close(reader);
    }
    if (status != PG_OK) {
        fprintf(stderr, "count: %s\n", err.message);
        return 1;
    }
    for (int label = 0; label < CLASSES; label++)
        printf("%d\t%zu\n", label, counts[label]);
    printf("other\t%zu\n", counts[CLASSES]);
    return fclose(stdout) == 0 ? 0 : 1;
}
