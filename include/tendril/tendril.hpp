// The umbrella of the core: arrays, ops, graphs, tracing. No Eigen, no xtensor: their adapters are opt-in headers.
#pragma once
#include <tendril/array.hpp>
#include <tendril/backend.hpp>
#include <tendril/draw.hpp>
#include <tendril/error.hpp>
#include <tendril/graph.hpp>
#include <tendril/linalg.hpp>
#include <tendril/memory.hpp>
#include <tendril/natives.hpp>
#include <tendril/ops.hpp>
#include <tendril/passes.hpp>
#include <tendril/save.hpp>
#include <tendril/source.hpp>
#include <tendril/trace.hpp>
#include <tendril/transforms.hpp>
#include <tendril/type.hpp>
#include <tendril/version.hpp>
