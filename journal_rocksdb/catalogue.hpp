// RocksDB's catalogue, the MANIFEST: the list of files that make up the store. A power cut may
// leave garbage behind its last synced record, and RocksDB then refuses to open at all.
#pragma once

#include <rocksdb/file_system.h>

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace spillway::journal {

// Where to cut a catalogue that ends in garbage; its whole size when it need not or must not be
// cut. Damage with anything intact behind it is no torn tail: that is left for RocksDB to refuse.
[[nodiscard]] std::size_t intact_catalogue_bytes(std::string_view catalogue);

// Cuts the garbage off the current catalogue. Nothing that mattered can be in it: RocksDB deletes
// files and logs only after the record that gives them up was synced, and when opening it checks
// that every file and log the catalogue names is there.
core::Result<void> trim_catalogue(rocksdb::FileSystem& files, const std::string& directory);

}  // namespace spillway::journal
