// A thread with a small stack, for what must not recurse.
#pragma once
#include <pthread.h>

#include <exception>
#include <functional>
#include <string>

#include <tendril/tendril.hpp>

#include "catch.hpp"

namespace tendril_test {

/// Runs `f` on a thread with so much stack, and returns the text of what it throws.
inline std::string on_stack(std::size_t bytes, std::function<void()> f) {
  struct call {
    std::function<void()> f;
    std::string thrown;
  } c{std::move(f), ""};
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  pthread_t thread;
  REQUIRE(pthread_create(
              &thread, &attributes,
              [](void* p) -> void* {
                call& mine = *static_cast<call*>(p);
                try {
                  mine.f();
                } catch (const tendril::error& e) { mine.thrown = e.what(); } catch (const std::exception& e) {
                  mine.thrown = std::string("another exception: ") + e.what();
                }
                return nullptr;
              },
              &c) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return c.thrown;
}

}  // namespace tendril_test

using tendril_test::on_stack;
