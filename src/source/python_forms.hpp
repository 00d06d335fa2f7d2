// What Python writes for each op: the table of python_forms.def, and numbers.
#pragma once
#include "source/source.hpp"
#include "source/text.hpp"

namespace tendril::source_text {

/// The form of an op whose operands have dtype `d`. Empty: the idiom has none. "@": it is made by code.
std::string form_of(op_id, dtype d, idiom);

/// The same of a node. The ops of frontends have forms where types are unknown, and none where their decomposition says it.
std::string form_of(const graph&, const node&, idiom);
/// What a value is called that the node makes.
std::string_view name_for(const node&);

/// A number as Python spells it, as short as its dtype allows. Of unknown dtype it is what the number is.
std::string spelled(double, idiom);
std::string spelled(float, idiom);
std::string spelled(const scalar&, dtype, idiom);

}  // namespace tendril::source_text
