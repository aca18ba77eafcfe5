#include "journal_rocksdb/logs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "core/log.hpp"
#include "journal_rocksdb/durable_files.hpp"
#include "journal_rocksdb/status.hpp"
#include "journal_rocksdb/wal_marks.hpp"

namespace spillway::journal {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kReadBytes = 16 * kLogBlockBytes;

// The logs' names by their numbers, which is the order they were written in.
std::map<std::uint64_t, std::string> in_order(const std::vector<std::string>& names) {
  std::map<std::uint64_t, std::string> logs;
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, number);
    if (error == std::errc() && std::string_view(stop, end) == kSuffix) {
      logs.emplace(number, name);
    }
  }
  return logs;
}

// The file's size.
core::Result<std::uint64_t> read_log(rocksdb::FileSystem& files, const std::string& path,
                                     WalMarks& marks) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = files.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  std::string buffer(kReadBytes, '\0');
  std::uint64_t bytes = 0;
  marks.begin_file();
  while (status.ok()) {
    rocksdb::Slice read;
    status = file->Read(buffer.size(), rocksdb::IOOptions(), &read, buffer.data(), nullptr);
    if (!status.ok() || read.empty()) {
      break;
    }
    bytes += read.size();
    for (std::string_view piece(read.data(), read.size()); !piece.empty();) {
      marks.read_block(piece.substr(0, kLogBlockBytes));
      piece.remove_prefix(std::min(piece.size(), kLogBlockBytes));
    }
  }
  if (!status.ok()) {
    return std::unexpected(to_error(status, "reading the log " + path));
  }
  return bytes;
}

}  // namespace

core::Result<Logs> read_logs(rocksdb::FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "listing " + directory));
  }
  Logs logs;
  WalMarks marks;
  for (const auto& [number, name] : in_order(names)) {
    const std::string path = fmt::format("{}/{}", directory, name);
    const auto bytes = read_log(files, path, marks);
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    if (*bytes > 0) {
      if (logs.last_intact_bytes < logs.last_bytes) {
        return core::fail(
            core::ErrorCode::corrupt,
            fmt::format("the log {} is damaged at byte {} of {}, and later logs build "
                        "on it; restore the directory from a backup",
                        logs.last, logs.last_intact_bytes, logs.last_bytes));
      }
      logs.last = path;
      logs.last_bytes = *bytes;
      logs.last_intact_bytes = marks.intact_bytes();
    }
  }
  logs.claimed_synced = marks.highest_synced();
  return logs;
}

core::Result<void> settle_last_log(rocksdb::FileSystem& files, const Logs& logs) {
  if (logs.last.empty()) {
    return {};
  }
  if (logs.last_intact_bytes < logs.last_bytes) {
    core::log(core::LogLevel::warn, "journal.log_cut",
              {{"file", logs.last}, {"bytes", logs.last_bytes - logs.last_intact_bytes}});
  }
  const auto status = cut_durably(files, logs.last, logs.last_intact_bytes);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "cutting the torn end off " + logs.last));
  }
  return {};
}

}  // namespace spillway::journal
