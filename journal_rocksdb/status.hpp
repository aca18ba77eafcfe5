// RocksDB's statuses as errors of ours: the edge of the adapter.
#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "core/error.hpp"

namespace spillway::journal {

// `doing` names what was tried, with the path. The status must not be ok.
[[nodiscard]] core::Error to_error(const rocksdb::Status& status, std::string_view doing);

}  // namespace spillway::journal
