// The emitter: the functions of a program, of the types engine::code and engine::direct_code.
#pragma once
#include "backends/jit/loops.hpp"

namespace tendril::jit {

class emitter : public loops {
 public:
  /// Into this memory: constants, and from constants::room on the code.
  emitter(const stage_program& p, engine::isa isa, std::span<std::uint8_t> memory) : loops(p, isa, memory) {}

  /// All phases of a row of one block.
  std::size_t row_function();
  /// The same for the rows of an engine::row_walk.
  std::size_t rows_function();
  /// The same for rows of one operand against rows of another, as stage_program::pairwise_code.
  std::size_t pairwise_function();
  /// The same for one row, as an engine::direct_code.
  std::size_t direct_function();
  /// What comes before the blocks of a phase; its blocks.
  std::size_t before_function(std::size_t phase);
  std::size_t block_function(std::size_t phase);

  std::vector<engine::code_mark> marks;  ///< what stands where, for people

 private:
  void mark(engine::code_mark::kind what, std::size_t phase, std::size_t at) {
    marks.push_back({what, static_cast<std::uint16_t>(phase), static_cast<std::uint32_t>(at)});
  }
  std::size_t enter();
  std::size_t open();
  void close();
  bool many_pointers() const;
  void run_phases(bool transfers);
  void run_list(const std::vector<instruction>& list, const list_place&);
  void call_kernel(const instruction&, const list_place&);
  void transfer(std::size_t phase, bool out);
  void keep_views();
  void keep_rows();
  void fill_table();
  void store_row_result(std::size_t k);

  std::size_t frame_at_ = 0;  ///< where the size of the frame stands in the code
  int keeps_results_ = 0;     ///< where the views of the results are, on the stack
};

}  // namespace tendril::jit
