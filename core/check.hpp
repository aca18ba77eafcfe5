// CHECK: an assertion that stays on in release. For our own bugs only, never for input, network
// or disk, which get an Error. A failed check prints where and stops the process: the journal
// makes that safe, going on would not be.
#pragma once

namespace spillway::core {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace spillway::core

#define CHECK(condition)                               \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::spillway::core::check_failed(#condition, __FILE__, __LINE__))
