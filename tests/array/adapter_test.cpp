// The adapters of the core: what std::vector, std::array, std::span and C arrays lend and take, asarray, view, to, and operators.
#include "adapter_helpers.hpp"
#include "catch.hpp"

#include <numeric>

using namespace adapter_test;

namespace {

/// An array class of a user, as docs of array_traits show one.
struct matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> elements;
};

}  // namespace

template <>
struct tendril::array_traits<matrix> {
  using scalar = double;
  static constexpr int rank = 2;
  static constexpr bool contiguous = true;
  using container = matrix;
  static void borrow(const matrix& m, array_view& v) {
    v.data = const_cast<double*>(m.elements.data());
    v.dtype = float64;
    v.rank = 2;
    v.shape[0] = m.rows, v.shape[1] = m.columns;
    v.strides[0] = m.columns, v.strides[1] = 1;
  }
  static container make(std::span<const std::int64_t> shape) {
    if (shape.size() != 2) detail::throw_unfit("call", shape, "rank 2", name());
    return {shape[0], shape[1], std::vector<double>(static_cast<std::size_t>(shape[0] * shape[1]))};
  }
  static void borrow_result(container& m, std::span<const std::int64_t>, array_view& v) { borrow(m, v); }
  static constexpr std::string_view name() { return "matrix"; }
};

// ---- which types are native

static_assert(td::native<std::vector<double>> && td::native<const std::vector<int>&> && td::native<std::vector<float>&&>);
static_assert(td::native<std::array<bool, 3>> && td::native<std::array<std::array<double, 2>, 3>>);
static_assert(td::native<std::span<const double>> && td::native<std::span<float, 4>> && td::native<std::span<bool>>);
static_assert(td::native<double (&)[3]> && td::native<const std::int64_t (&)[2][3]> && td::native<bool (&)[2]>);
static_assert(td::native<td::array> && !td::foreign_native<td::array> && td::native<matrix>);
static_assert(td::array_traits<matrix>::rank == 2 && td::array_traits<matrix>::contiguous);
static_assert(!td::native<double> && !td::native<bool> && !td::native<const char (&)[6]> && !td::native<std::string> && !td::native<void>);
static_assert(!td::native<std::vector<td::array>> && !td::native<std::vector<std::vector<double>>> && !td::native<double*>);
static_assert(!td::lazy_native<std::vector<double>> && !td::lazy_native<td::array>);

// ---- what `into` may write to

static_assert(td::writable_native<std::vector<double>&> && !td::writable_native<const std::vector<double>&>);
static_assert(td::writable_native<std::span<double>> && td::writable_native<const std::span<double>&>);
static_assert(!td::writable_native<std::span<const double>&> && !td::writable_native<td::array&>);
static_assert(td::writable_native<double (&)[2]> && !td::writable_native<const double (&)[2]> && td::writable_native<matrix&>);

// ---- what results take

static_assert(std::is_same_v<container_of<std::span<const float>>, std::vector<float>>);
static_assert(std::is_same_v<container_of<std::span<const bool>>, td::array>);
static_assert(std::is_same_v<container_of<double (&)[3]>, std::array<double, 3>>);
static_assert(std::is_same_v<container_of<int (&)[2][3]>, std::array<std::array<int, 3>, 2>>);

TEST_CASE("a standard container lends its own memory") {
  std::vector<double> v{1, 2, 3};
  CHECK(borrowed(v).data() == v.data());
  CHECK(borrowed(v).shape == ints{3});
  CHECK(borrowed(v).strides == ints{1});
  CHECK(borrowed(v).view.dtype == td::float64);

  const std::array<std::int64_t, 2> a{4, 5};
  CHECK(borrowed(a).data() == a.data());
  CHECK(borrowed(a).view.dtype == td::int64);

  bool flags[4]{};
  CHECK(borrowed(flags).data() == flags);
  CHECK(borrowed(std::span<const bool>(flags)).data() == flags);
  CHECK(borrowed(std::span<const bool>(flags)).view.dtype == td::bool_);

  const float table[2][3] = {{1, 2, 3}, {4, 5, 6}};
  const borrowed t(table);
  CHECK(t.data() == table);
  CHECK(t.shape == ints{2, 3});
  CHECK(t.strides == ints{3, 1});
  CHECK(t.at<float>(1, 2) == 6);

  const std::array<std::array<int, 2>, 3> nested{{{1, 2}, {3, 4}, {5, 6}}};
  CHECK(borrowed(nested).shape == ints{3, 2});
  CHECK(borrowed(nested).at<int>(2, 0) == 5);
}

