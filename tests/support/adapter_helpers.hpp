// What the adapter tests share: looking at what an adapter borrows.
#pragma once
#include <string>
#include <vector>

#include <tendril/natives.hpp>

namespace adapter_test {

namespace td = tendril;
using ints = std::vector<std::int64_t>;

template <class T>
using traits_of = td::array_traits<std::remove_cvref_t<T>>;
template <class T>
using container_of = typename traits_of<T>::container;

struct borrowed {
  td::array_view view;
  ints shape, strides;

  template <class T>
  explicit borrowed(const T& t) {
    traits_of<T>::borrow(t, view);
    adopt();
  }
  explicit borrowed(const td::array_view& v) : view(v) { adopt(); }
  const void* data() const { return view.data; }
  template <class S>
  S at(std::int64_t i, std::int64_t j = 0) const {
    return static_cast<const S*>(view.data)[i * view.strides[0] + (view.rank > 1 ? j * view.strides[1] : 0)];
  }

 private:
  void adopt() {
    shape.assign(view.shape, view.shape + view.rank);
    strides.assign(view.strides, view.strides + view.rank);
  }
};

/// Makes a container for a result of this shape and views it under that shape.
template <class C>
borrowed result_view(C& c, const ints& shape) {
  td::array_view v;
  traits_of<C>::borrow_result(c, shape, v);
  return borrowed(v);
}

/// A claim of row-major contiguity must be true of the strides, extents of 1 apart.
template <class T>
bool claim_holds(const T& t) {
  const borrowed b(t);
  std::int64_t expected = 1;
  for (int i = b.view.rank - 1; i >= 0; --i) {
    const auto k = static_cast<std::size_t>(i);
    if (b.shape[k] == 0) return true;
    if (b.shape[k] != 1 && b.strides[k] != expected) return !traits_of<T>::contiguous;
    expected *= b.shape[k];
  }
  return true;
}

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const td::error& e) { return e.what(); }
  return "no error";
}

}  // namespace adapter_test
