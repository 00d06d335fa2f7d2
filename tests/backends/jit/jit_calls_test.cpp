// What every call of a traced object takes: the code that is the whole call. Which registers it keeps, where its code is, and for how long.
#include "jit_helpers.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <fstream>

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "kernels/backend.hpp"
#if TENDRIL_HAS_JIT_BACKEND
#include "backends/jit/assembler.hpp"
#include "backends/jit/code.hpp"
#include "backends/jit/jit.hpp"
#endif

using namespace jit_test;

TEST_CASE("jit: conversions of every dtype to every other, called as users call them, of every length") {
  if (!available()) return;
  const warnings quiet;
  for (const td::dtype from : all_dtypes)
    for (const td::dtype to : all_dtypes) {
      if (td::kind_of(from) == td::dtype_kind::real && td::kind_of(to) == td::dtype_kind::integer) continue;  // NaN and infinity are in it
      for (const std::int64_t n : {0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 18, 21, 27, 30, 33, 63, 1001, 1500}) {
        INFO(td::to_string(from) << " to " << td::to_string(to) << ", " << n);
        const std::vector<td::array> in{numbers({n}, from, 1), numbers({n}, td::bool_, 2)};
        same_as_interpreter([to](const auto& v) { return std::vector{td::astype(v[0], to)}; }, in);
        same_as_interpreter([to](const auto& v) { return std::vector{td::where(v[1], td::astype(v[0], to), td::astype(v[1], to))}; }, in);
        if (to == td::bool_) continue;
        same_as_interpreter([to](const auto& v) { return std::vector{td::astype(v[0], to) + 1, td::astype(v[1], to)}; }, in);
      }
    }
}

#if TENDRIL_HAS_JIT_BACKEND

TEST_CASE("jit: an instruction that writes a register which is kept is an internal error") {
  struct writer : td::jit::assembler {
    using assembler::assembler, assembler::general_;
  };
  std::array<std::uint8_t, 4096> memory;
  writer w(memory.size(), memory.data());
  auto& registers = w.general_;
  registers.keep(w.r8, "the views of the results");
  CHECK(registers.kept(w.r8) == std::string_view("the views of the results"));
  CHECK(registers.kept(w.r9) == nullptr);
  const std::string r8 = "got the views of the results in it, expected nothing";
  // By all its names, as operand or by the way.
  CHECK_THAT(message_of<td::internal_error>([&] { w.mov(w.r8b, w.byte[w.rdx]); }), contains("[jit] an instruction writes r8b: " + r8));
  CHECK_THAT(message_of<td::internal_error>([&] { w.lea(w.r8, w.ptr[w.rdx + 8]); }), contains("writes r8: " + r8));
  CHECK_THAT(message_of<td::internal_error>([&] { w.vmovmskps(w.r8d, w.ymm1); }), contains("writes r8d: " + r8));
  CHECK_THAT(message_of<td::internal_error>([&] { w.kmovw(w.r8d, w.k1); }), contains("writes r8d: " + r8));
  CHECK_THAT(message_of<td::internal_error>([&] { w.pop(w.r8); }), contains("writes r8: " + r8));
  CHECK_THAT(message_of<td::internal_error>([&] { w.call(w.rax); }), contains("a call of a kernel: got the views of the results in r8"));
  CHECK_THAT(message_of<td::internal_error>([&] { registers.keep(w.r8, "the index"); }), contains("r8 is to keep the index: " + r8));
  CHECK(w.getSize() == 0);
  // Reading it, writing where it points to and writing others is no matter; nor is its owner's writing.
  w.mov(w.ptr[w.r8], w.rdx);
  w.mov(w.rdx, w.r8);
  w.vmovq(w.xmm8, w.r8);
  registers.open(w.r8, [&] { w.add(w.r8, 8); });
  CHECK(registers.kept(w.r8) != nullptr);
  registers.release(w.r8);
  w.mov(w.r8, w.rdx);
  w.call(w.rax);
}

namespace {

// A function whose code no other number has: fourteen ops, each one of two.
td::function function_number(unsigned k) {
  const auto f = td::trace_graph(
      [k](td::array x) {
        for (unsigned bit = 0; bit < 14; ++bit) x = k >> bit & 1 ? td::sqrt(x) : x / 3.0;
        return x;
      },
      {.to = "jit"});
  return f.compiled(doubles(9, 2.0));
}

double first_of(const td::function& f) { return f(std::vector<td::array>{td::asarray(doubles(9, 2.0))})[0][{0}].item<double>(); }
double expected_of(unsigned k) {
  double x = 2.0;
  for (unsigned bit = 0; bit < 14; ++bit) x = k >> bit & 1 ? std::sqrt(x) : x / 3.0;
  return x;
}

// Of code, by the system's list.
std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t n = 0;
  for (std::string line; std::getline(maps, line);) n += line.find("r-xp") != std::string::npos;
  return n;
}

}  // namespace

TEST_CASE("jit: five thousand live functions take few mappings, and those that die give their memory back") {
  if (!available()) return;
  constexpr unsigned many = 5000;
  const std::size_t before = mappings();
  std::vector<td::function> functions;
  for (unsigned k = 0; k < many; ++k) functions.push_back(function_number(k));
  CHECK(mappings() < before + 50);
  const std::size_t full = td::jit::statistics().mapped;
  CHECK(full >= many * 4096);
  for (const unsigned k : {0u, 1u, 77u, 4095u, 4999u}) CHECK(first_of(functions[k]) == expected_of(k));
  // Half of them, and others in their place.
  for (unsigned k = 0; k < many; k += 2) functions[k] = {};
  for (unsigned k = 0; k < many; k += 2) functions[k] = function_number(k + many);
  CHECK(mappings() < before + 50);
  CHECK(td::jit::statistics().mapped < full + (8 << 20));  // what the cache keeps is beside them
  for (const unsigned k : {1u, 77u, 4095u, 4999u}) CHECK(first_of(functions[k]) == expected_of(k));
  for (const unsigned k : {0u, 2u, 3000u}) CHECK(first_of(functions[k]) == expected_of(k + many));
  functions.clear();
  td::jit::drop_unused_code();  // of the cache, which keeps some
  CHECK(td::jit::statistics().mapped < full / 4);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    INFO(line);
    CHECK(line.find("rwx") == std::string::npos);
  }
}

#endif

#if TENDRIL_HAS_JIT_BACKEND && defined(__linux__)

namespace {

// From here on the kernel makes no memory of this process executable.
bool refuse_executable_memory() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 4 /* PROT_EXEC */, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

TEST_CASE("jit: where code memory ends, the kernels of eigen run what is compiled, with one warning") {
  if (!available()) return;
  const td::function made_before = function_number(12000);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // no framework of tests: its assertions belong to the parent
    enum { good, no_filter, wrong_result, other_warnings, still_code };
    const warnings collected;
    if (!refuse_executable_memory()) _exit(no_filter);
    for (unsigned k = 0; k < 20; ++k) {
      const td::function f = function_number(12100 + k);
      if (first_of(f) != expected_of(12100 + k)) _exit(wrong_result);
      if (f.info().kernels_compiled != 0 || !f.code().empty()) _exit(still_code);
    }
    if (first_of(made_before) != expected_of(12000)) _exit(wrong_result);
    const auto& texts = warnings::texts();
    _exit(texts.size() == 1 && texts[0].find("[jit] no memory for machine code: got none from the system") == 0 ? good : other_warnings);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO("status " << status);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 1) {
    WARN("the kernel takes no filter of system calls: the end of code memory was not tried");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}

#endif
