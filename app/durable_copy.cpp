#include "app/durable_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "app/file_error.hpp"

namespace spillway::app {

namespace {

namespace fs = std::filesystem;

core::Result<void> done(const std::error_code& error, const char* doing, const fs::path& path) {
  return error ? core::Result<void>(file_error(doing, path, error)) : core::Result<void>();
}

class Copy {
 public:
  explicit Copy(const SyncPath& sync) : sync_(sync) {}

  // Everything in it first, so that a directory that is there is whole.
  core::Result<void> directory(const fs::path& from, const fs::path& to) {
    std::error_code error;
    if (!fs::create_directory(to, error) && !error) {
      error = std::make_error_code(std::errc::file_exists);
    }
    if (!error) {
      fs::permissions(to, fs::perms::owner_all, error);
    }
    if (auto made = done(error, "making", to); !made) {
      return made;
    }
    for (fs::directory_iterator entry(from, error), end; !error && entry != end;
         entry.increment(error)) {
      const fs::path copy = to / entry->path().filename();
      auto copied =
          entry->is_directory(error) ? directory(entry->path(), copy) : file(entry->path(), copy);
      if (!copied) {
        return copied;
      }
    }
    if (auto read = done(error, "reading", from); !read) {
      return read;
    }
    return done(sync_(to), "syncing", to);
  }

  [[nodiscard]] const Copied& copied() const { return copied_; }

 private:
  core::Result<void> file(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    // What came of it there is EIO on some file systems.
    if (std::error_code ignored; error && fs::space(to.parent_path(), ignored).available == 0) {
      error = std::make_error_code(std::errc::no_space_on_device);
    }
    if (auto copied = done(error, "copying", from); !copied) {
      return copied;
    }
    ++copied_.files;
    copied_.bytes += fs::file_size(to, error);
    return done(error ? error : sync_(to), "syncing", to);
  }

  const SyncPath& sync_;
  Copied copied_;
};

}  // namespace

std::error_code sync_path(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return {errno, std::generic_category()};
  }
  const int synced = ::fsync(file);
  const std::error_code error(synced == 0 ? 0 : errno, std::generic_category());
  ::close(file);
  return error;
}

core::Result<void> copy_durably(const fs::path& from, const fs::path& to, const Copied& expected,
                                const SyncPath& sync) {
  const fs::path partial = fmt::format("{}.partial-{}", to.string(), ::getpid());
  Copy copy(sync);
  std::error_code error;
  auto copied = copy.directory(from, partial);
  if (copied && copy.copied() != expected) {
    copied = core::fail(core::ErrorCode::io,
                        fmt::format("{} changed while it was copied: expected {} files of {} "
                                    "bytes, found {} of {}",
                                    from.string(), expected.files, expected.bytes,
                                    copy.copied().files, copy.copied().bytes));
  }
  if (copied) {
    fs::rename(partial, to, error);
    copied = done(error, "naming", to);
  }
  if (!copied) {
    fs::remove_all(partial, error);
    return copied;
  }
  const fs::path parent = fs::absolute(to).parent_path();
  return done(sync(parent), "syncing", parent);
}

}  // namespace spillway::app
