#include "app/journal_checkpoints.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace spillway::app {

namespace {

std::unexpected<core::Error> failed(const char* doing, const std::filesystem::path& directory,
                                    const std::error_code& error) {
  return core::fail(core::ErrorCode::io,
                    fmt::format("{} {}: {}", doing, directory.string(), error.message()));
}

core::Result<admin::Checkpoint> describe(const std::filesystem::path& directory) {
  admin::Checkpoint checkpoint{.directory = directory.string()};
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error)) {
      ++checkpoint.files;
      checkpoint.bytes += entry->file_size(error);
    }
  }
  return error ? core::Result<admin::Checkpoint>(failed("reading", directory, error)) : checkpoint;
}

}  // namespace

JournalCheckpoints::JournalCheckpoints(journal::RocksdbStore& store,
                                       const std::filesystem::path& data_dir)
    : store_(store), directory_(std::filesystem::absolute(data_dir) / "checkpoint") {}

core::Result<admin::Checkpoint> JournalCheckpoints::make(bool replace) {
  std::error_code error;
  if (!replace && std::filesystem::exists(directory_, error)) {
    return core::fail(
        core::ErrorCode::conflict,
        fmt::format("a checkpoint stands in {}: somebody copies from it, or an earlier "
                    "backup was cut off; remove or replace it",
                    directory_.string()),
        core::Fault::sender);
  }
  if (auto removed = remove(); !removed) {
    return std::unexpected(std::move(removed).error());
  }
  if (!std::filesystem::create_directory(directory_, error)) {
    return failed("making", directory_, error);
  }
  if (auto made = store_.checkpoint((directory_ / "journal").string()); !made) {
    std::filesystem::remove_all(directory_, error);  // what there is of it keeps space
    return std::unexpected(std::move(made).error());
  }
  return describe(directory_);
}

core::Result<bool> JournalCheckpoints::remove() {
  std::error_code error;
  const auto removed = std::filesystem::remove_all(directory_, error);
  if (error) {
    return failed("removing", directory_, error);
  }
  return removed > 0;
}

}  // namespace spillway::app
