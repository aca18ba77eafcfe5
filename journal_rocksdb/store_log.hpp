// Where RocksDB says what troubles it: in the node's own log. Its file of its own would lie on the
// disk that may be full, and RocksDB aborts the process when it writes there again after a failed
// write, before the node can give its ballast back (docs/correctness.md 14). Any thread.
#pragma once

#include <rocksdb/env.h>

#include <cstdarg>

namespace spillway::journal {

class StoreLog final : public rocksdb::Logger {
 public:
  StoreLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override;
  // Its settings, at each start.
  void LogHeader(const char*, std::va_list) override {}
};

}  // namespace spillway::journal
