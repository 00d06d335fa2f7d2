// An executable: a specialized graph lowered to steps, with its memory planned. Immutable; running it is replay.
#pragma once
#include <memory>

#include <tendril/backend.hpp>

#include "engine/prepared.hpp"
#include "engine/stage.hpp"

namespace tendril::detail {

/// Where the elements of a value are while an executable runs.
struct value_place {
  enum class kind : std::uint8_t { none, input, result, constant, workspace, view } what = kind::none;
  std::int32_t index = -1;  ///< which input, result or constant
  std::size_t offset = 0;   ///< into the workspace, in bytes
};

/// One step: a group, a whole-array kernel, a view, a user's kernel, or a copy.
struct step {
  enum class kind : std::uint8_t { group, kernel, view, custom, copy } what = kind::kernel;
  std::vector<value_id> in, out;
  engine::whole_kernel kernel = nullptr;
  std::unique_ptr<const engine::prepared_kernel> prepared;  ///< runs in place of `kernel` where there is one
  const op_record* op = nullptr;
  attributes attrs;
  std::unique_ptr<engine::stage_program> program;
  bool broadcast_inputs = false;  ///< a whole-array elementwise kernel takes its inputs at the result's shape
};

class executable final : public counted {
 public:
  tendril::graph graph;
  compile_info info;
  std::vector<type> input_types, result_types;
  std::vector<step> steps;
  std::vector<value_place> places;              ///< by value id
  std::vector<array_view> static_views;         ///< by value id: constants and workspace (data filled per call for the latter)
  std::vector<array> constants;                 ///< keeps the elements alive
  std::size_t workspace_bytes = 0;              ///< temporaries, then the scratch of one step
  std::size_t scratch_offset = 0;               ///< where the scratch of a step begins
  std::vector<int> input_layouts;               ///< layout class of each input that the steps were planned for
  bool in_place = false;                        ///< a result may be exactly the memory of an input
  const engine::stage_program* only = nullptr;  ///< the whole executable is this one group over inputs and results

  /// Runs. `in` and `out` have the types of the graph; outputs do not overlap inputs, or are exactly the same memory and `in_place`.
  static void run(const executable*, const array_view* in, const array_view* out);
};

/// Runs into outputs that may overlap inputs.
void run_overlapping(const executable&, const array_view* in, std::size_t inputs, const array_view* out);

}  // namespace tendril::detail
