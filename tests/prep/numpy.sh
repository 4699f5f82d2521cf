# Whole pipelines, worked out again with numpy.
. "$srcdir/tests/tap.sh"
need_python numpy
in=$work/in
mkdir "$in" && "$builddir/tests/prep/fixtures" "$in" || exit 99
cat >"$work/check.py" <<'END'
import sys
import numpy as np

def example(i, h, w, c):
    y, x, k = np.indices((h, w, c))
    return (i * 101 + y * 31 + x * 7 + k * 59 + (i * y + x * k) % 5) & 255

def examples(n, h, w, c):
    return np.stack([example(i, h, w, c) for i in range(n)])

def resize(images, h, w):
    # Each pixel is split so finely that both grids fall on it; then blocks are averaged.
    fine = images.astype(float).repeat(h, 1).repeat(w, 2)
    n, _, _, c = fine.shape
    return fine.reshape(n, h, images.shape[1], w, images.shape[2], c).mean((2, 4))

name, path = sys.argv[1:]
got = np.load(path)
image, label = got["image"], got["label"] if "label" in got.dtype.names else None
rgb, grey = examples(12, 4, 3, 3), examples(12, 4, 3, 1)
luma = rgb @ [0.299, 0.587, 0.114]
if name == "plain":
    assert (image == grey).all() and (label == np.arange(12) % 3).all()
elif name == "classes":
    keep = np.arange(12) % 3 != 1
    assert (image == grey[keep]).all() and (label == (np.arange(12) % 3)[keep]).all()
elif name == "grey":
    assert image.shape == (12, 4, 3, 1) and abs(image[..., 0] - luma).max() <= 0.51
elif name == "resize":
    assert image.shape == (12, 3, 5, 3) and abs(image - resize(rgb, 3, 5)).max() <= 0.51
elif name == "levels":
    assert (image == np.where(255 - grey >= 128, 255, 0)).all()
elif name == "shuffle":
    order = [int((grey == one).all((1, 2, 3)).nonzero()[0][0]) for one in image]
    assert sorted(order) == list(range(12)) and order != sorted(order)
    assert (label == np.array(order) % 3).all()
elif name == "split":
    assert (image == grey[1::4]).all()
elif name == "norb":
    assert (image == examples(12, 4, 3, 2)).all()
    assert (got["lighting"] == 10 * np.arange(12) + 3).all()
elif name == "folder":
    order = [i for k in (2, 0, 1) for i in range(k, 12, 3)]  # by bytes: 11, 5, 7
    assert (image == grey[order]).all() and (label == np.repeat([11, 5, 7], 4)).all()
elif name == "matlab":
    assert (image == rgb).all() and (label == np.arange(12) % 3).all()
else:
    raise SystemExit("no check of that name")
END

check() # NAME ARGUMENT...
{
    name=$1
    shift
    pg-prep -q -o "$work/$name.npy" "$@"
    ok "$name" "$python" "$work/check.py" "$name" "$work/$name.npy"
}

check plain --labels "$in/good-labels.idx.gz" "$in/good-images.idx.gz"
check classes --labels "$in/good-labels.txt" --classes 2,0 "$in/good-images.idx"
check grey --grey "$in/good-rgb.idx"
check resize --resize 3x5 --fit stretch "$in/good-rgb.idx"
check levels --invert --binarize threshold "$in/good-images.idx"
check shuffle --shuffle --seed 4 --labels "$in/good-labels.txt" "$in/good-images.idx"
check split --split 2/4 "$in/good-images.idx"
check norb --view both --info "$in/good-toys-dat.mat"
check folder "$in/good-classes"
check matlab "$in/good-digits.mat"
done_testing
