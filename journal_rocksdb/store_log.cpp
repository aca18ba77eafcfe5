#include "journal_rocksdb/store_log.hpp"

#include <cstdio>

#include "core/log.hpp"

namespace spillway::journal {

void StoreLog::Logv(const char* format, std::va_list arguments) {
  char message[512];
  if (std::vsnprintf(message, sizeof message, format, arguments) > 0) {
    core::log(core::LogLevel::warn, "journal.store", {{"message", message}});
  }
}

}  // namespace spillway::journal
