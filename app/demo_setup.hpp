// What a demo stands on: its data directory, free ports, secrets of its own, and the configuration
// that a person could have written. Made at the start, on the main thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "app/demo.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace spillway::app {

// The business numbers of the sample traffic, each routed to a destination of its own.
inline constexpr std::string_view kHealthyNumber = "310000000000101";
inline constexpr std::string_view kFlakyNumber = "310000000000102";

// Where the journal is kept; a directory that was made for the demo goes with it.
class DemoDirectory {
 public:
  // Empty: a fresh one in the system's place for temporary files.
  [[nodiscard]] static core::Result<DemoDirectory> make(const std::string& wanted);
  ~DemoDirectory();
  DemoDirectory(DemoDirectory&& other) noexcept;
  DemoDirectory& operator=(DemoDirectory&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool temporary() const { return temporary_; }

 private:
  DemoDirectory(std::filesystem::path path, bool temporary)
      : path_(std::move(path)), temporary_(temporary) {}

  std::filesystem::path path_;
  bool temporary_;
};

// The port if nobody on loopback has it; a usual one that is taken becomes any free one (0), a
// wanted one that is taken is an error.
[[nodiscard]] core::Result<std::uint16_t> choose_port(std::optional<std::uint16_t> wanted,
                                                      std::uint16_t usual);

struct DemoSecrets {
  std::string app_secret;  // of the WhatsApp source
  std::string healthy;     // whsec_
  std::string flaky;

  [[nodiscard]] static DemoSecrets make(core::Random& random);
};

struct DemoPorts {
  std::uint16_t ingest = 0;
  std::uint16_t admin = 0;
  std::uint16_t healthy = 0;  // of the destinations
  std::uint16_t flaky = 0;
};

// As YAML.
[[nodiscard]] std::string demo_config(const std::filesystem::path& data_dir,
                                      const DemoSecrets& secrets, const DemoPorts& ports);

}  // namespace spillway::app
