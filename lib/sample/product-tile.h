/* The product for one vector width. Include this file once per width, after
 *   #define NAME    the function's name
 *   #define WIDTH   floats of a vector
 *   #define TALLEST rows of a tile, so that its sums fit the registers
 *   #define TARGET  attributes that allow those vectors
 * It therefore has no include guard.
 */
#define JOIN_AGAIN(a, b) a##_##b
#define JOIN(a, b) JOIN_AGAIN(a, b)
#define LANES JOIN(NAME, lanes)
#define MASK JOIN(NAME, mask)
#define TILE JOIN(NAME, tile)
#define EACH_ROW _Pragma("GCC unroll 12") for (int r = 0; r < rows; r++)
#define EACH_PART _Pragma("GCC unroll 4") for (int v = 0; v < PARTS; v++)
#define PARTS (PG_LANES / WIDTH)

typedef float LANES __attribute__((vector_size(WIDTH * sizeof(float)), may_alias));
typedef int MASK __attribute__((vector_size(WIDTH * sizeof(int)), may_alias));

/* rows (constant once inlined) x PG_LANES results, which stay in registers throughout. */
TARGET static inline __attribute__((always_inline)) void TILE(const pg_product *p, size_t row,
                                                              size_t panel, const int rows)
{
    LANES sum[TALLEST][PARTS];
    size_t column = panel * PG_LANES;
    EACH_ROW EACH_PART sum[r][v] = (LANES){0};
    if (p->first) {
        const float *first = p->first + row * p->first_stride + column;
        EACH_ROW EACH_PART sum[r][v] = ((const LANES *)(first + r * p->first_stride))[v];
    }
    if (p->second) {
        const float *second = p->second + row * p->second_stride + column;
        EACH_ROW EACH_PART sum[r][v] += ((const LANES *)(second + r * p->second_stride))[v];
    }
    for (size_t t = 0; t < p->term_count; t++) {
        const pg_term *term = &p->term[t];
        const size_t stride = term->stride;
        /* Three pointers four rows apart reach twelve rows by scaled indices. */
        const float *low = term->rows + row * stride;
        const float *middle = low + 4 * stride, *high = low + 8 * stride;
        const LANES *weights = (const LANES *)(term->weights + panel * term->panel_stride);
        for (size_t k = term->depth; k > 0; k--) {
            LANES w[PARTS];
            EACH_PART w[v] = weights[v];
            EACH_ROW
            {
                float a = (r < 4 ? low : r < 8 ? middle : high)[(r & 3) * stride];
                EACH_PART sum[r][v] += a * w[v];
            }
            weights += PARTS;
            low++, middle++, high++;
        }
    }
    size_t result = row * p->stride + column;
    if (p->sum) EACH_ROW EACH_PART((LANES *)(p->sum + result + r * p->stride))[v] = sum[r][v];
    if (p->rectified)
        EACH_ROW EACH_PART((LANES *)(p->rectified + result + r * p->stride))[v] =
            (LANES)((MASK)sum[r][v] & (sum[r][v] > 0));
}

/* Tiles have nearly equal height, because a short last tile would wait for its own sums. */
TARGET static void NAME(const pg_product *p)
{
    size_t tiles = (p->rows + TALLEST - 1) / TALLEST;
    for (size_t panel = 0; panel < p->panels; panel++)
        for (size_t row = 0, left = tiles; left > 0; left--) {
            size_t rows = (p->rows - row + left - 1) / left;
            switch (rows) {
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        TILE(p, row, panel, n);                                                                    \
        break
                CASE(1);
                CASE(2);
#if TALLEST > 2
                CASE(3);
                CASE(4);
                CASE(5);
                CASE(6);
#endif
#if TALLEST > 6
                CASE(7);
                CASE(8);
                CASE(9);
                CASE(10);
                CASE(11);
                CASE(12);
#endif
#undef CASE
            }
            row += rows;
        }
}

#undef JOIN_AGAIN
#undef JOIN
#undef LANES
#undef MASK
#undef TILE
#undef EACH_ROW
#undef EACH_PART
#undef PARTS
#undef NAME
#undef WIDTH
#undef TALLEST
#undef TARGET
