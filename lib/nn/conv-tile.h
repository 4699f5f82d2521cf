/* Direct convolution for one vector width. Include this file once per width, after
 *   #define NAME    prefix of the functions
 *   #define WIDTH   floats of a vector
 *   #define SUMS    vectors of sums that fit the registers beside the rest
 *   #define TARGET  attributes that allow those vectors
 * It therefore has no include guard.
 *
 * A tile is rows x parts vectors of sums. Both numbers are constant wherever they are used, because
 * only then do the sums stay in registers. A panel has PARTS parts. If it has only half of its
 * channels, it has half as many parts, and its tiles are twice as tall.
 */
#define JOIN_AGAIN(a, b) a##_##b
#define JOIN(a, b) JOIN_AGAIN(a, b)
#define LANES JOIN(NAME, lanes)
#define LOOSE JOIN(NAME, loose)
#define MASK JOIN(NAME, mask)
#define PARTS (PG_CONV_PANEL / WIDTH)
#define EACH_ROW _Pragma("GCC unroll 12") for (int r = 0; r < rows; r++)
#define EACH_PART _Pragma("GCC unroll 4") for (int v = 0; v < parts; v++)
#define ALWAYS TARGET static inline __attribute__((always_inline))

/* CALL(rows) with rows as a constant, for the values that fit. */
#define CASE(n, CALL)                                                                              \
    case n:                                                                                        \
        if (n * parts <= SUMS) CALL(n);                                                            \
        break;
#define WITH_ROWS(rows, CALL)                                                                      \
    switch (rows) {                                                                                \
        CASE(1, CALL)                                                                              \
        CASE(2, CALL)                                                                              \
        CASE(3, CALL)                                                                              \
        CASE(4, CALL)                                                                              \
        CASE(5, CALL)                                                                              \
        CASE(6, CALL)                                                                              \
        CASE(7, CALL)                                                                              \
        CASE(8, CALL)                                                                              \
        CASE(9, CALL)                                                                              \
        CASE(10, CALL)                                                                             \
        CASE(11, CALL)                                                                             \
        CASE(12, CALL)                                                                             \
    }

typedef float LANES __attribute__((vector_size(WIDTH * sizeof(float)), may_alias));
typedef float LOOSE __attribute__((vector_size(WIDTH * sizeof(float)), may_alias, aligned(4)));
typedef int MASK __attribute__((vector_size(WIDTH * sizeof(int)), may_alias));

/* ---- Sums over taps ---- */

/* Bias, accumulation and ReLU of a tile whose channels are all present. */
ALWAYS void JOIN(NAME, finish)(const pg_conv_gather *g, int channel, const pixels *p,
                               LANES sum[][PARTS], const int rows, const int parts)
{
    if (g->bias) {
        const LOOSE *bias = (const LOOSE *)(g->bias + channel);
        EACH_ROW EACH_PART sum[r][v] += bias[v];
    }
    if (g->accumulate) EACH_ROW EACH_PART sum[r][v] += ((const LOOSE *)(p->y[r] + channel))[v];
    if (g->relu) EACH_ROW EACH_PART sum[r][v] = (LANES)((MASK)sum[r][v] & (sum[r][v] > 0));
    EACH_ROW EACH_PART((LOOSE *)(p->y[r] + channel))[v] = sum[r][v];
}

/* rows pixels x parts of a panel's channels. */
ALWAYS void JOIN(NAME, tile)(const pg_conv_gather *g, const strip *s, const pixels *p,
                             const int rows, const int parts)
{
    LANES sum[TALLEST][PARTS];
    EACH_ROW EACH_PART sum[r][v] = (LANES){0};
    for (const pg_conv_run *run = s->run; run < s->run_end; run++) {
        const LANES *w = (const LANES *)(s->weights + run->row * PG_CONV_PANEL);
        const float *x[TALLEST];
        EACH_ROW x[r] = p->x[r] + run->x;
        for (size_t c = 0; c < run->length; c++, w += PARTS) {
            LANES weight[PARTS];
            EACH_PART weight[v] = w[v];
            EACH_ROW
            {
                float input = x[r][c];
                EACH_PART sum[r][v] += input * weight[v];
            }
        }
    }
    if (s->channels >= parts * WIDTH) {
        JOIN(NAME, finish)(g, s->channel, p, sum, rows, parts);
        return;
    }
    LANES all[TALLEST][PARTS];
    EACH_ROW EACH_PART all[r][v] = sum[r][v];
    finish_part(g, s, p, rows, (const float *)all);
}

