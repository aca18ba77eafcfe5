// Any text as a configuration: a Config or a list of problems, never a crash or a hang.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = spillway::config::parse(
      std::string(reinterpret_cast<const char*>(data), size), "fuzz.yaml", "/nonexistent");
  if (!loaded && loaded.error().empty()) {
    __builtin_trap();  // refused without saying why
  }
  return 0;
}
