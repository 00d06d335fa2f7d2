// Keys of arrays as the reference files write them (tests/data/array_keys.py).
#pragma once
#include <nlohmann/json.hpp>
#include <tendril/transpile.hpp>

namespace tendril_test {

inline tendril::index_item read_item(const nlohmann::json& i) {
  const auto end = [&](std::size_t k) {
    return k < i.size() && i[k].is_number() ? tendril::maybe_integer(i[k].get<std::int64_t>()) : tendril::maybe_integer();
  };
  if (i.is_number()) return i.get<std::int64_t>();
  if (i.is_array()) return tendril::slice(end(0), end(1), i.size() > 2 ? i[2].get<std::int64_t>() : 1);
  return i == "newaxis" ? tendril::index_item(tendril::newaxis) : tendril::index_item(tendril::ellipsis);
}
inline tendril::detail::frontend_index read_key(const nlohmann::json& items) {
  std::vector<tendril::index_item> key;
  for (const nlohmann::json& i : items) key.push_back(read_item(i));
  switch (key.size()) {
    case 1: return {key[0]};
    case 2: return {key[0], key[1]};
    default: return {key.at(0), key.at(1), key.at(2)};
  }
}

}  // namespace tendril_test