ALWAYS void JOIN(NAME, tiles)(const pg_conv_gather *g, strip *s, size_t count, const int rows,
                              const int parts)
{
    for (; count > 0; count--) {
        pixels p;
        next_pixels(s, g->plan, rows, &p);
        JOIN(NAME, tile)(g, s, &p, rows, parts);
    }
}

/* Splits the pixels of a rectangle into tiles of nearly equal height, because a short last tile
 * would wait for its own sums. */
ALWAYS void JOIN(NAME, strip)(const pg_conv_gather *g, strip *s, const int parts)
{
    size_t count = (s->pixels * parts + SUMS - 1) / SUMS;
    size_t rows = s->pixels / count, higher = s->pixels % count;
    const size_t tiles[] = {count - higher, higher};
#define TILES(n) JOIN(NAME, tiles)(g, s, tiles[more], n, parts)
    for (size_t more = 0; more < 2 && tiles[more]; more++)
        WITH_ROWS(rows + more, TILES)
#undef TILES
}

TARGET static void JOIN(NAME, gather)(const pg_conv_gather *g, int channel)
{
    for (int i = 0; i < g->plan->rectangles; i++) {
        strip s = start_strip(g, &g->plan->rectangle[i], channel);
        if (PARTS > 1 && s.channels <= PG_CONV_PANEL / 2)
            JOIN(NAME, strip)(g, &s, (PARTS + 1) / 2);
        else
            JOIN(NAME, strip)(g, &s, PARTS);
    }
}

/* ---- Sums over pixels ---- */

/* rows of weights x parts of a panel's channels, over the pixels of an area. */
ALWAYS void JOIN(NAME, product)(const area *a, const float *x, float *sums, const int rows,
                                const int parts)
{
    LANES sum[TALLEST][PARTS];
    LANES *result = (LANES *)sums;
    EACH_ROW EACH_PART sum[r][v] = result[r * PARTS + v];
    const float *y = a->y;
    for (int i = 0; i < a->height; i++, x += a->x_row, y += a->y_row) {
        const float *input = x, *d = y;
        for (int j = 0; j < a->width; j++, input += a->x_column, d += a->y_column) {
            LANES gradient[PARTS];
            EACH_PART gradient[v] = ((const LOOSE *)d)[v];
            EACH_ROW
            {
                float factor = input[r];
                EACH_PART sum[r][v] += factor * gradient[v];
            }
        }
    }
    EACH_ROW EACH_PART result[r * PARTS + v] = sum[r][v];
}

ALWAYS void JOIN(NAME, run)(const area *a, const pg_conv_run *run, float *sums, const int parts)
{
    const float *x = a->x + run->x;
    sums += run->row * PG_CONV_PANEL;
    size_t left = run->length;
    for (size_t tiles = (left * parts + SUMS - 1) / SUMS; tiles > 0; tiles--) {
        size_t rows = (left + tiles - 1) / tiles;
#define PRODUCT(n) JOIN(NAME, product)(a, x, sums, n, parts)
        WITH_ROWS(rows, PRODUCT)
#undef PRODUCT
        left -= rows;
        x += rows;
        sums += rows * PG_CONV_PANEL;
    }
}

TARGET static void JOIN(NAME, sums)(const pg_conv_sums *s)
{
    for (int i = 0; i < s->plan->rectangles; i++) {
        const pg_conv_rectangle *rectangle = &s->plan->rectangle[i];
        area a = make_area(s, rectangle);
        for (int k = 0; a.height > 0 && k < rectangle->runs; k++)
            if (PARTS > 1 && s->channels <= PG_CONV_PANEL / 2)
                JOIN(NAME, run)(&a, &rectangle->run[k], s->sums, (PARTS + 1) / 2);
            else
                JOIN(NAME, run)(&a, &rectangle->run[k], s->sums, PARTS);
    }
}

#undef JOIN_AGAIN
#undef JOIN
#undef LANES
#undef LOOSE
#undef MASK
#undef PARTS
#undef EACH_ROW
#undef EACH_PART
#undef ALWAYS
#undef CASE
#undef WITH_ROWS
#undef NAME
#undef WIDTH
#undef SUMS
#undef TARGET
