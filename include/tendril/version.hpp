// The version: the one place that states it; the build, the package and the pkg-config file read it from here.
#pragma once

#define TENDRIL_VERSION_MAJOR 0
#define TENDRIL_VERSION_MINOR 1
#define TENDRIL_VERSION_PATCH 0
