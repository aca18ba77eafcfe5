// Changes of files that have survived a power cut once they return ok. For the few files the
// adapter writes, or cuts, before RocksDB opens the directory.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace spillway::journal {

// Cuts the file to this many bytes and makes durable what is left of it.
[[nodiscard]] rocksdb::IOStatus cut_durably(rocksdb::FileSystem& files, const std::string& path,
                                            std::uint64_t bytes);

// Replaces the file, or makes it: after a power cut it holds the old text or the new one.
[[nodiscard]] rocksdb::IOStatus replace_durably(rocksdb::FileSystem& files,
                                                const std::string& directory,
                                                const std::string& name, std::string_view text);

[[nodiscard]] rocksdb::IOStatus sync_directory(rocksdb::FileSystem& files,
                                               const std::string& directory);

}  // namespace spillway::journal
