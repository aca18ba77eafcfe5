#include "app/durable_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace spillway::app {

namespace {

namespace fs = std::filesystem;

std::error_code sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return {errno, std::generic_category()};
  }
  const int synced = ::fsync(file);
  const std::error_code error(synced == 0 ? 0 : errno, std::generic_category());
  ::close(file);
  return error;
}

core::Result<void> done(const std::error_code& error, const char* doing, const fs::path& path) {
  if (!error) {
    return {};
  }
  const auto code =
      error == std::errc::no_space_on_device ? core::ErrorCode::out_of_space : core::ErrorCode::io;
  return core::fail(code, fmt::format("{} {}: {}", doing, path.string(), error.message()));
}

// Everything in it first, so that a directory that is there is whole.
core::Result<void> copy_directory(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directory(to, error);
  if (!error) {
    fs::permissions(to, fs::perms::owner_all, error);
  }
  if (auto made = done(error, "making", to); !made) {
    return made;
  }
  for (fs::directory_iterator entry(from, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path copy = to / entry->path().filename();
    if (entry->is_directory(error)) {
      if (auto copied = copy_directory(entry->path(), copy); !copied) {
        return copied;
      }
      continue;
    }
    fs::copy_file(entry->path(), copy, error);
    if (!error) {
      error = sync(copy);
    }
    if (auto copied = done(error, "writing", copy); !copied) {
      return copied;
    }
  }
  if (auto read = done(error, "reading", from); !read) {
    return read;
  }
  return done(sync(to), "syncing", to);
}

}  // namespace

core::Result<void> copy_durably(const fs::path& from, const fs::path& to) {
  const fs::path partial = to.string() + ".partial";
  std::error_code error;
  fs::remove_all(partial, error);
  auto copied = done(error, "removing", partial);
  copied = copied ? copy_directory(from, partial) : copied;
  if (!copied) {
    fs::remove_all(partial, error);
    return copied;
  }
  fs::rename(partial, to, error);
  if (auto named = done(error, "naming", to); !named) {
    return named;
  }
  const fs::path parent = fs::absolute(to).parent_path();
  return done(sync(parent), "syncing", parent);
}

}  // namespace spillway::app
