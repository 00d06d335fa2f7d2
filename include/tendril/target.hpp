// What functions are transpiled to, and what source is written for.
#pragma once

namespace tendril {

/// The libraries that functions go to: a backend that runs them, and the language that source_code writes. A target has one of the two or
/// both; one without a backend runs on the backend that is in force.
namespace target {
struct eigen_t {
  static constexpr const char* backend = "eigen";
  static constexpr const char* language = "eigen";
};
struct xtensor_t {
  static constexpr const char* backend = "xtensor";
  static constexpr const char* language = "xtensor";
};
/// Machine code made at run time, the fastest where it is there: it takes a build with it and a processor that it supports.
struct jit_t {
  static constexpr const char* backend = "jit";
};
/// C++ that needs no library: loops over memory of the caller's. It is written, and does not run here.
struct cpp_t {
  static constexpr const char* language = "cpp";
};
struct numpy_t {
  static constexpr const char* backend = "";
  static constexpr const char* language = "numpy";
  static constexpr bool packages = true;
};
struct torch_t {
  static constexpr const char* backend = "";
  static constexpr const char* language = "torch";
  static constexpr bool packages = true;
};
struct jax_t {
  static constexpr const char* backend = "";
  static constexpr const char* language = "jax";
  static constexpr bool packages = true;
};
struct tensorflow_t {
  static constexpr const char* backend = "";
  static constexpr const char* language = "tensorflow";
  static constexpr bool packages = true;
};
inline constexpr eigen_t eigen{};
inline constexpr xtensor_t xtensor{};
inline constexpr jit_t jit{};
inline constexpr cpp_t cpp{};
inline constexpr numpy_t numpy{};
inline constexpr torch_t torch{};
inline constexpr jax_t jax{};
inline constexpr tensorflow_t tensorflow{};
}  // namespace target

template <class T>
concept transpile_target = requires {
  T::backend;
};
/// A target that source_code writes for.
template <class T>
concept source_target = requires {
  T::language;
};

/// A target whose language has packages, which modules are written as.
template <class T>
concept package_target = source_target<T> && requires {
  T::packages;
};

}  // namespace tendril
