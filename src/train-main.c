/* pg-train: one process. */
#include <config.h>

#include "train.h"

int main(int argc, char **argv)
{
    return train_main(argc, argv, "pg-train", train_help);
}
