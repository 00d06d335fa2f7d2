// The one place that includes xtensor: 0.26 moved its headers into folders, older ones (0.24 in Debian 12) keep them flat.
#pragma once
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xassign.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/generators/xbuilder.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xassign.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#endif

// The namespace of everything that is built from xtensor's templates. A unit that is compiled once per instruction set must not
// share a symbol with another: the linker keeps one copy of a template's code, and that one may need instructions the processor lacks.
#ifdef TENDRIL_ISA
#define TENDRIL_XTENSOR_PASTE_(a, b) a##b
#define TENDRIL_XTENSOR_PASTE(a, b) TENDRIL_XTENSOR_PASTE_(a, b)
#define TENDRIL_XTENSOR_NAMESPACE TENDRIL_XTENSOR_PASTE(xtensor_, TENDRIL_ISA)
#else
#define TENDRIL_XTENSOR_NAMESPACE xtensor_whole_array
#endif