TEST_CASE("an empty container lends no elements") {
  CHECK(borrowed(std::vector<double>()).shape == ints{0});
  CHECK(borrowed(std::array<double, 0>()).shape == ints{0});
  CHECK(borrowed(std::span<const int>()).view.size() == 0);
}

TEST_CASE("a result is written in the container's own memory") {
  auto v = traits_of<std::vector<double>>::make(ints{3});
  CHECK(v.size() == 3);
  CHECK(result_view(v, {3}).data() == v.data());
  auto a = traits_of<std::array<float, 2>>::make(ints{2});
  CHECK(result_view(a, {2}).data() == a.data());
  auto n = traits_of<int[2][3]>::make(ints{2, 3});
  CHECK(result_view(n, {2, 3}).data() == &n);
  CHECK(result_view(n, {2, 3}).strides == ints{3, 1});
}

TEST_CASE("a container that cannot hold the result says so") {
  CHECK(
      message_of([] {
        (void)traits_of<std::vector<double>>::make(ints{2, 3});
      }) ==
      "[call] the result does not fit the container: got shape (2, 3), expected rank 1 for std::vector<double>. Ask for another container "
      "with call_as.");
  CHECK(traits_of<std::vector<int>>::make(ints{}).size() == 1);
  CHECK(message_of([] { (void)traits_of<std::array<float, 4>>::make(ints{3}); }) ==
        "[call] the result does not fit the container: got shape (3,), expected shape (4,) for std::array<float, 4>. Ask for another "
        "container with call_as.");
  CHECK(message_of([] {
          (void)traits_of<bool[2][3]>::make(ints{3, 2});
        }) ==
        "[call] the result does not fit the container: got shape (3, 2), expected shape (2, 3) for std::array<std::array<bool, 3>, 2>. Ask "
        "for another container with call_as.");
  CHECK_THROWS_AS(traits_of<std::vector<double>>::make(ints{2, 3}), td::shape_error);
}

TEST_CASE("a target of into is viewed under the shape of the result, or refused") {
  std::vector<double> v(3);
  td::array_view view;
  td::detail::borrow_target(v, ints{3}, view);
  CHECK(view.data == v.data());
  td::detail::borrow_target(std::span<double>(v).subspan(1), ints{2}, view);
  CHECK(view.data == v.data() + 1);
  CHECK(message_of([&] { td::detail::borrow_target(v, ints{4}, view); }) ==
        "[into] the result does not fit the container: got shape (4,), expected shape (3,) for std::vector<double>. Pass a target of the "
        "result's shape and element type.");
  CHECK_THROWS_AS(td::detail::borrow_target(v, ints{3, 1}, view), td::shape_error);
}

TEST_CASE("names are spelled as a reader would") {
  CHECK(traits_of<std::vector<std::int64_t>>::name() == "std::vector<std::int64_t>");
  CHECK(traits_of<std::array<std::array<bool, 12>, 345>>::name() == "std::array<std::array<bool, 12>, 345>");
  CHECK(traits_of<std::span<const float>>::name() == "std::span<const float>");
  CHECK(traits_of<double[3]>::name() == "double[3]");
  CHECK(traits_of<int[2][10]>::name() == "int[2][10]");
  CHECK(traits_of<td::array>::name() == "td::array");
}

TEST_CASE("asarray copies and view borrows") {
  std::vector<double> v{1, 2, 3};
  const td::array copy = td::asarray(v);
  const td::array look = td::view(v);
  CHECK(copy.data<double>() != v.data());
  CHECK(look.data<double>() == v.data());
  v[0] = 7;
  CHECK(copy.data<double>()[0] == 1);
  CHECK(look.data<double>()[0] == 7);
  CHECK(td::view(std::span<const double>(v).subspan(1)).data<double>() == v.data() + 1);

  const int table[2][2] = {{1, 2}, {3, 4}};
  CHECK(td::asarray(table).shape() == ints{2, 2});
  CHECK(td::asarray(table).data<int>()[3] == 4);
  CHECK(td::asarray(2.5).ndim() == 0);
  CHECK(td::asarray(copy).data<double>() == copy.data<double>());
  CHECK(td::asarray(std::vector<float>()).shape() == ints{0});

  matrix m{1, 2, {3, 4}};
  CHECK(td::view(m).shape() == ints{1, 2});
  CHECK(td::view(m).data<double>() == m.elements.data());
}

