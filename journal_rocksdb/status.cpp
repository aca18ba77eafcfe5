#include "journal_rocksdb/status.hpp"

namespace spillway::journal {
namespace {

core::ErrorCode code_of(const rocksdb::Status& status) {
  if (status.IsNoSpace()) {
    return core::ErrorCode::out_of_space;
  }
  if (status.IsCorruption()) {
    return core::ErrorCode::corrupt;
  }
  // With no_slowdown a write that would have to wait for flushes comes back "incomplete".
  if (status.IsIncomplete()) {
    return core::ErrorCode::unavailable;
  }
  return core::ErrorCode::io;
}

}  // namespace

core::Error to_error(const rocksdb::Status& status, std::string_view doing) {
  const core::ErrorCode code = code_of(status);
  const auto retry = code == core::ErrorCode::unavailable ? core::Retry::safe : core::Retry::never;
  return core::Error{code, core::Fault::us, retry, status.ToString()}.in_context(doing);
}

}  // namespace spillway::journal
