#include "journal_rocksdb/claims.hpp"

#include <fmt/format.h>
#include <rocksdb/env.h>

#include <charconv>
#include <string_view>

#include "journal_rocksdb/durable_files.hpp"
#include "journal_rocksdb/status.hpp"

namespace spillway::journal {
namespace {

constexpr const char* kFileName = "claimed_synced";

core::Result<std::uint64_t> kept_claim(rocksdb::FileSystem& files, const std::string& path) {
  const auto exists = files.FileExists(path, rocksdb::IOOptions(), nullptr);
  if (exists.IsNotFound()) {
    return 0;
  }
  std::string text;
  const auto status = rocksdb::ReadFileToString(&files, path, &text);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "reading " + path));
  }
  std::uint64_t claim = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), claim);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "\n") {
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("{} should hold one number and a line end but does not; restore "
                                  "the directory from a backup, or delete this file to give up the "
                                  "check that nothing acknowledged is missing",
                                  path));
  }
  return claim;
}

}  // namespace

core::Result<std::uint64_t> keep_claim(rocksdb::FileSystem& files, const std::string& directory,
                                       std::uint64_t claimed) {
  const std::string path = directory + "/" + kFileName;
  auto kept = kept_claim(files, path);
  if (!kept || claimed <= *kept) {
    return kept;
  }
  const auto status = replace_durably(files, directory, kFileName, fmt::format("{}\n", claimed));
  if (!status.ok()) {
    return std::unexpected(to_error(status, "writing " + path));
  }
  return claimed;
}

}  // namespace spillway::journal
