# The digits the demo learns from, and the scripts that use them.
digitsdir = $(pkgdatadir)/digits
dist_digits_DATA = \
	examples/data/README \
	examples/data/t10k-images-idx3-ubyte.gz \
	examples/data/t10k-labels-idx1-ubyte.gz \
	examples/data/train-images-idx3-ubyte.gz \
	examples/data/train-labels-idx1-ubyte.gz

examplesdir = $(pkgdatadir)/examples
dist_examples_DATA = examples/count.c examples/experiment.sh examples/plot-codes.py
dist_examples_SCRIPTS = examples/asked-labels.sh examples/cifar10.sh \
	examples/clusters.sh examples/colour-digits.sh examples/curve.sh examples/digits.sh \
	examples/family.sh examples/few-labels.sh examples/nats.sh examples/parts.sh \
	examples/plane.sh examples/semi-supervised.sh examples/sort-pictures.sh \
	examples/three-digits.sh \
	examples/toys.sh

EXTRA_DIST += examples/LABBOOK.md examples/RESULTS.md examples/data/cut \
	examples/pictures/categories.png examples/pictures/completed.png \
	examples/pictures/plane.png examples/pictures/shapes.png \
	examples/pictures/three.png
