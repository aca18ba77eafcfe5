// Write-ahead logs as RocksDB writes them, made by hand so that a test can damage them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "journal_rocksdb/crc32c.hpp"
#include "journal_rocksdb/log_format.hpp"
#include "journal_rocksdb/wal_marks.hpp"

namespace spillway::journal {

template <class Number>
void append_number(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> 8 * i & 0xff));
  }
}

// A batch's record: sequence, count, the mark as log data, then anything.
inline std::string record_of(CommitMark mark, std::string_view rest) {
  std::string record(12, '\0');
  const std::string frame = frame_mark(mark);
  record.push_back(3);
  record.push_back(static_cast<char>(frame.size()));
  return record.append(frame).append(rest);
}

class MadeLog {
 public:
  void add(std::string_view record) {
    bool begins = true;
    do {
      std::size_t room = kLogBlockBytes - bytes_.size() % kLogBlockBytes;
      if (room < kFragmentHeaderBytes) {
        bytes_.append(room, '\0');
        room = kLogBlockBytes;
      }
      const auto payload = record.substr(0, std::min(record.size(), room - kFragmentHeaderBytes));
      record.remove_prefix(payload.size());
      add_fragment(payload, begins, record.empty());
      begins = false;
    } while (!record.empty());
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void add_fragment(std::string_view payload, bool begins, bool ends) {
    const auto type = begins ? (ends ? FragmentType::full : FragmentType::first)
                             : (ends ? FragmentType::last : FragmentType::middle);
    const std::string checked = static_cast<char>(type) + std::string(payload);
    const std::uint32_t crc = crc32c(checked);
    append_number(bytes_, static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8));
    append_number(bytes_, static_cast<std::uint16_t>(payload.size()));
    bytes_ += checked;
  }

  std::string bytes_;
};

inline WalMarks read_marks(std::string_view log) {
  WalMarks marks;
  marks.begin_file();
  for (; !log.empty(); log.remove_prefix(std::min(log.size(), kLogBlockBytes))) {
    marks.read_block(log.substr(0, kLogBlockBytes));
  }
  return marks;
}

}  // namespace spillway::journal
