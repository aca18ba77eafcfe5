#include "config/regular_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace spillway::config {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

std::unexpected<core::Error> refuse(std::string_view why) {
  return core::fail(core::ErrorCode::invalid_argument, fmt::format("cannot be read: {}", why));
}

std::unexpected<core::Error> refuse_errno() {
  return refuse(std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

core::Result<std::string> read_regular_file(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat about{};
  if (file.number() < 0 || ::fstat(file.number(), &about) != 0) {
    return refuse_errno();
  }
  if (S_ISDIR(about.st_mode)) {
    return refuse("it is a directory, expected a file");
  }
  if (!S_ISREG(about.st_mode)) {
    return refuse("it is a pipe, socket or device, expected a regular file");
  }
  std::string contents;
  for (;;) {
    const std::size_t filled = contents.size();
    contents.resize(filled + kReadBytes);
    const ::ssize_t count = ::read(file.number(), contents.data() + filled, kReadBytes);
    if (count < 0) {
      return refuse_errno();
    }
    contents.resize(filled + static_cast<std::size_t>(count));
    if (count == 0) {
      return contents;
    }
    if (contents.size() > bytes_max) {
      return refuse(fmt::format("it is larger than {} MiB", bytes_max >> 20));
    }
  }
}

}  // namespace spillway::config
