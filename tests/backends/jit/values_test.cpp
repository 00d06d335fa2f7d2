// The values of a loop on lists of instructions, without code: a machine of four registers and a stack runs what is decided, and every
// instruction must find its operands.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

#if TENDRIL_HAS_JIT_BACKEND
#include "backends/jit/values.hpp"

namespace td = tendril;
using td::jit::value;

namespace {

struct line {
  std::vector<int> reads;  ///< values: operands have the first numbers, then each line makes the next one
};

/// Which value stands in which register and on the stack, and what was moved.
class machine : public td::jit::mover {
 public:
  machine(int operands, const std::vector<line>& list, int registers, const std::vector<int>& singles = {})
      : values(*this, {1, 3}), list_(list), operands_(operands) {
    values.clear(static_cast<std::size_t>(operands) + list.size() + 1);
    values.limit_vectors(registers);
    values.free_all();
    const auto add = [&](value::origin from, int made) {
      value v;
      v.slot = static_cast<std::uint16_t>(values.end() - values.begin() + 1);
      v.type = td::float32;
      v.from = from;
      v.made = made;
      return values.add(std::move(v));
    };
    for (int k = 0; k < operands; ++k)
      add(std::count(singles.begin(), singles.end(), k) ? value::origin::single : value::origin::streamed, -1);
    for (int at = 0; at < static_cast<int>(list.size()); ++at) {
      for (const int id : list[static_cast<std::size_t>(at)].reads) values.use(id, at);
      add(value::origin::computed, at);
    }
  }

  /// One step of the loop: what was moved, as "load 0 to 1, save 0 from 1, restore 0 to 2".
  std::string step() {
    moved_.clear();
    stack_.clear();
    values.begin_step(0);
    for (int at = 0; at < static_cast<int>(list_.size()); ++at) {
      values.at(at);
      const auto& reads = list_[static_cast<std::size_t>(at)].reads;
      for (const int id : reads) {
        load(id);
        values.protect(id);
      }
      for (const int id : reads) {
        INFO("instruction " << at << " reads " << id);
        CHECK(holds_[values[id].reg] == id);
      }
      value& result = values[operands_ + at];
      values.assign(result, values.take(false));
      holds_[result.reg] = operands_ + at;
      for (const int id : reads) CHECK(values[id].reg != result.reg);
      values.protect(operands_ + at);
      values.pass(&result);
      values.release();
    }
    return moved_;
  }

  void load(int id) {
    value& v = values[id];
    if (values.load(v)) return;
    CHECK(id < operands_);  // what was computed is somewhere
    holds_[v.reg] = id;
    say("load", id, "to", v.reg);
  }

  int save(const value& v) override {
    CHECK(holds_[v.reg] == values.id_of(v));
    stack_.push_back(values.id_of(v));
    say("save", values.id_of(v), "from", v.reg);
    return static_cast<int>(stack_.size()) - 1;
  }
  void restore(const value& v) override {
    CHECK(stack_[static_cast<std::size_t>(v.home)] == values.id_of(v));
    holds_[v.reg] = values.id_of(v);
    say("restore", values.id_of(v), "to", v.reg);
  }

  td::jit::values values;

 private:
  void say(const char* what, int id, const char* where, int reg) {
    moved_ += (moved_.empty() ? "" : ", ") + std::string(what) + " " + std::to_string(id) + " " + where + " " + std::to_string(reg);
  }
  const std::vector<line> list_;
  const int operands_;
  std::map<int, int> holds_;  ///< by register
  std::vector<int> stack_;
  std::string moved_;
};

}  // namespace

TEST_CASE("values that end give their registers to what comes next") {
  // 2 = f(0, 1), 3 = f(2), 4 = f(3)
  CHECK(machine(2, {{{0, 1}}, {{2}}, {{3}}}, 3).step() == "load 0 to 0, load 1 to 1");
}

TEST_CASE("of the values in registers that which is used latest gives way, and comes back from the stack") {
  // 4 = f(0, 1), 5 = f(2), 6 = f(3, 5), 7 = f(4, 6), 8 = f(7, 1), 9 = f(8, 0): 0 makes room for 5, and 1 for 6
  CHECK(machine(4, {{{0, 1}}, {{2}}, {{3, 5}}, {{4, 6}}, {{7, 1}}, {{8, 0}}}, 4).step() ==
        "load 0 to 0, load 1 to 1, load 2 to 3, save 0 from 0, load 3 to 3, save 1 from 1, restore 1 to 1, restore 0 to 0");
}

TEST_CASE("a single element gives way without a move and is loaded again") {
  const std::string moved = machine(3, {{{0, 1}}, {{2, 3}}, {{3, 4}}, {{0, 5}}}, 3, {0}).step();
  CHECK(moved == "load 0 to 0, load 1 to 1, load 2 to 1, load 0 to 0");
}

