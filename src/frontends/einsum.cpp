// einsum: its equation read, and its operands multiplied one after another, as products of matrices where dims are summed.
#include <algorithm>

#include "array/format.hpp"
#include "frontends/shared.hpp"

namespace tendril::frontends {
namespace {

using list = std::vector<std::int64_t>;
using labels = std::vector<int>;
constexpr int of_ellipsis = 1000;  // and more: the dims that "..." stands for, counted from the last one

struct labelled {
  array x;
  labels dims;
};

bool has(const labels& in, int label) { return std::find(in.begin(), in.end(), label) != in.end(); }

[[noreturn]] void refuse(const std::string& equation, std::string_view what, std::string_view got, std::string_view expected) {
  throw error(format_text("[einsum] {} in \"{}\": got {}, expected {}. Write another equation.", what, equation, got, expected));
}

// The labels of a term; "..." takes what the letters leave of the rank, or the most dims that it has where there is no rank.
labels labels_of(const std::string& equation, std::string_view term, int ellipsis_dims) {
  labels out;
  for (std::size_t i = 0; i < term.size(); ++i) {
    const auto c = static_cast<unsigned char>(term[i]);
    if (std::isalpha(c)) out.push_back(c);
    else if (term.substr(i, 3) == "...") {
      for (int k = ellipsis_dims; k-- > 0;) out.push_back(of_ellipsis + k);
      i += 2;
    } else refuse(equation, "there is no such letter", format_text("\"{}\"", term.substr(i, 1)), "letters and \"...\"");
  }
  return out;
}

std::vector<std::string_view> terms_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t comma; (comma = text.find(',')) != text.npos; text.remove_prefix(comma + 1)) out.push_back(text.substr(0, comma));
  out.push_back(text);
  return out;
}

// A letter that stands twice takes the diagonal.
labelled without_repeats(labelled v) {
  for (std::size_t i = 0; i < v.dims.size(); ++i)
    for (std::size_t j = i + 1; j < v.dims.size();) {
      if (v.dims[i] != v.dims[j]) {
        ++j;
        continue;
      }
      const auto a = static_cast<std::int64_t>(i), b = static_cast<std::int64_t>(j);
      v.x = with_moved_axes("einsum", diagonal_of("einsum", v.x, 0, a, b), {-1}, {a});
      v.dims.erase(v.dims.begin() + static_cast<std::ptrdiff_t>(j));
    }
  return v;
}

labelled summed(labelled v, const labels& kept, array (*sum)(const array&, const axes&)) {
  list over;
  labels left;
  for (std::size_t i = 0; i < v.dims.size(); ++i)
    if (has(kept, v.dims[i])) left.push_back(v.dims[i]);
    else over.push_back(static_cast<std::int64_t>(i));
  if (!over.empty()) v.x = sum(v.x, over);
  v.dims = left;
  return v;
}

// The dims in this order; those that the array has not have extent 1.
array arranged(const labelled& v, const labels& order) {
  list places, shape;
  for (const int label : order) {
    const auto at = std::find(v.dims.begin(), v.dims.end(), label) - v.dims.begin();
    const bool there = at < static_cast<std::ptrdiff_t>(v.dims.size());
    if (there) places.push_back(at);
    shape.push_back(there ? v.x.shape(at) : 1);
  }
  return reshape(permute_dims(v.x, places), shape);
}

labelled multiplied(const labelled& a, const labelled& b, const labels& kept, array (*product)(const array&, const array&)) {
  labels batch, contracted, of_a, of_b;
  for (const int label : a.dims) (has(b.dims, label) ? has(kept, label) ? batch : contracted : of_a).push_back(label);
  for (const int label : b.dims)
    if (!has(a.dims, label)) of_b.push_back(label);
  const auto together = [](std::initializer_list<labels> parts) {
    labels out;
    for (const labels& p : parts) out.insert(out.end(), p.begin(), p.end());
    return out;
  };
  const labels result = together({batch, of_a, of_b});
  if (contracted.empty()) return {multiply(arranged(a, result), arranged(b, result)), result};
  const auto matrices = [&](const labelled& v, const labels& rows, const labels& columns) {
    const array x = arranged(v, together({batch, rows, columns}));
    list shape(x.shape().begin(), x.shape().begin() + static_cast<std::ptrdiff_t>(batch.size()));
    std::int64_t at = static_cast<std::int64_t>(batch.size());
    for (const labels* part : {&rows, &columns}) {
      shape.push_back(1);
      for (std::size_t k = 0; k < part->size(); ++k) shape.back() *= x.shape(at++);
    }
    return reshape(x, shape);
  };
  const array y = product(matrices(a, of_a, contracted), matrices(b, contracted, of_b));
  list shape(y.shape().begin(), y.shape().end() - 2);
  const auto add = [&](const labelled& v, const labels& part) {
    for (const int label : part) shape.push_back(v.x.shape(std::find(v.dims.begin(), v.dims.end(), label) - v.dims.begin()));
  };
  add(a, of_a);
  add(b, of_b);
  return {reshape(y, shape), result};
}

}  // namespace

