#include "journal_rocksdb/catalogue.hpp"

#include <rocksdb/env.h>

#include "core/log.hpp"
#include "journal_rocksdb/durable_files.hpp"
#include "journal_rocksdb/log_format.hpp"
#include "journal_rocksdb/status.hpp"

namespace spillway::journal {
namespace {

bool holds_fragment(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    std::string_view probe = bytes;
    if (take_fragment(probe)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::size_t intact_catalogue_bytes(std::string_view catalogue) {
  std::size_t intact = 0;
  bool damaged = false;
  for (std::size_t at = 0; at < catalogue.size(); at += kLogBlockBytes) {
    std::string_view block = catalogue.substr(at, kLogBlockBytes);
    const std::size_t block_end = at + block.size();
    if (!damaged) {
      while (const auto fragment = take_fragment(block)) {
        if (fragment->ends_record()) {
          intact = block_end - block.size();
        }
      }
      damaged = block.size() >= kFragmentHeaderBytes;
    }
    if (damaged && holds_fragment(block)) {
      return catalogue.size();
    }
  }
  return damaged && intact > 0 ? intact : catalogue.size();
}

core::Result<void> trim_catalogue(rocksdb::FileSystem& files, const std::string& directory) {
  std::string name;
  auto status = rocksdb::ReadFileToString(&files, directory + "/CURRENT", &name);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "reading CURRENT, which names the catalogue"));
  }
  name.resize(name.find_last_not_of('\n') + 1);
  const std::string path = directory + "/" + name;
  std::string catalogue;
  status = rocksdb::ReadFileToString(&files, path, &catalogue);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "reading the catalogue " + name));
  }
  const std::size_t intact = intact_catalogue_bytes(catalogue);
  if (intact == catalogue.size()) {
    return {};
  }
  core::log(core::LogLevel::warn, "journal.catalogue_trimmed",
            {{"file", path}, {"bytes", catalogue.size() - intact}});
  status = cut_durably(files, path, intact);
  if (!status.ok()) {
    return std::unexpected(to_error(status, "cutting the torn end off " + path));
  }
  return {};
}

}  // namespace spillway::journal
