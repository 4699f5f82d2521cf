#include <config.h>

#include "nn/conv_plan.h"

#include <stdlib.h>

#include "base/alloc.h"

/* One direction of a pass, down or to the right. */
typedef struct axis {
    int in, out, taps; /* pixels of x and y */
    int stride, dilation, pad;
    bool backward; /* x is the layer's output */
} axis;

/* Outputs first, first + step, ... that see the taps begin .. end - 1, by their packed place. */
typedef struct span {
    int first, count;
    int begin, end;
} span;

typedef struct spans {
    axis axis;
    int *tap; /* by packed place */
    span *span;
    int count;
} spans;

/* The input pixel that a tap joins to an output, or -1. */
static int input_of(const axis *a, int output, int tap)
{
    int at = a->backward ? output + a->pad - tap * a->dilation
                         : output * a->stride - a->pad + tap * a->dilation;
    if (a->backward && at % a->stride) return -1;
    if (a->backward) at /= a->stride;
    return at >= 0 && at < a->in ? at : -1;
}

static int output_step(const axis *a)
{
    return a->backward ? a->stride : 1;
}

static int input_step(const axis *a)
{
    return a->backward ? 1 : a->stride;
}

/* Taps that one output sees are neighbours in their packed order, and their inputs ascend. */
static void order_taps(const axis *a, int *tap)
{
    if (!a->backward) {
        for (int t = 0; t < a->taps; t++)
            tap[t] = t;
        return;
    }
    for (int phase = 0; phase < a->stride; phase++)
        for (int t = a->taps - 1; t >= 0; t--)
            if (t * a->dilation % a->stride == phase) *tap++ = t;
}

static span span_of(const spans *s, int output)
{
    span one = {.first = output, .count = 1};
    for (int t = 0; t < s->axis.taps; t++)
        if (input_of(&s->axis, output, s->tap[t]) >= 0) {
            if (one.begin == one.end) one.begin = t;
            one.end = t + 1;
        }
    return one;
}

static void add_output(spans *s, int output)
{
    span one = span_of(s, output), *last = s->count ? &s->span[s->count - 1] : NULL;
    bool alike = last && last->first + last->count * output_step(&s->axis) == output &&
                 last->begin == one.begin && last->end == one.end;
    if (alike)
        last->count++;
    else
        s->span[s->count++] = one;
}

static bool find_spans(spans *s, const axis *a)
{
    *s = (spans){.axis = *a};
    s->tap = pg_allocate(a->taps, sizeof *s->tap);
    s->span = pg_allocate(a->out, sizeof *s->span);
    if (!s->tap || !s->span) return false;
    order_taps(a, s->tap);
    for (int phase = 0; phase < output_step(a); phase++)
        for (int output = phase; output < a->out; output += output_step(a))
            add_output(s, output);
    return true;
}

static void free_spans(spans *s)
{
    free(s->tap);
    free(s->span);
}

/* The outputs that a tap joins to an input. */
static span outputs_of(const axis *a, int tap)
{
    span all = {.begin = tap, .end = tap + 1};
    for (int output = 0; output < a->out; output++)
        if (input_of(a, output, tap) >= 0) {
            if (!all.count) all.first = output;
            all.count++;
        }
    return all;
}

/* ---- Both directions ---- */

typedef struct drawing {
    pg_conv_plan *plan;
    spans down, right;
    ptrdiff_t x_row, y_row; /* numbers of a row of x and of y */
} drawing;

static axis make_axis(const pg_conv_shape *s, bool backward, bool down)
{
    int in = down ? s->height : s->width, out = down ? s->out_height : s->out_width;
    return (axis){
        .in = backward ? out : in,
        .out = backward ? in : out,
        .taps = down ? s->rows : s->columns,
        .stride = s->stride,
        .dilation = s->dilation,
        .pad = down ? s->pad_top : s->pad_left,
        .backward = backward,
    };
}

static pg_conv_steps make_steps(int height, int width, int channels, int stride)
{
    ptrdiff_t row = (ptrdiff_t)width * channels;
    return (pg_conv_steps){
        .image = height * row, .row = stride * row, .column = (ptrdiff_t)stride * channels};
}

static bool take_taps(drawing *d)
{
    pg_conv_plan *plan = d->plan;
    int columns = d->right.axis.taps;
    plan->taps = d->down.axis.taps * columns;
    plan->tap = pg_allocate(plan->taps, sizeof *plan->tap);
    for (int t = 0; plan->tap && t < plan->taps; t++)
        plan->tap[t] = d->down.tap[t / columns] * columns + d->right.tap[t % columns];
    return plan->tap;
}

