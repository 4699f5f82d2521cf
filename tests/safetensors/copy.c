/* copy IN OUT: reads a safetensors file and writes it again, for python.sh. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "model/safetensors.h"

static pg_status copy(const pg_safetensors *file, const char *path, pg_error *err)
{
    size_t count = pg_safetensors_count(file), entries = pg_safetensors_metadata_count(file);
    pg_safetensor *tensors = calloc(count + 1, sizeof *tensors);
    pg_metadata_entry *metadata = calloc(entries + 1, sizeof *metadata);
    for (size_t i = 0; i < count; i++)
        tensors[i] = *pg_safetensors_tensor(file, i);
    for (size_t i = 0; i < entries; i++)
        metadata[i] = pg_safetensors_metadata(file, i);
    pg_status status = pg_safetensors_write(path, tensors, count, metadata, entries, err);
    free(tensors);
    free(metadata);
    return status;
}

int main(int argc, char **argv)
{
    pg_safetensors *file;
    pg_error err;
    if (argc != 3) return 2;
    pg_status status = pg_safetensors_read(argv[1], &file, &err);
    if (!status) status = copy(file, argv[2], &err);
    if (status) fprintf(stderr, "copy: %s\n", err.message);
    pg_safetensors_free(file);
    return status != PG_OK;
}
