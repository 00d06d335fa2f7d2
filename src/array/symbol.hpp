// What td::array asks of the trace that one of its symbols belongs to. graph/ answers, for which arrays are the lower room.
#pragma once
#include "array/array_impl.hpp"

namespace tendril::detail {

/// Its type as far as it is recorded.
const type& type_of_symbol(const array_impl&);
/// The same as a fact that the functor reads: throws the way out where `known` says no.
const type& known_type(const array_impl&, const char* what, std::source_location where, bool (*known)(const type&));
/// What runs next may depend on its extent along an axis; -1: on all of them.
void note_fact_of(const array_impl&, int axis = -1);
/// What runs next may depend on its rank.
void note_type_of(const array_impl&) noexcept;
/// Throws the leak error when `a` is a symbol of a trace that has ended.
void require_alive(const array& a, std::string_view op, std::source_location where);
/// Its elements, where it depends on no input; else throws the error of a number asked of a traced value, for `what`. kernels/ answers.
array elements_of_symbol(const array&, const char* what, std::source_location where);

}  // namespace tendril::detail
