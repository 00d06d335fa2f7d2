// The non-template half of traced: signatures, the per-thread cache of specializations, and the core that src/trace/ implements.
#pragma once
#include <atomic>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <tendril/trace_options.hpp>

namespace tendril::detail {

class tracer;
class trace_core;

/// One address for each combination of functor and argument types: the static half of a signature.
struct signature_type {
  std::string_view spelled;  ///< as the compiler spells the types, for messages
};
template <class F, class... A>
consteval std::string_view spell_types() {
  return __PRETTY_FUNCTION__;
}
template <class F, class... A>
[[gnu::visibility("hidden")]] inline constexpr signature_type signature_of{spell_types<F, A...>()};

/// What a word of a signature says.
enum class key_kind : std::uint8_t {
  exact,   ///< how arguments are nested; a text; an enum
  number,  ///< the value of a static number
  array,   ///< rank and dtype of an array, and whether it is a weak number
  layout,  ///< the layout class of an array, which a recorded graph does not depend on
  extent,  ///< an extent, which it depends on only where the functor reads a shape
};
struct key_word {
  std::int64_t value;
  std::uint32_t argument;  ///< whose it is
  key_kind kind;
  bool in_form;  ///< the C++ types of the arguments do not tell it
};

/// The signature of a call, and the views of its arrays, on the caller's stack. Larger calls go to the heap. The signature is canonical:
/// what the functor is given, not the containers that it comes in. `form` is what these are; with it the words in_form tell all others.
struct call_arguments {
  static constexpr int small_words = 48, small_leaves = 32;
  const signature_type* type = nullptr;  ///< the arguments as the functor gets them
  const signature_type* form = nullptr;  ///< as they are passed
  int word_count = 0, leaf_count = 0;
  int word_room = small_words, leaf_room = small_leaves;
  std::uint32_t argument = 0;  ///< the one being described
  key_word* words = small_word;
  array_view* leaves = reinterpret_cast<array_view*>(small_leaf);  // borrowing writes every member: none is initialised before
  key_word small_word[small_words];
  alignas(array_view) std::byte small_leaf[sizeof(array_view) * small_leaves];

