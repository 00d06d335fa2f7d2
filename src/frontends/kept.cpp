// The ops of frontends that have a kernel of their own. Whoever reads saved files links this file and nothing else of the frontends.
#include "frontends/kept.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <tendril/detail/with_dtype.hpp>
#include <tendril/transforms.hpp>

#include "array/format.hpp"
#include "ops/kept_ops.hpp"

namespace tendril::frontends {
namespace {

// A file may say anything: what a kernel takes for granted is asked for.
[[noreturn]] void refuse(const char* op, const type& got, std::string_view expected) {
  throw dtype_error(
      format_text("[{}] an operand does not fit: got {}, expected {}. Save the function again.", op, to_string(got), expected));
}

// The first element for which `is_bad` holds; `out` is set to 0.
template <class Bad>
std::optional<std::int64_t> found(const array_view& out, const array_view& in, Bad is_bad) {
  const auto look = [&]<class T>(T) -> std::optional<std::int64_t> {
    const T *const p = static_cast<const T*>(in.data), *const end = p + in.size(), *const at = std::find_if(p, end, is_bad);
    *static_cast<T*>(out.data) = 0;
    return at == end ? std::nullopt : std::optional<std::int64_t>(*at);
  };
  return tendril::detail::with_dtype<dtype_kind::integer, dtype_kind::integer>(in.dtype, look);
}

void check(std::span<const array_view> out, std::span<const array_view> in, const attributes& at) {
  const bool zero = at.get_string("bad") == "zero";
  const auto bad = found(out[0], in[0], [zero](std::int64_t v) { return zero ? v == 0 : v < 0; });
  if (!bad) return;
  std::string message = at.get_string("message");
  if (const std::size_t place = message.find("{}"); place != message.npos) message.replace(place, 2, std::to_string(*bad));
  if (at.get_bool("index")) throw index_error(message);
  throw error(message);
}

// The places where torch's search ends: every comparison with NaN leads to the right.
template <class T>
void bisect(const array_view& out, const array_view& sorted, const array_view& wanted, bool right) {
  const T *const s = static_cast<const T*>(sorted.data), *const w = static_cast<const T*>(wanted.data);
  auto* const found = static_cast<std::int64_t*>(out.data);
  for (std::int64_t i = 0; i < wanted.size(); ++i) {
    std::int64_t low = 0, high = sorted.size();
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (right ? !(s[middle] > w[i]) : !(s[middle] >= w[i])) low = middle + 1;
      else high = middle;
    }
    found[i] = low;
  }
}

template <class T>
void search(const array_view& out, std::span<const array_view> in, bool right) {
  const T* const s = static_cast<const T*>(in[0].data);
  const std::int64_t n = in[0].size(), m = in[1].size();
  // Without NaN the place found already is torch's. To look for one is dear beside few searches.
  if (m > n / 16 && std::none_of(s, s + n, [](T x) { return std::isnan(x); }))
    std::copy_n(static_cast<const std::int64_t*>(in[2].data), m, static_cast<std::int64_t*>(out.data));
  else bisect<T>(out, in[0], in[1], right);
}

}  // namespace

const op_record& check_record() {
  static const op_record& op = []() -> const op_record& {
    op_record r;
    r.name = "frontends.check";
    r.inputs = {{input_spec::form::array, "x"}};
    r.attributes = {{"bad", "zero", false}, {"message", "", false}, {"index", false, false}};
    r.infer = [](const type_request& q) {
      type t = q.inputs[0];
      if (t.dtype != dtype::unknown && kind_of(t.dtype) != dtype_kind::integer) refuse("frontends.check", t, "integers");
      t.ranked = true;
      t.shape.clear();
      return std::vector<type>{t};
    };
    r.kernel = check;
    r.doc = "0; an error where an element is bad";
    return register_op(std::move(r));
  }();
  return op;
}

const op_record& places_record() {
  static const op_record& op = register_op({
      .name = "torch.places",
      .inputs = {{input_spec::form::array, "sorted"}, {input_spec::form::array, "input"}, {input_spec::form::array, "found"}},
      .attributes = {{"side", "left", false}},
      .infer =
          [](const type_request& q) {
            const type &sorted = q.inputs[0], &wanted = q.inputs[1], &found = q.inputs[2];
            if (kind_of(sorted.dtype) != dtype_kind::real || sorted.rank() != 1) refuse("torch.places", sorted, "real numbers in one dim");
            if (wanted.dtype != sorted.dtype) refuse("torch.places", wanted, name_of(sorted.dtype));
            if (found.dtype != dtype::int64 || !found.ranked || found.shape != wanted.shape)
              refuse("torch.places", found, "a place for each that is searched");
            return std::vector<type>{found};
          },
      .kernel =
          [](std::span<const array_view> out, std::span<const array_view> in, const attributes& at) {
            const bool right = at.get_string("side") == "right";
            tendril::detail::with_dtype<dtype_kind::real>(in[0].dtype, [&]<class T>(T) { search<T>(out[0], in, right); });
          },
      .doc = "places in a sorted sequence that may hold NaN",
  });
  return op;
}

}  // namespace tendril::frontends

void tendril::detail::register_kept_ops() {
  (void)frontends::check_record();
  (void)frontends::places_record();
  (void)stop_record();
}
