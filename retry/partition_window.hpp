// What of one partition has been taken and what of that is done, and how the log is told: up to
// which offset everything is done, and in a text which ones above it. So whoever reads on after a
// rebalance or a crash repeats nothing that was done (docs/correctness.md 25). Pure; belongs to a
// worker.
//
// Offsets only grow but have gaps, where a log keeps marks of its own. A gap between two offsets
// that are done counts as done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace spillway::retry {

class PartitionWindow {
 public:
  // How far an offset may be above the lowest that is not done. The text of so many is below 3 KiB,
  // of the 4 KiB that Kafka keeps.
  static constexpr std::int64_t kOffsetsMax = 2000;

  // Goes on where the log was told to.
  explicit PartitionWindow(std::int64_t offset, std::string_view done_above = {},
                           std::int64_t offsets_max = kOffsetsMax);

  // False: the text could not be read, and nothing above the offset is known to be done.
  [[nodiscard]] bool understood() const { return understood_; }

  // The next offset that was read. False: nothing is to be done about it, since it was done before
  // or has been taken already.
  [[nodiscard]] bool take(std::int64_t offset);

  // One that was taken.
  void done(std::int64_t offset);

  // Everything below is done;
  [[nodiscard]] std::int64_t offset() const { return offset_; }
  // and of what is not below, this.
  [[nodiscard]] std::string done_above() const;

  // Taken and not done.
  [[nodiscard]] std::size_t open() const { return open_; }
  // No more is to be read before something is done.
  [[nodiscard]] bool full() const { return next_ - offset_ >= offsets_max_; }

 private:
  enum class State : std::uint8_t {
    known,  // done, but not read again yet
    open,
    done,
  };

  bool restore(std::string_view text);
  void advance();

  std::int64_t offsets_max_;
  std::int64_t offset_;
  std::int64_t next_;  // behind the highest that was taken
  // From the offset on, without the gaps.
  std::map<std::int64_t, State> states_;
  std::size_t open_ = 0;
  bool understood_;
};

}  // namespace spillway::retry