  call_arguments() noexcept {}
  ~call_arguments() {
    if (word_room != small_words || leaf_room != small_leaves) [[unlikely]]
      release();
  }
  call_arguments(const call_arguments&) = delete;
  void push(key_kind kind, std::int64_t v, bool in_form = true) {
    if (word_count == word_room) [[unlikely]]
      grow_words();
    words[word_count++] = {v, argument, kind, in_form};
  }
  template <bool InForm>
  void push_array(std::int64_t v) {
    push(key_kind::array, v, InForm);
  }
  template <bool InForm>
  void push_layout(const array_view& v) {
    push(key_kind::layout, InForm ? layout_class(v) : 0, InForm);
  }
  void push_text(std::string_view);  ///< length and characters: compared exactly, not by hash
  array_view& leaf(int i) {
    leaf_count = i;
    return next_leaf();
  }
  array_view& next_leaf() {
    if (leaf_count == leaf_room) [[unlikely]]
      grow_leaves();
    return leaves[leaf_count++];
  }
  void next_argument() noexcept { ++argument; }
  void grow_words();
  void grow_leaves();
  void release() noexcept;
};

/// layout_class, whose answer for most matrices is plain to see.
inline int layout_key(const array_view& v) noexcept {
  if (v.rank == 2 && v.shape[0] > 1 && v.shape[1] > 1) {
    if (v.strides[1] == 1 && v.strides[0] == v.shape[1]) return 0;
    if (v.strides[0] == 1 && v.strides[1] == v.shape[0]) return 1;
  }
  return layout_class(v);
}

/// Rank and dtype of a view, and whether it is a weak number, as one word.
inline std::int64_t array_key(const array_view& v, bool weak = false) noexcept {
  return v.rank | static_cast<std::int64_t>(v.dtype) << 8 | static_cast<std::int64_t>(weak) << 16;
}

/// Whether a C++ number that becomes an array yields to the dtype of the arrays that it meets, as literals do. All do but integers that
/// int32 cannot hold: no dtype that they might yield to would silently hold another number.
template <arithmetic T>
constexpr bool weak_number(T v) noexcept {
  if constexpr (std::is_integral_v<T> && sizeof(T) > 4) return v >= INT32_MIN && v <= INT32_MAX;
  else return true;
}

/// One result of a specialization.
struct result_info {
  tendril::dtype dtype;
  std::vector<std::int64_t> shape;
  std::string promotion{};  ///< what made it float64 where arguments are float32: a sentence for errors, or empty
  std::span<const std::int64_t> extents() const noexcept { return shape; }
};

/// There is no memory for the elements of a container.
[[noreturn]] void throw_no_room(const result_info&, std::string_view container);

/// The views of the arrays of a call whose arguments are not nested: no more than there are arguments.
template <int Most>
struct flat_arguments {
  union {
    array_view leaves[Most];
  };
  flat_arguments() noexcept {}
  array_view& leaf(int i) { return leaves[i]; }
};

/// A view that nothing is written to before whoever borrows for it.
struct unset_view {
  union {
    array_view view;
  };
  unset_view() noexcept {}
};

/// Past the text in `known`, or null where another stands there.
const std::int64_t* match_text(const std::int64_t* known, std::string_view);

/// The words of a signature that are in its form, compared with known ones as they are read: the hot path keeps none. Nothing is read
/// past the first difference. `Arguments` takes the views of the arrays.
template <class Arguments>
struct key_match {
  Arguments& arguments;
  const std::int64_t* known;
  bool same = true;
  int leaf_count = 0;  // here, where it stays in a register
  void push(key_kind, std::int64_t v) {
    if (same && *known == v) [[likely]]
      ++known;
    else same = false;
  }
  template <bool InForm>
  void push_array(std::int64_t v) {
    if constexpr (InForm) push(key_kind::array, v);
  }
  template <bool InForm>
  void push_layout(const array_view& v) {
    if constexpr (InForm) push(key_kind::layout, layout_key(v));
  }
  void push_text(std::string_view text) { known = same ? match_text(known, text) : nullptr, same = known != nullptr; }
  array_view& next_leaf() { return arguments.leaf(leaf_count++); }
  void next_argument() noexcept {}
};
class executable;

/// A traced graph made ready for one signature. Immutable; the members that a call reads stand first.
class alignas(64) specialization : public counted {
 public:
  std::uint32_t result_count = 0;
  void (*run)(const detail::executable*, const array_view* in, const array_view* out) = nullptr;
  /// The same into outputs that may overlap the inputs.
  void (*run_into)(const detail::executable*, const array_view* in, const array_view* out) = nullptr;
  const detail::executable* executable = nullptr;
  const result_info* results = nullptr;
  ref<counted> structure;  ///< the functor's own return value, whose structure results are given
  std::atomic<std::uint64_t> calls_without_slot{0};
  std::atomic<bool> used{false};  ///< by a slot, since the core looked last

