#include "journal_rocksdb/wal_marks.hpp"

#include <algorithm>
#include <optional>

namespace spillway::journal {
namespace {

// A record is a batch: sequence (8), count (4), then entries. The mark is the first of them: the
// tag of log data, the length as a varint (one byte), the frame.
constexpr std::size_t kBatchHeaderBytes = 12;
constexpr char kLogDataTag = 3;
constexpr std::string_view kMagic = "spwymark";
constexpr std::size_t kFrameBytes = kMagic.size() + 2 * sizeof(std::uint64_t);
constexpr std::size_t kBeginningBytes = kBatchHeaderBytes + 2 + kFrameBytes;

void append_little_endian(std::string& bytes, std::uint64_t number) {
  for (std::size_t i = 0; i < sizeof number; ++i, number >>= 8) {
    bytes.push_back(static_cast<char>(number & 0xff));
  }
}

std::optional<CommitMark> mark_at_start(std::string_view record) {
  record.remove_prefix(kBatchHeaderBytes);
  if (record[0] != kLogDataTag || record[1] != static_cast<char>(kFrameBytes) ||
      !record.substr(2).starts_with(kMagic)) {
    return std::nullopt;
  }
  record.remove_prefix(2 + kMagic.size());
  return CommitMark{read_little_endian<std::uint64_t>(record),
                    read_little_endian<std::uint64_t>(record.substr(sizeof(std::uint64_t)))};
}

}  // namespace

std::string frame_mark(CommitMark mark) {
  std::string frame(kMagic);
  append_little_endian(frame, mark.commit);
  append_little_endian(frame, mark.synced);
  return frame;
}

void WalMarks::begin_file() {
  intact_bytes_ = 0;
  read_bytes_ = 0;
  in_record_ = false;
  damaged_ = false;
  wants_more_ = false;
}

void WalMarks::read_block(std::string_view block) {
  const std::uint64_t block_end = read_bytes_ + block.size();
  while (const auto fragment = take_fragment(block)) {
    damaged_ |= fragment->begins_record() == in_record_;
    in_record_ = !fragment->ends_record();
    if (!in_record_ && !damaged_) {
      intact_bytes_ = block_end - block.size();
    }
    read_fragment(*fragment);
  }
  // A damaged length tells nothing, so damage costs the rest of its block, and the record that
  // reaches into the next one.
  if (block.size() >= kFragmentHeaderBytes) {
    damaged_ = true;
    wants_more_ = false;
  }
  read_bytes_ = block_end;
}

void WalMarks::read_fragment(const Fragment& fragment) {
  if (fragment.begins_record()) {
    beginning_.clear();
    wants_more_ = true;
  }
  if (!wants_more_) {
    return;
  }
  beginning_ += fragment.payload.substr(0, kBeginningBytes - beginning_.size());
  if (beginning_.size() < kBeginningBytes) {
    wants_more_ = !fragment.ends_record();
    return;
  }
  wants_more_ = false;
  if (const auto mark = mark_at_start(beginning_)) {
    highest_synced_ = std::max(highest_synced_, mark->synced);
  }
}

}  // namespace spillway::journal
