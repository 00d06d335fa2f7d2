// Printing arrays as NumPy 2 prints them (str of an array): one rule set for a whole array, columns aligned.
#include <tendril/array.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <ostream>

#include <tendril/detail/with_dtype.hpp>

#include "array/symbol.hpp"

namespace tendril {
namespace {

// NumPy's defaults (numpy.set_printoptions).
constexpr int precision = 8;
constexpr std::int64_t threshold = 1000;
constexpr std::int64_t edge_items = 3;
constexpr std::size_t line_width = 75;

// Digits around the point, as text: integer part with its sign, fraction, and the exponent where the form is scientific.
struct decimal {
  std::string whole, fraction;
  int exponent = 0;
};

template <class T, class... Precision>
decimal scientific(T x, Precision... digits) {
  char text[64];
  char* end = std::to_chars(text, text + sizeof text - 1, x, std::chars_format::scientific, digits...).ptr;
  *end = 0;
  const char* e = std::find(text, end, 'e');
  const char* point = std::find(static_cast<const char*>(text), e, '.');
  return {std::string(static_cast<const char*>(text), point), point == e ? "" : std::string(point + 1, e), std::atoi(e + 1)};
}

void trim_zeros(std::string& fraction) { fraction.erase(fraction.find_last_not_of('0') + 1); }

// The shortest digits that read back as x; where the fraction is longer than `precision`, x rounded to that many digits.
template <class T>
decimal shortest_scientific(T x) {
  decimal d = scientific(x);
  if (d.fraction.size() > precision) d = scientific(x, precision);
  trim_zeros(d.fraction);
  return d;
}

template <class T>
decimal shortest_positional(T x, std::size_t most_digits = precision) {
  const decimal d = scientific(x);
  const bool negative = d.whole[0] == '-';
  std::string digits = (negative ? d.whole.substr(1) : d.whole) + d.fraction;
  const auto count = static_cast<int>(digits.size());
  decimal out;
  if (d.exponent < 0) {
    out = {"0", std::string(static_cast<std::size_t>(-d.exponent - 1), '0') + digits, 0};
  } else {
    if (count <= d.exponent) digits.append(static_cast<std::size_t>(d.exponent + 1 - count), '0');
    out = {digits.substr(0, static_cast<std::size_t>(d.exponent + 1)), digits.substr(static_cast<std::size_t>(d.exponent + 1)), 0};
  }
  if (negative) out.whole.insert(0, 1, '-');
  trim_zeros(out.fraction);
  if (out.fraction.size() > most_digits) {
    char text[400];
    const char* end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, static_cast<int>(most_digits)).ptr;
    const char* point = std::find(static_cast<const char*>(text), end, '.');
    out = {std::string(static_cast<const char*>(text), point), std::string(point + 1, end), 0};
    trim_zeros(out.fraction);
  }
  return out;
}

std::string exponent_text(int exponent, std::size_t digits) {
  std::string s = std::to_string(std::abs(exponent));
  if (s.size() < digits) s.insert(0, digits - s.size(), '0');
  return (exponent < 0 ? "e-" : "e+") + s;
}

std::string pad_left(std::string s, std::size_t width) {
  if (s.size() < width) s.insert(0, width - s.size(), ' ');
  return s;
}

template <class T>
T element_at(const void* p) {
  return *static_cast<const T*>(p);
}

// A rank-0 array prints as a Python number does: every digit, scientific below 1e-4 and from 1e16 (1e6 for float32) on.
template <class T>
std::string real_scalar(T x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  const double magnitude = std::abs(static_cast<double>(x));
  if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= (sizeof(T) == 4 ? 1e6 : 1e16))) {
    decimal d = scientific(x);
    return d.whole + (d.fraction.empty() ? "" : "." + d.fraction) + exponent_text(d.exponent, 2);
  }
  const decimal d = shortest_positional(x, 400);
  return d.whole + '.' + (d.fraction.empty() ? "0" : d.fraction);
}

std::string scalar_text(const array_view& v) {
  return detail::with_dtype(v.dtype, [&]<class T>(T) -> std::string {
    const T x = element_at<T>(v.data);
    if constexpr (std::is_same_v<T, bool>) return x ? "True" : "False";
    else if constexpr (std::is_floating_point_v<T>) return real_scalar(x);
    else return std::to_string(x);
  });
}

// How every element of one array is written: chosen from all elements that will be shown.
class formatter {
 public:
  formatter(dtype dt, const std::vector<const void*>& shown) : dtype_(dt) {
    if (kind_of(dt) == dtype_kind::real)
      detail::with_dtype<dtype_kind::real>(
          dt, [&]<class T>(T) { fit_reals<T>(shown, static_cast<T>(std::pow(10, std::min(8, std::numeric_limits<T>::digits10)))); });
    else
      for (const void* p : shown) left_ = std::max(left_, text(p).size());
  }

  std::string operator()(const void* p) const {
    if (kind_of(dtype_) == dtype_kind::real)
      return detail::with_dtype<dtype_kind::real>(dtype_, [&]<class T>(T) { return real(element_at<T>(p)); });
    return pad_left(text(p), dtype_ == dtype::bool_ ? 5 : left_);
  }

