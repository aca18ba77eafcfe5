#include "app/journal_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <utility>

#include "app/file_error.hpp"
#include "core/log.hpp"

namespace spillway::app {

namespace {

namespace fs = std::filesystem;

// A name is part of a path.
bool is_name(const std::string& text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char digit) { return digit >= '0' && digit <= '9'; });
}

core::Result<admin::Checkpoint> describe(std::string name, const fs::path& directory) {
  admin::Checkpoint checkpoint{.name = std::move(name), .directory = directory.string()};
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error)) {
      ++checkpoint.files;
      checkpoint.bytes += entry->file_size(error);
    }
  }
  return error ? core::Result<admin::Checkpoint>(file_error("reading", directory, error))
               : checkpoint;
}

}  // namespace

JournalCheckpoints::JournalCheckpoints(journal::RocksdbStore& store, const core::Clock& clock,
                                       core::Registry& registry, const fs::path& data_dir)
    : store_(store),
      clock_(clock),
      directory_(fs::absolute(data_dir) / "checkpoint"),
      made_at_(registry.gauge("spillway_checkpoint_timestamp_seconds",
                              "When the checkpoint that stands was made; 0: none does")) {
  if (auto removed = remove_all(); !removed) {
    core::log(core::LogLevel::warn, "journal.checkpoint_stays",
              {{"reason", removed.error().message}});
  }
}

core::Result<admin::Checkpoint> JournalCheckpoints::make(bool replace) {
  if (!replace && stands()) {
    return core::fail(core::ErrorCode::conflict,
                      fmt::format("a checkpoint stands in {}: somebody copies from it, or an "
                                  "earlier backup was cut off; if so, --replace (replace=true) "
                                  "takes its place",
                                  directory_.string()),
                      core::Fault::sender);
  }
  if (auto removed = remove_all(); !removed) {
    return std::unexpected(std::move(removed).error());
  }
  const core::Time now = clock_.now();
  std::string name = fmt::format("{}", core::to_micros(now));
  const fs::path directory = directory_ / name;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return file_error("making", directory, error);
  }
  auto made = store_.checkpoint((directory / "journal").string());
  auto checkpoint = made ? describe(std::move(name), directory)
                         : core::Result<admin::Checkpoint>(std::unexpected(made.error()));
  if (checkpoint) {
    made_at_.set(std::chrono::duration<double>(now.time_since_epoch()).count());
  } else {
    fs::remove_all(directory_, error);  // what there is of it keeps space
  }
  return checkpoint;
}

core::Result<bool> JournalCheckpoints::remove(const std::string& name) {
  std::error_code error;
  const std::uintmax_t removed = is_name(name) ? fs::remove_all(directory_ / name, error) : 0;
  if (error) {
    return file_error("removing", directory_ / name, error);
  }
  if (removed == 0) {
    return false;
  }
  made_at_.set(0);
  return true;
}

bool JournalCheckpoints::stands() const {
  std::error_code error;
  return fs::exists(directory_, error) && !fs::is_empty(directory_, error);
}

core::Result<void> JournalCheckpoints::remove_all() {
  std::error_code error;
  fs::remove_all(directory_, error);
  if (error) {
    return file_error("removing", directory_, error);
  }
  made_at_.set(0);
  return {};
}

}  // namespace spillway::app
