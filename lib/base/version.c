#include <config.h>

#include "pixelgan/pixelgan.h"

const char *pg_version(void)
{
    return PACKAGE_VERSION;
}