 private:
  std::string text(const void* p) const {
    array_view v;
    v.data = const_cast<void*>(p);
    v.dtype = dtype_;
    return scalar_text(v);
  }

  // NumPy's FloatingFormat. `cutoff` is 10^min(8, the decimal digits that T holds).
  template <class T>
  void fit_reals(const std::vector<const void*>& shown, T cutoff) {
    std::vector<T> finite;
    T largest = 0, smallest = 0;
    bool negative_infinity = false, special = false;
    for (const void* p : shown) {
      const T x = element_at<T>(p), magnitude = std::abs(x);
      if (!std::isfinite(x)) {
        special = true;
        negative_infinity |= std::isinf(x) && x < 0;
        continue;
      }
      finite.push_back(x);
      if (magnitude == 0) continue;
      largest = std::max(largest, magnitude);
      smallest = smallest == 0 ? magnitude : std::min(smallest, magnitude);
    }
    if (smallest != 0) scientific_ = largest >= cutoff || smallest < T(0.0001) || largest / smallest > T(1000);
    for (const T x : finite) {
      const decimal d = scientific_ ? shortest_scientific(x) : shortest_positional(x);
      left_ = std::max(left_, d.whole.size());
      fraction_ = std::max(fraction_, d.fraction.size());
      if (scientific_) exponent_ = std::max({exponent_, std::size_t{2}, std::to_string(std::abs(d.exponent)).size()});
    }
    right_ = fraction_ + (scientific_ ? exponent_ + 2 : 0);
    if (special) {
      const std::size_t widest = negative_infinity ? 4 : 3;
      if (widest > right_ + 1) left_ = std::max(left_, widest - right_ - 1);
    }
  }

  template <class T>
  std::string real(T x) const {
    if (!std::isfinite(x)) return pad_left(real_scalar(x), left_ + right_ + 1);
    if (scientific_) {
      const decimal d = scientific(x, static_cast<int>(fraction_));
      return pad_left(d.whole, left_) + '.' + d.fraction + exponent_text(d.exponent, exponent_);
    }
    decimal d = shortest_positional(x);
    d.fraction.resize(fraction_, ' ');
    return pad_left(d.whole, left_) + '.' + d.fraction;
  }

  dtype dtype_;
  bool scientific_ = false;
  std::size_t left_ = 0, fraction_ = 0, exponent_ = 0, right_ = 0;
};

// Writes the nested brackets, breaking lines as NumPy's _formatArray does.
class writer {
 public:
  explicit writer(const array_view& v) : view_(v), summary_(v.size() > threshold), format_(v.dtype, shown_elements()) {}

  std::string write() const { return nested(0, static_cast<const char*>(view_.data), " ", line_width); }

 private:
  bool summarised(int axis) const { return summary_ && view_.shape[axis] > 2 * edge_items; }

  const char* element(const char* base, int axis, std::int64_t i) const {
    return base + i * view_.strides[axis] * static_cast<std::int64_t>(size_of(view_.dtype));
  }

  std::vector<const void*> shown_elements() const {
    std::vector<const void*> level{view_.data};
    for (int axis = 0; axis < view_.rank; ++axis) {
      std::vector<const void*> next;
      for (const void* p : level)
        for (std::int64_t i = 0; i < view_.shape[axis]; ++i)
          if (!summarised(axis) || i < edge_items || i >= view_.shape[axis] - edge_items)
            next.push_back(element(static_cast<const char*>(p), axis, i));
      level = std::move(next);
    }
    return level;
  }

  std::string nested(int axis, const char* base, const std::string& indent, std::size_t width) const {
    if (axis == view_.rank) return format_(base);
    const bool last = axis + 1 == view_.rank;
    const std::string separator = last ? " " : std::string(static_cast<std::size_t>(view_.rank - axis - 1), '\n');
    std::string text, line = indent;
    const auto put = [&](const std::string& word) {
      if (!last) {
        text += indent + word;
        return;
      }
      if (line.size() + word.size() > width - 1 && line.size() > indent.size()) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
        line = indent;
      }
      line += word;
    };
    const std::int64_t count = view_.shape[axis];
    for (std::int64_t i = 0; i < count; ++i) {
      if (summarised(axis) && i == edge_items) {
        put("...");
        (last ? line : text) += separator;
        i = count - edge_items;
      }
      put(nested(axis + 1, element(base, axis, i), indent + ' ', width - 1));
      if (i + 1 < count) (last ? line : text) += separator;
    }
    if (last) text += line;
    return '[' + text.substr(indent.size()) + ']';
  }

  const array_view& view_;
  bool summary_;
  formatter format_;
};

}  // namespace

std::string to_string(const array& a) {
  if (a.empty()) return "<no array>";
  // The recorded type, not dtype() and shape(): printing must never end a trace, and unknown facts print as such.
  if (a.is_symbol()) {
    detail::note_fact_of(*a.impl());  // the text says the shape
    return "<traced " + to_string(detail::type_of_symbol(*a.impl())) + ">";
  }
  const array_view v = a.view();
  if (v.rank == 0) return scalar_text(v);
  if (v.size() == 0) return "[]";
  return writer(v).write();
}

std::ostream& operator<<(std::ostream& out, const array& a) { return out << to_string(a); }

}  // namespace tendril