  const result_info& result(const char* op, std::size_t i) const {
    if (i >= result_count) [[unlikely]]
      throw_missing(op, i);
    return results[i];
  }
  [[noreturn]] void throw_missing(const char* op, std::size_t i) const;
};

/// What this thread used last for an object, bound to the containers that it was called with. Two of these serve an object before it needs
/// the core. What a match reads stands in one line.
struct alignas(64) call_slot {
  static constexpr int small_keys = 9;
  std::uint64_t owner = 0;
  const signature_type* form = nullptr;
  const std::int64_t* key = nullptr;    ///< the words of the signature that are in the form: here, or on the heap
  specialization* spec = nullptr;       ///< a counted reference, dropped when the slot is taken over or the thread ends
  std::atomic<std::uint64_t> calls{0};  ///< that have begun; written by this thread alone
  std::uint32_t ended = 0;              ///< calls, modulo 2^32
  std::uint32_t seen = 0;               ///< `calls` when the core looked last: what has changed since was used since
  std::int64_t small_key[small_keys] = {};
  std::int64_t* large_key = nullptr;
  bool busy() const noexcept { return static_cast<std::uint32_t>(calls.load(std::memory_order_relaxed)) != ended; }
};
struct thread_cache {
  static constexpr std::uint64_t sets = 16;
  call_slot slots[sets * 2];
  bool registered = false;
  bool finished = false;  ///< the thread's destructors have run: slots are no longer filled
};
/// Of this copy of Tendril: two shared libraries that each have one in them must not share it, as they would an inline variable.
extern constinit thread_local thread_cache this_thread_cache;

/// What a call runs, and the slot that keeps it; without a slot the call has a reference of its own. In two registers, as long as nobody
/// asks for the address: the hot path reads neither from memory.
struct call_target {
  specialization* spec = nullptr;
  call_slot* slot = nullptr;
};
inline call_target hold(call_slot& s) noexcept {
  s.calls.store(s.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return {s.spec, &s};
}
/// What this thread used last for `owner`, if `same(slot)`, else nothing. Inline always: as a function of its own, which it is at
/// -O3 else, it costs a call with a container 6 ns.
template <class Same>
[[gnu::always_inline]] inline call_target find_known(std::uint64_t owner, Same same) {
  call_slot* s = &this_thread_cache.slots[(owner % thread_cache::sets) * 2];
  for (int way = 0; way < 2; ++way, ++s)
    if (s->owner == owner && same(*s)) [[likely]]
      return hold(*s);
  return {};
}

/// Holds it for the length of a call.
struct held_call {
  specialization* const spec;
  call_slot* const slot;

  explicit held_call(call_target t) noexcept : spec(t.spec), slot(t.slot) {}
  // Inline always: where a call ends by an exception, a destructor of its own would need the object in memory, and the two pointers would
  // go there, and to where they are used, by way of a vector register: 6 ns.
  [[gnu::always_inline]] ~held_call() { slot ? void(++slot->ended) : spec->release(); }
  held_call(const held_call&) = delete;
  /// Looking at a specialization is no call.
  void uncount() const noexcept {
    if (!slot) return void(spec->calls_without_slot.fetch_sub(1, std::memory_order_relaxed));
    slot->calls.store(slot->calls.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    --slot->ended;
  }
};

/// What the functor gave when it ran on symbols.
struct recorded_results {
  std::vector<array> results;
  ref<counted> structure;
};
/// Two borrowed callables: one runs the functor, one spells the arguments of the call.
struct record_function {
  recorded_results (*call)(void*, tracer&);
  void* self;
  std::vector<std::string> (*spell)(void*);
  void* spell_self;
};

/// Base of a traced object's shared state: the graphs that its backends share.
class traced_graphs;
struct trace_state : counted {
  ref<traced_graphs> graphs;
  trace_state();
  ~trace_state() override;
  /// Throw memory_error.
  static void* operator new(std::size_t);
  static void* operator new(std::size_t, std::align_val_t);
  static void operator delete(void*) noexcept;
  static void operator delete(void*, std::align_val_t) noexcept;
};

/// What a traced object has after another took what it had: a core that knows no signature, and throws at every question.
const ref<trace_core>& moved_from_core();
[[noreturn]] void throw_moved_from();

/// The cache of one traced object on one backend.
class trace_core : public counted {
 public:
  std::uint64_t id() const noexcept { return id_.load(std::memory_order_acquire); }
  bool busy() const noexcept;  ///< this thread is tracing this very object
  /// Finds the specialization of `r`, or makes it.
  call_target acquire(const call_arguments& r, record_function);
  tendril::graph last_graph() const;
  std::vector<specialization_info> specializations() const;
  std::string explain() const;
  trace_stats stats() const;
  void clear();
  ref<trace_core> on_backend(std::string_view name) const;
  /// A call on traced values, for as long as the functor runs. Throws trace_error where such calls nest deeper than a function means to.
  class inlined_call {
   public:
    explicit inlined_call(const trace_core&);
    ~inlined_call();
    inlined_call(const inlined_call&) = delete;
  };

  trace_core(ref<traced_graphs>, trace_options);
  ~trace_core() override;

 private:
  friend const ref<trace_core>& moved_from_core();
  struct impl;
  std::atomic<std::uint64_t> id_;  ///< unique in the process; renewed by `clear`, so that no thread's slot matches
  impl* impl_;                     ///< owned; <memory> costs every user 0.1 s
};

ref<trace_core> make_trace_core(trace_state&, const trace_options&);
bool is_tracing() noexcept;
/// A symbol for an argument of the trace under way; a weak one yields to the dtypes that it meets.
array add_argument(tracer&, const array_view&, bool weak);
/// A C++ number in the trace under way, as a symbol that is weak as a literal is.
array literal_symbol(scalar);
// Each ends the call, which is none: it only looks.
void looked_at(call_target);
tendril::graph recorded_graph(call_target);
function compiled_function(call_target);
profile_report profile(call_target, const array_view* in);
void prepare(call_target, const array_view* in);
[[noreturn]] void throw_output_count(std::size_t got, std::size_t expected);

}  // namespace tendril::detail