static bool start(drawing *d, pg_conv_plan *plan, const pg_conv_shape *s, bool backward)
{
    axis down = make_axis(s, backward, true), right = make_axis(s, backward, false);
    *plan = (pg_conv_plan){.images = s->images,
                           .in = backward ? s->out : s->in,
                           .out = backward ? s->in : s->out,
                           .height = down.out};
    plan->x = make_steps(down.in, right.in, plan->in, input_step(&down));
    plan->y = make_steps(down.out, right.out, plan->out, output_step(&down));
    *d = (drawing){.plan = plan,
                   .x_row = (ptrdiff_t)right.in * plan->in,
                   .y_row = (ptrdiff_t)right.out * plan->out};
    return find_spans(&d->down, &down) && find_spans(&d->right, &right) && take_taps(d);
}

static bool finish(drawing *d, bool ok)
{
    free_spans(&d->down);
    free_spans(&d->right);
    return ok;
}

/* The taps of a kernel's row join to one run but where the kernel is dilated. */
static bool reserve(pg_conv_plan *plan, const pg_conv_shape *s, size_t rectangles, size_t rows)
{
    plan->rectangle = pg_allocate(rectangles, sizeof *plan->rectangle);
    plan->run =
        pg_allocate(rectangles * rows * (s->dilation > 1 ? s->columns : 1), sizeof *plan->run);
    return plan->rectangle && plan->run;
}

/* Where the input of an output under a tap, both by place, lies in x. */
static ptrdiff_t place(const drawing *d, int row, int down, int column, int right)
{
    int y = input_of(&d->down.axis, row, d->down.tap[down]);
    int x = input_of(&d->right.axis, column, d->right.tap[right]);
    return y * d->x_row + (ptrdiff_t)x * d->plan->in;
}

/* Joins a tap to the run before it where both go on without a gap. */
static void add_tap(const drawing *d, pg_conv_rectangle *r, ptrdiff_t x, size_t row)
{
    pg_conv_run *run = &d->plan->run[d->plan->runs], *last = run - 1;
    size_t length = d->plan->in;
    if (r->runs && last->x + (ptrdiff_t)last->length == x && last->row + last->length == row) {
        last->length += length;
        return;
    }
    *run = (pg_conv_run){x, row, length};
    r->runs++;
    d->plan->runs++;
}

/* The outputs of two spans. */
static void add_rectangle(drawing *d, const span *down, const span *right)
{
    pg_conv_plan *plan = d->plan;
    pg_conv_rectangle *r = &plan->rectangle[plan->rectangles++];
    *r = (pg_conv_rectangle){.y = down->first * d->y_row + (ptrdiff_t)right->first * plan->out,
                             .row = down->first,
                             .column = right->first,
                             .height = down->count,
                             .width = right->count,
                             .run = plan->run + plan->runs};
    if (down->begin == down->end || right->begin == right->end) return;
    r->x = place(d, down->first, down->begin, right->first, right->begin);
    for (int i = down->begin; i < down->end; i++)
        for (int j = right->begin; j < right->end; j++)
            add_tap(d, r, place(d, down->first, i, right->first, j) - r->x,
                    ((size_t)i * d->right.axis.taps + j) * plan->in);
}

static bool draw(pg_conv_plan *plan, const pg_conv_shape *shape, bool backward)
{
    drawing d;
    bool ok = start(&d, plan, shape, backward);
    size_t rectangles = (size_t)d.down.count * d.right.count;
    ok = ok && reserve(plan, shape, rectangles, shape->rows);
    for (int i = 0; ok && i < d.down.count; i++)
        for (int j = 0; j < d.right.count; j++)
            add_rectangle(&d, &d.down.span[i], &d.right.span[j]);
    return finish(&d, ok);
}

bool pg_conv_plan_forward(pg_conv_plan *plan, const pg_conv_shape *shape)
{
    return draw(plan, shape, false);
}

bool pg_conv_plan_backward(pg_conv_plan *plan, const pg_conv_shape *shape)
{
    return draw(plan, shape, true);
}

/* With so few channels a tap alone keeps too few sums going: neighbours are taken together, and
 * the columns at the edges, that some of them do not see, apart. */
enum { FEW_CHANNELS = 8 };

static void add_row_of_taps(drawing *d, const span *down)
{
    const spans *right = &d->right;
    bool few = d->plan->in < FEW_CHANNELS;
    for (int j = 0; few && j < right->count; j++)
        add_rectangle(d, down, &right->span[j]);
    for (int j = 0; !few && j < right->axis.taps; j++) {
        span columns = outputs_of(&right->axis, j);
        if (columns.count) add_rectangle(d, down, &columns);
    }
}

bool pg_conv_plan_gradient(pg_conv_plan *plan, const pg_conv_shape *shape)
{
    drawing d;
    bool ok = start(&d, plan, shape, false);
    size_t across = d.right.count > shape->columns ? d.right.count : shape->columns;
    ok = ok && reserve(plan, shape, across * shape->rows, 1);
    for (int i = 0; ok && i < shape->rows; i++) {
        span rows = outputs_of(&d.down.axis, i);
        if (rows.count) add_row_of_taps(&d, &rows);
    }
    return finish(&d, ok);
}

void pg_conv_plan_free(pg_conv_plan *plan)
{
    free(plan->rectangle);
    free(plan->run);
    free(plan->tap);
}
