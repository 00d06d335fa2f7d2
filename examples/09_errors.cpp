// Every error, with a program that fails, its text, and a program that works: the material of docs/errors.md.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

template <class Program>
void refused(Program program) {
  try {
    program();
    std::cout << "NOT REFUSED\n";
  } catch (const td::error& e) { std::cout << e.what() << "\n"; }
}
template <class Program>
void fine(Program program) {
  program();
}

const td::array a23 = td::reshape(td::arange(6.0), {2, 3});

int main() {
  std::cout << "shape_error\n";
  refused([] {
    // [readme broadcast-fails]
    td::array m = td::zeros({2, 3}), rows = td::array({10., 20.});
    m + rows;
    // [readme broadcast-fails]
  });
  fine([] {
    // [readme broadcast-works]
    td::array m = td::zeros({2, 3}), rows = td::array({10., 20.});
    m + td::expand_dims(rows, {.axis = 1});  // (2, 3) and (2, 1)
    // [readme broadcast-works]
  });
  refused([] {
    // [readme reshape-fails]
    td::reshape(td::arange(12), {5, -1});
    // [readme reshape-fails]
  });
  fine([] {
    // [readme reshape-works]
    td::reshape(td::arange(12), {4, -1});
    // [readme reshape-works]
  });
  refused([] {
    // [readme container-fails]
    td::traced outer = [](const td::array& x) { return x * td::expand_dims(x, {.axis = 1}); };
    std::vector<double> v{1, 2, 3};
    outer(v);  // std::vector in, std::vector out: but the result is a table
    // [readme container-fails]
  });
  fine([] {
    // [readme container-works]
    td::traced outer = [](const td::array& x) { return x * td::expand_dims(x, {.axis = 1}); };
    std::vector<double> v{1, 2, 3};
    auto table = outer.call_as<Eigen::MatrixXd>(v);
    // [readme container-works]
  });
  refused([] {
    // [readme into-fails]
    td::traced twice = [](const td::array& x) { return x * 2; };
    std::vector<double> x{1, 2, 3}, out(2);
    twice.into(out, x);
    // [readme into-fails]
  });
  fine([] {
    // [readme into-works]
    td::traced twice = [](const td::array& x) { return x * 2; };
    std::vector<double> x{1, 2, 3}, out(3);
    twice.into(out, x);
    // [readme into-works]
  });
  refused([] {
    // [readme overflow-fails]
    td::zeros({std::int64_t{1} << 40, std::int64_t{1} << 40});
    // [readme overflow-fails]
  });

  std::cout << "\ndtype_error\n";
  refused([] {
    // [readme dtype-fails]
    td::array flags = {true, false, true};
    flags* flags;
    // [readme dtype-fails]
  });
  fine([] {
    // [readme dtype-works]
    td::array flags = {true, false, true};
    flags& flags;                                                 // logic, or
    td::astype(flags, td::int32) * td::astype(flags, td::int32);  // numbers
    // [readme dtype-works]
  });
  refused([] {
    // [readme into-dtype-fails]
    td::traced larger = [](const td::array& x) { return x > 1; };
    std::vector<double> x{1, 2, 3}, out(3);
    larger.into(out, x);
    // [readme into-dtype-fails]
  });
  fine([] {
    // [readme into-dtype-works]
    td::traced larger = [](const td::array& x) { return x > 1; };
    std::vector<double> x{1, 2, 3};
    std::array<bool, 3> out;
    larger.into(out, x);
    // [readme into-dtype-works]
  });

  std::cout << "\nindex_error\n";
  refused([] {
    // [readme axis-fails]
    td::sum(a23, {.axis = 2});
    // [readme axis-fails]
  });
  refused([] {
    // [readme repeated-fails]
    td::sum(a23, {.axis = {1, -1}});
    // [readme repeated-fails]
  });
  fine([] {
    // [readme axis-works]
    td::sum(a23, {.axis = {0, -1}});
    // [readme axis-works]
  });
  refused([] {
    // [readme index-fails]
    auto rows = td::trace_graph([](const td::array& x, const td::array& i) { return td::take(x, i, {.axis = 0}); });
    rows(a23, td::array({0, 2}));  // indices are values: a replay checks them too
    // [readme index-fails]
  });
  fine([] {
    // [readme index-works]
    td::take(a23, td::array({0, -1, 1}), {.axis = 0});  // -1: the last row
    // [readme index-works]
  });

  std::cout << "\ntrace_error\n";
  refused([] {
    // [readme branch-fails]
    td::traced clamp = [](const td::array& x) {
      if (td::sum(x) > 1) return x / td::sum(x);
      return x;
    };
    clamp(a23);
    // [readme branch-fails]
  });
  fine([] {
    // [readme branch-works]
    td::traced clamp = [](const td::array& x) { return td::where(td::sum(x) > 1, x / td::sum(x), x); };
    clamp(a23);
    // [readme branch-works]
  });
  refused([] {
    // [readme leak-fails]
    td::array kept;
    td::traced leaky = [&](const td::array& x) {
      kept = x * 2;
      return x + 1;
    };
    leaky(a23);
    kept + 1;
    // [readme leak-fails]
  });
  fine([] {
    // [readme leak-works]
    td::traced both = [](const td::array& x) { return std::pair(x + 1, x * 2); };
    auto [result, kept] = both(a23);
    kept + 1;
    // [readme leak-works]
  });
  refused([] {
    // [readme forbid-fails]
    auto f = td::trace_graph([](const td::array& x) { return td::exp(x); }, td::args(a23), {.on_retrace = td::retrace::forbid});
    f(td::zeros({4}));
    // [readme forbid-fails]
  });
  fine([] {
    // [readme forbid-works]
    auto f = td::trace_graph([](const td::array& x) { return td::exp(x); }, {.max_specializations = 2});
    f.trace(a23);
    f.trace(td::zeros({4}));
    f(td::zeros({4}));
    // [readme forbid-works]
  });
  refused([] {
    // [readme check-fails]
    double scale = 1;
    td::traced f([&](const td::array& x) { return x * scale; }, {.check = true});
    f(a23);
    scale = 2;
    f(a23);
    // [readme check-fails]
  });
  fine([] {
    // [readme check-works]
    td::traced f([](const td::array& x, const td::array& scale) { return x * scale; }, {.check = true});
    f(a23, 1.0);
    f(a23, 2.0);
    // [readme check-works]
  });

  std::cout << "\nbackend_error\n";
  refused([] {
    // [readme backend-fails]
    td::set_backend("cuda");
    // [readme backend-fails]
  });
  fine([] {
    // [readme backend-works]
    td::set_backend("eigen");  // one of td::backends()
    // [readme backend-works]
  });

  std::cout << "\nerror\n";
  refused([] {
    // [readme count-fails]
    td::function f = td::trace_graph([](const td::array& x) { return x + 1; }).compiled(a23);
    f({a23, a23});
    // [readme count-fails]
  });
  fine([] {
    // [readme count-works]
    td::function f = td::trace_graph([](const td::array& x) { return x + 1; }).compiled(a23);
    f({a23});
    // [readme count-works]
  });
  refused([] {
    // [readme outputs-fails]
    td::traced both = [](const td::array& x) { return std::pair(td::min(x), td::max(x)); };
    std::vector<double> x{1, 2, 3};
    std::array<Eigen::Matrix<double, 1, 1>, 1> out;
    both.into(out, x);
    // [readme outputs-fails]
  });
  fine([] {
    // [readme outputs-works]
    td::traced both = [](const td::array& x) { return std::pair(td::min(x), td::max(x)); };
    std::vector<double> x{1, 2, 3};
    std::array<Eigen::Matrix<double, 1, 1>, 2> out;
    both.into(out, x);
    // [readme outputs-works]
  });
  refused([] {
    // [readme null-fails]
    td::traced f = [](const td::array& x) { return x + 1; };
    f(std::span<const double>(static_cast<const double*>(nullptr), 3));
    // [readme null-fails]
  });

  // What the function throws while it is traced comes out as it is; nothing is recorded, and the object stays usable.
  std::cout << "\nyour own exceptions\n";
  // [readme own]
  bool ready = false;
  td::traced f = [&](const td::array& x) {
    if (!ready) throw std::runtime_error("not ready");
    return x + 1;
  };
  try {
    f(a23);
  } catch (const std::runtime_error& e) { std::cout << e.what() << ", traced " << f.stats().traces << " times\n"; }
  ready = true;
  f(a23);
  // [readme own]
  std::cout << "ready, traced " << f.stats().traces << " time\n";

  std::cout << "\nnumbers beside arrays\n";
  refused([] {
    // [readme number-fails]
    td::array seconds = {1, 2, 3};  // int32
    seconds + 3000000000;
    // [readme number-fails]
  });
  fine([] {
    // [readme number-works]
    td::array seconds = {1, 2, 3};
    td::astype(seconds, td::int64) + 3000000000;
    td::array early = seconds < 3000000000;  // a comparison is exact in any case
    // [readme number-works]
  });
  refused([] {
    // [readme promoted-fails]
    td::traced shifted = [](const td::array& x) { return x + td::array({1.0, 2.0}); };
    shifted(std::vector<float>{1, 2});  // in and out float32, but the array in the function is float64
    // [readme promoted-fails]
  });
  fine([] {
    // [readme promoted-works]
    td::traced shifted = [](const td::array& x) { return x + td::array({1.0f, 2.0f}); };
    shifted(std::vector<float>{1, 2});
    // [readme promoted-works]
  });
}
