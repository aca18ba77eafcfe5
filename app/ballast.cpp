#include "app/ballast.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>

namespace spillway::app {
namespace {

std::filesystem::path ballast(const std::filesystem::path& data_dir) {
  return data_dir / "ballast";
}

}  // namespace

bool make_ballast(const std::filesystem::path& data_dir) {
  std::error_code error;
  if (std::filesystem::file_size(ballast(data_dir), error) == kBallastBytes && !error) {
    return true;
  }
  const auto space = std::filesystem::space(data_dir, error);
  if (error || space.available < 2 * kBallastBytes) {
    return false;
  }
  const int file = ::open(ballast(data_dir).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) {
    return false;
  }
  const bool made = ::posix_fallocate(file, 0, static_cast<off_t>(kBallastBytes)) == 0;
  ::close(file);
  if (!made) {
    release_ballast(data_dir);
  }
  return made;
}

void release_ballast(const std::filesystem::path& data_dir) {
  std::error_code ignored;
  std::filesystem::remove(ballast(data_dir), ignored);
}

}  // namespace spillway::app