array einsum(const std::string& given, std::span<const array> operands, array (*product)(const array&, const array&),
             array (*sum)(const array&, const axes&)) {
  std::string equation;
  std::copy_if(given.begin(), given.end(), std::back_inserter(equation), [](char c) { return c != ' '; });
  const std::size_t arrow = equation.find("->");
  const std::vector<std::string_view> terms = terms_of(std::string_view(equation).substr(0, arrow));
  if (terms.size() != operands.size())
    refuse(given, "there is another number of terms", format_text("{} for {} operands", terms.size(), operands.size()), "one for each");
  std::vector<labelled> in;
  int most = 0;
  std::vector<std::pair<int, std::int64_t>> extents_of;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const bool open = terms[i].find("...") != std::string_view::npos;
    const auto letters = static_cast<int>(terms[i].size()) - (open ? 3 : 0), rank = static_cast<int>(operands[i].ndim());
    if (open ? letters > rank : letters != rank)
      refuse(given, "a term does not fit its operand",
             format_text("\"{}\" for {}", terms[i], to_string(type::of(operands[i].dtype(), operands[i].shape()))),
             "a letter for each dim");
    most = std::max(most, rank - letters);
    in.push_back({operands[i], labels_of(given, terms[i], rank - letters)});
    for (std::size_t k = 0; k < in.back().dims.size(); ++k) {
      const int label = in.back().dims[k];
      const std::int64_t n = operands[i].shape(static_cast<std::int64_t>(k));
      const auto known = std::find_if(extents_of.begin(), extents_of.end(), [&](const auto& e) { return e.first == label; });
      if (known == extents_of.end()) extents_of.emplace_back(label, n);
      else if (known->second != n && label < of_ellipsis)
        throw shape_error(format_text("[einsum] the extents of \"{}\" in \"{}\" differ: got {} and {}, expected one. Reshape an operand.",
                                      std::string(1, static_cast<char>(label)), given, known->second, n));
    }
    in.back() = without_repeats(std::move(in.back()));
  }
  labels out;
  if (arrow != equation.npos) {
    out = labels_of(given, std::string_view(equation).substr(arrow + 2), most);
    for (std::size_t k = 0; k < out.size(); ++k)
      if (std::none_of(extents_of.begin(), extents_of.end(), [&](const auto& e) { return e.first == out[k]; }) ||
          std::count(out.begin(), out.end(), out[k]) > 1)
        refuse(given, "the result has a wrong letter", format_text("\"{}\"", std::string(1, static_cast<char>(out[k]))),
               "letters of the operands, each once");
  } else {
    for (int k = most; k-- > 0;) out.push_back(of_ellipsis + k);
    const std::string_view letters(equation);
    for (int c = 'A'; c <= 'z'; ++c)
      if (std::isalpha(c) && std::count(letters.begin(), letters.end(), static_cast<char>(c)) == 1) out.push_back(c);
  }
  labelled made = in.front();
  for (std::size_t i = 0; i < in.size(); ++i) {
    labels later = out;
    for (std::size_t k = i + 1; k < in.size(); ++k) later.insert(later.end(), in[k].dims.begin(), in[k].dims.end());
    if (i > 0) {
      labels of_next = later;
      of_next.insert(of_next.end(), made.dims.begin(), made.dims.end());
      made = multiplied(made, summed(in[i], of_next, sum), later, product);
    }
    made = summed(std::move(made), later, sum);
  }
  return arranged(made, out);
}

}  // namespace tendril::frontends
