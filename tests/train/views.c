/* What the encoder sees of each row of a step: its image warped, or as it is. */
#include <config.h>

#include "tiny.h"
#include "train/trainer.h"

enum { COUNT = 120, BATCH = 30, LABELLED = 60 };

static pg_trainer *make_trainer(pg_model *model, const pg_records *data, const char *plain_labels)
{
    pg_train_options options;
    pg_trainer *trainer;
    pg_error err;
    pg_train_defaults(&options, pg_model_config(model), true);
    options.batch = BATCH;
    options.labelled_batch = LABELLED;
    options.threads = 1;
    options.shards = 1;
    if (pg_train_set(&options, "plain_labels", plain_labels, &err) != PG_OK ||
        pg_trainer_create(model, data, &options, &trainer, &err) != PG_OK)
        bail_out(err.message);
    return trainer;
}

static bool seen_as_it_is(const pg_trainer *t, size_t row, size_t size)
{
    float *image = allocate(size, sizeof *image);
    pg_normalize_scale(size, t->data->image + t->example[row] * size, image);
    const pg_parameters *p = &t->model->parameters;
    pg_shift_gain with = pg_normalize_find(&t->model->normalize, p, image);
    pg_normalize_apply(&t->model->normalize, &with, image);
    bool same = memcmp(image, pg_encoder_input(t->encoder) + row * size, size * sizeof *image) == 0;
    free(image);
    return same;
}

static int count_as_they_are(const pg_trainer *t, size_t begin, size_t end)
{
    size_t size = pg_schema_image_size(&t->data->schema);
    int count = 0;
    for (size_t row = begin; row < end; row++)
        count += seen_as_it_is(t, row, size);
    return count;
}

static void test_labelled(const char *plain_labels, int least, int most)
{
    pg_config config = tiny_config("prior=categorical:3");
    pg_model *model = tiny_model(&config, 1);
    pg_records data = tiny_data(&config, COUNT, true);
    pg_trainer *t = make_trainer(model, &data, plain_labels);
    pg_error err;
    if (pg_trainer_run(t, 1, &err) != PG_OK) bail_out(err.message);
    is_int(count_as_they_are(t, 0, 2 * BATCH), 0,
           "plain_labels %s: both views of the unlabelled images are warped", plain_labels);
    int plain = count_as_they_are(t, 2 * BATCH, 2 * BATCH + LABELLED);
    ok(plain >= least && plain <= most, "%d of %d labelled images are as they are", plain,
       LABELLED);
    pg_trainer_free(t);
    pg_records_free(&data);
    pg_model_free(model);
}

int main(void)
{
    test_labelled("0", 0, 0);
    test_labelled("0.5", LABELLED / 4, 3 * LABELLED / 4);
    test_labelled("1", LABELLED, LABELLED);
    return done_testing();
}
