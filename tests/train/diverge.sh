# A training that diverges says so, and leaves the model that was there.
. "$srcdir/tests/tap.sh"

# 80 images of 6 x 6.
{
    npy_header "{'descr': '|u1', 'fortran_order': False, 'shape': (80, 6, 6)}"
    awk 'BEGIN { for (i = 0; i < 80 * 36; i++) printf "%c", 65 + i * i * 7 % 61 }'
} >"$work/images.npy"

train() # OPTION...
{
    pg-train -q -j 1 -e 2 --set features=4 --set blocks=2 --set encoder_features=2 --set hidden=8 \
        --set discriminator_hidden=8 --set batch=8 -o "$work/model" "$@" "$work/images.npy"
}

ok "a training that goes well" train --prior gaussian:2
cp "$work/model" "$work/kept"

# NAME OPTION...
diverges()
{
    name=$1
    shift
    fails 1 "^pg-train: training: diverged at step [0-9]+, .*smaller learning_rate with --set$" \
        "$name: diverges" train --set learning_rate=10 --set discriminator_rate=10 -e 20 "$@"
    ok "$name: the model is the one that was there" cmp "$work/model" "$work/kept"
    is "$(ls "$work" | grep -c model)" 1 "$name: and nothing lies beside it"
}

diverges "a code in the plane" --prior gaussian:2
diverges "the divergence from the prior" --prior gaussian:2 --posterior gaussian --pull kl
diverges "a factorised decoder" --prior gaussian:2 --decoder factorised
diverges "a deep decoder without code" --prior none --set blocks=20
diverges "a deep decoder with categories" --prior categorical:3 --set blocks=20 \
    --set agreement_weight=0
diverges "with checkpoints" --prior gaussian:2 --checkpoint "$work/run.checkpoint"
done_testing
