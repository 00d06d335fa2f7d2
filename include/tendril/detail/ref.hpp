// An intrusive reference-counted pointer: what the headers use in place of <memory>, which costs a user 0.3 s.
#pragma once
#include <atomic>
#include <cstddef>
#include <utility>

namespace tendril::detail {

template <class T>
class ref;
template <class T, class... A>
ref<T> make_ref(A&&... a);

/// Base of objects held by `ref`. Counts are atomic; the object is deleted through its virtual destructor.
class counted {
 public:
  counted() noexcept = default;
  counted(const counted&) noexcept {}
  counted& operator=(const counted&) noexcept { return *this; }
  virtual ~counted() = default;
  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    // Who holds the only reference need not tell anybody, and an atomic subtraction costs several times a load.
    if (unique() || count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool unique() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

 private:
  template <class T, class... A>
  friend ref<T> make_ref(A&&... a);
  mutable std::atomic<std::size_t> count_{0};
};

template <class T>
class ref {
 public:
  ref() noexcept = default;
  ref(std::nullptr_t) noexcept {}
  explicit ref(T* p) noexcept : p_(p) {
    if (p_) p_->retain();
  }
  ref(const ref& o) noexcept : ref(o.p_) {}
  ref(ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  ref& operator=(ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~ref() {
    if (p_) p_->release();
  }
  T* get() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  T* operator->() const noexcept { return p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  friend bool operator==(const ref& a, const ref& b) noexcept { return a.p_ == b.p_; }

 private:
  template <class U, class... A>
  friend ref<U> make_ref(A&&... a);
  T* p_ = nullptr;
};

template <class T, class... A>
ref<T> make_ref(A&&... a) {
  ref<T> made;
  made.p_ = new T(std::forward<A>(a)...);
  made.p_->count_.store(1, std::memory_order_relaxed);  // nobody else knows of it yet
  return made;
}

}  // namespace tendril::detail