TEST_CASE("null data is refused") {
  const std::span<const double> null(static_cast<const double*>(nullptr), 3);
  CHECK(
      message_of([&] { (void)td::view(null); }) ==
      "[view] null data: got a null pointer with shape (3,), expected memory that outlives the view. Pass the address of the elements, or "
      "an extent of 0.");
  CHECK_THAT(message_of([&] { (void)td::asarray(null); }), contains("[asarray] null data: got a null pointer with shape (3,)"));
  CHECK(td::view(std::span<const double>()).size() == 0);
}

TEST_CASE("to copies an array into a container") {
  const td::array a({{1., 2., 3.}, {4., 5., 6.}});
  const matrix m = td::to<matrix>(a);
  CHECK(m.rows == 2);
  CHECK(m.elements == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(td::to<std::vector<int>>(td::array({3, 4})) == std::vector<int>{3, 4});
  CHECK(td::to<std::array<bool, 2>>(td::array({true, false})) == std::array<bool, 2>{true, false});
  CHECK((td::to<std::array<std::array<double, 3>, 2>>(a)[1] == std::array<double, 3>{4, 5, 6}));
  CHECK(td::to<td::array>(a).data<double>() == a.data<double>());
  CHECK(td::to<std::vector<double>>(td::view(std::span<const double>())).empty());
}

TEST_CASE("to refuses what does not fit, naming both sides") {
  const td::array a({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(
      message_of([&] {
        (void)td::to<std::vector<float>>(td::array({1., 2.}));
      }) ==
      "[to] the array does not fit the container: got float64, expected float32 for std::vector<float>. Convert it first with td::astype.");
  CHECK_THROWS_AS(td::to<std::vector<float>>(td::array({1., 2.})), td::dtype_error);
  CHECK(message_of([&] { (void)td::to<std::vector<double>>(a); }) ==
        "[to] the array does not fit the container: got shape (2, 3), expected rank 1 for std::vector<double>. Ask for another container.");
}

TEST_CASE("a native array beside a td::array is an operand of it") {
  const td::array a({1., 2., 3.});
  std::vector<double> v{10, 20, 30};
  const std::array<double, 3> fixed{1, 4, 9};
  const double raw[] = {3, 2, 1};
  const auto is = [](const td::array& x, std::vector<double> expected) { return td::to<std::vector<double>>(x) == expected; };
  const auto are = [](const td::array& x, std::array<bool, 3> expected) { return td::to<std::array<bool, 3>>(x) == expected; };
  CHECK(is(a + v, {11, 22, 33}));
  CHECK(is(v + a, {11, 22, 33}));
  CHECK(is(a - fixed, {0, -2, -6}));
  CHECK(is(fixed - a, {0, 2, 6}));
  CHECK(is(a * raw, {3, 4, 3}));
  CHECK(is(raw * a, {3, 4, 3}));
  CHECK(is(std::span(v) / a, {10, 10, 10}));
  CHECK(is(a / std::span<const double>(fixed), {1, 0.5, 1 / 3.}));
  CHECK(are(a == fixed, {true, false, false}));
  CHECK(are(raw != a, {true, false, true}));
  CHECK(are(a < raw, {true, false, false}));
  CHECK(are(raw < a, {false, false, true}));
  CHECK(are(a <= raw, {true, true, false}));
  CHECK(are(a > raw, {false, false, true}));
  CHECK(are(raw >= a, {true, true, false}));
  CHECK(is(a + matrix{1, 1, {5}}.elements, {6, 7, 8}));
}

TEST_CASE("a native operand is copied when the operator is called") {
  std::vector<double> v{1, 2};
  const td::array sum = td::array({0., 0.}) + v;
  v[0] = 100;
  CHECK(td::to<std::vector<double>>(sum) == std::vector<double>{1, 2});
}