TEST_CASE("a value that stays on the stack is saved once") {
  // 0 is read often, with three others in between
  machine m(4, {{{0}}, {{1, 2, 3}}, {{0, 5}}, {{1, 2, 3}}, {{0, 7}}, {{6, 4}}}, 4);
  const std::string moved = m.step();
  INFO(moved);
  const std::string saved = "save 0 ";
  const auto first = moved.find(saved);
  CHECK(first != std::string::npos);
  CHECK(moved.find(saved, first + 1) == std::string::npos);
}

TEST_CASE("a value that is fixed keeps its register, from step to step too") {
  machine m(3, {{{0, 1}}, {{2, 3}}, {{0, 4}}, {{0, 5}}}, 4);
  value& v = m.values[0];
  m.values.assign(v, m.values.take(false));
  v.fixed = true;
  v.kept = v.reg;
  for (int step = 0; step < 2; ++step) {
    m.values.begin_step(0);
    CHECK(v.reg == 0);
    for (int k = 0; k < 3; ++k) CHECK(m.values.temporary(false) != 0);
    CHECK_THROWS_WITH(m.values.temporary(false), "[jit] no register is left for an instruction");
    m.values.release();
  }
}

TEST_CASE("what an instruction borrows and protects is its own until it is over") {
  machine m(2, {{{0, 1}}}, 3);
  m.load(0);
  m.load(1);
  m.values.protect(0);
  const int first = m.values.temporary(false), second = m.values.temporary(false);
  CHECK(first == 2);
  CHECK(second == 1);  // 0 stays
  CHECK_THROWS_WITH(m.values.temporary(false), "[jit] no register is left for an instruction");
  m.values.give_back(first);
  CHECK(m.values.temporary(false) == first);
  m.values.release();
  CHECK(m.values.take(false) == 1);
}

TEST_CASE("registers that are reserved are taken by no value, and masks have registers of their own") {
  machine m(1, {{{0}}}, 4);
  CHECK(m.values.reserve(3) == 1);
  CHECK(m.values.take(false) == 0);
  CHECK_THROWS_WITH(m.values.take(false), "[jit] no register is left for an instruction");
  CHECK(m.values.take(true) == 1);
  CHECK(m.values.take(true) == 2);
  CHECK_THROWS_WITH(m.values.take(true), "[jit] no register is left for an instruction");
}

TEST_CASE("constants are found by bits, size and what is derived of them") {
  machine m(1, {{{0}}}, 4);
  td::jit::values& v = m.values;
  const int single = v.add_single(1, td::float32);
  CHECK(v.add_single(1, td::int32) == single);
  CHECK(v.add_single(1, td::float64) != single);
  CHECK(v.add_single(1, td::float32, value::derived::reciprocal) != single);
  CHECK(v.find_constant(1, 4) == single);
  CHECK(v.find_constant(2, 4) == -1);
  CHECK(v.held(1, 4) == -1);
  v[single].fixed = true;
  v[single].reg = 3;
  CHECK(v.held(1, 4) == 3);
}

TEST_CASE("values are counted from where they are made to where they are read last") {
  const machine m(2, {{{0, 1}}, {{2}}, {{3, 0}}}, 4);
  const auto alone = [](int) { return false; };
  CHECK(m.values.live(3, false, alone) == std::vector{3, 3, 3, 0});
  CHECK(m.values.live(3, true, alone) == std::vector{0, 0, 0, 0});
  // two at a time: the values of both instructions are there at once
  CHECK(m.values.live(3, false, [](int at) { return at < 2; }) == std::vector{4, 4, 3, 0});
}

TEST_CASE("random lists: every instruction finds its operands in registers, in every step") {
  std::mt19937 random(1);
  for (int n = 0; n < 2000; ++n) {
    const int operands = 1 + static_cast<int>(random() % 6), lines = 1 + static_cast<int>(random() % 20);
    std::vector<line> list;
    for (int at = 0; at < lines; ++at) {
      line l;
      for (int k = static_cast<int>(random() % 3); k >= 0; --k) l.reads.push_back(static_cast<int>(random() % unsigned(operands + at)));
      list.push_back(std::move(l));
    }
    std::vector<int> singles;
    for (int k = 0; k < operands; ++k)
      if (random() % 4 == 0) singles.push_back(k);
    machine m(operands, list, 4 + static_cast<int>(random() % 3), singles);
    INFO("list " << n);
    m.step();
    m.step();
  }
}
#else

TEST_CASE("without the backend jit no loop has values") { SUCCEED(); }

#endif
