#include "journal_rocksdb/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>
#include <vector>

#include "journal_rocksdb/status.hpp"
#include "journal_rocksdb/wal_marks.hpp"

namespace spillway::journal {
namespace {

constexpr std::string_view kFileName = "claimed_synced";
constexpr std::size_t kReadBytes = 16 * kLogBlockBytes;

// Reads the file from its start in pieces of kReadBytes; only the last may be shorter.
template <class Visitor>
rocksdb::IOStatus read_file(rocksdb::FileSystem& files, const std::string& path, Visitor visitor) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = files.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  std::string buffer(kReadBytes, '\0');
  while (status.ok()) {
    rocksdb::Slice read;
    status = file->Read(buffer.size(), rocksdb::IOOptions(), &read, buffer.data(), nullptr);
    if (!status.ok() || read.empty()) {
      break;
    }
    visitor(std::string_view(read.data(), read.size()));
  }
  return status;
}

core::Result<std::uint64_t> claim_of_logs(rocksdb::FileSystem& files, const std::string& directory,
                                          const std::vector<std::string>& names) {
  WalMarks marks;
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) {
      continue;
    }
    const std::string path = directory + "/" + name;
    const auto status = read_file(files, path, [&marks](std::string_view piece) {
      while (!piece.empty()) {
        marks.read_block(piece.substr(0, kLogBlockBytes));
        piece.remove_prefix(std::min(piece.size(), kLogBlockBytes));
      }
    });
    marks.end_file();
    if (!status.ok()) {
      return std::unexpected(to_error(status, "reading the log " + path));
    }
  }
  return marks.highest_synced();
}

core::Result<std::uint64_t> remembered_claim(rocksdb::FileSystem& files, const std::string& path) {
  std::string text;
  const auto status = read_file(files, path, [&text](std::string_view piece) { text += piece; });
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

core::Result<void> remember_claim(rocksdb::FileSystem& files, const std::string& directory,
                                  std::uint64_t claim) {
  const std::string path = fmt::format("{}/{}", directory, kFileName);
  const std::string temporary = path + ".new";
  const rocksdb::IOOptions io;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status =
      files.NewWritableFile(temporary, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) {
    status = file->Append(fmt::format("{}\n", claim), io, nullptr);
  }
  if (status.ok()) {
    status = file->Fsync(io, nullptr);
  }
  if (status.ok()) {
    status = file->Close(io, nullptr);
  }
  if (status.ok()) {
    status = files.RenameFile(temporary, path, io, nullptr);
  }
  std::unique_ptr<rocksdb::FSDirectory> entries;
  if (status.ok()) {
    status = files.NewDirectory(directory, io, &entries, nullptr);
  }
  if (status.ok()) {
    status = entries->Fsync(io, nullptr);
  }
  if (!status.ok()) {
    return std::unexpected(to_error(status, "writing " + path));
  }
  return {};
}

}  // namespace

core::Result<std::uint64_t> gather_claims(rocksdb::FileSystem& files,
                                          const std::string& directory) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "listing " + directory));
  }
  std::uint64_t remembered = 0;
  if (std::ranges::find(names, kFileName) != names.end()) {
    const auto claim = remembered_claim(files, fmt::format("{}/{}", directory, kFileName));
    if (!claim) {
      return claim;
    }
    remembered = *claim;
  }
  const auto claimed = claim_of_logs(files, directory, names);
  if (!claimed || *claimed <= remembered) {
    return claimed ? remembered : claimed;
  }
  if (auto kept = remember_claim(files, directory, *claimed); !kept) {
    return std::unexpected(std::move(kept).error());
  }
  return *claimed;
}

}  // namespace spillway::journal
