// Random cases over the whole op table: made of a seed, checked on every backend, shrunk, and printed as a C++ program.
//
// Model. A case is a graph, arguments and places for its results. The generator knows no op by name where the table's columns say enough:
// it tries an op on operands that seem to fit and keeps what the type rules accept, so a new row is in from its first day. Evaluating as
// it goes, it knows for each value how far two right answers may lie apart (`bounds`): not at all where every op is exact, or the same
// kernels run in one backend; by a rounding bound behind reductions and inexact ops; without limit ("wild") where a comparison or the like
// looks at such a value. Wild values are seldom kept and never compared.
#pragma once
#include <functional>

#include "fuzz_case.hpp"

namespace fuzz {

/// How a result may come about: by another route in one backend, in another backend, with `contract` on, or in another library.
enum way { within, across, contracted, elsewhere };
inline constexpr int ways = 4;

/// How far two right answers may lie apart, for each way. 0: they have the same bits.
struct bounds {
  double error[ways] = {};
};

struct random_case {
  unsigned seed = 0;
  td::graph graph;
  std::vector<argument> arguments;
  std::vector<argument> results;  ///< places; dtype and shape are those of the graph's results
};

/// The case of this seed. `every_op`: a long one that calls each op of the table at least once.
random_case generate(unsigned seed, bool every_op = false);

/// The bounds of each value of the case's graph, evaluated step by step.
std::vector<bounds> bounds_of(const random_case&);

/// The case's arguments, row-major, and how far each of its results may lie from those that come about so: for programs beside the tests.
struct plain_case {
  std::vector<td::array> arguments;
  std::vector<double> limits;
};
plain_case plain(const random_case&, way = across);

/// The bounds of the results of one op: `values` and `known` are its operands' (empty and exact where absent).
bounds bounds_of_op(const td::op_record&, const td::attributes&, const std::vector<td::array>& values, const std::vector<bounds>& known,
                    const std::vector<td::array>& results);

/// Everything that the case must satisfy on the backends of this build.
std::vector<check> checks_of(const random_case&);

/// What the check finds, exceptions included; nothing where all is well.
std::string failure(const random_case&, const check&);

/// The smallest case found, by dropping results and nodes and making arguments plain, that still fails as `fails` says.
random_case shrink(random_case, const std::function<bool(const random_case&)>& fails);

/// A program that runs one check of the case: it returns 0 and prints "the same" when all is well.
std::string program(const random_case&, const check&);

}  // namespace fuzz
