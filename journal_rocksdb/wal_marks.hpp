// The commit marks in RocksDB's write-ahead log: how a mark is framed for WriteBatch::PutLogData,
// and a reader that finds every intact one, also behind damage where RocksDB's own recovery stops.
// So a start can tell "the tail was never synced" from "acknowledged data is missing".
// Plain bytes in, no files. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/store.hpp"
#include "journal_rocksdb/log_format.hpp"

namespace spillway::journal {

// Must be the first entry of its batch: the reader looks nowhere else.
[[nodiscard]] std::string frame_mark(CommitMark mark);

class WalMarks {
 public:
  // The next block begins another log file.
  void begin_file();
  // The next block of the file; only its last may be shorter.
  void read_block(std::string_view block);

  // The highest `synced` of all intact marks so far. A claim was true when it was written, so the
  // rest of its record need not be intact.
  [[nodiscard]] std::uint64_t highest_synced() const { return highest_synced_; }

  // How much of the current file is whole records without a gap, from its beginning.
  [[nodiscard]] std::uint64_t intact_bytes() const { return intact_bytes_; }

 private:
  void read_fragment(const Fragment& fragment);

  std::uint64_t highest_synced_ = 0;
  std::uint64_t intact_bytes_ = 0;
  std::uint64_t read_bytes_ = 0;
  bool in_record_ = false;
  bool damaged_ = false;
  std::string beginning_;  // of the record being put together from fragments
  bool wants_more_ = false;
};

}  // namespace spillway::journal
