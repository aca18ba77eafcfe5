// The trail: who did what with the admin API, as a record of the journal, so that it outlasts the
// process. Bounded (admin/trail.hpp): the oldest go. Plain data with its stored form
// (docs/journal-format.md); any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "admin/role.hpp"
#include "admin/trail.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/operate.hpp"
#include "journal/store.hpp"

namespace spillway::admin {

struct ActionRecord {
  std::uint64_t number = 0;  // part of the key; the first is 1
  core::Time at{};
  std::string who{};
  Role role = Role::viewing;
  std::string remote{};  // the address it came from
  std::string action{};  // "destination.pause"
  std::string target{};  // what it was done to: a destination's name, an event's id
  std::string detail{};
  std::string outcome{};  // "done", or "refused: …"

  bool operator==(const ActionRecord&) const = default;
  [[nodiscard]] std::string encode() const;
  static core::Result<ActionRecord> decode(std::uint64_t number, std::string_view text);
};

// Writes one down, under the next number and the time of its commit. Reads the last one from the
// store, so it has a batch of its own. The trail is that of this journal, and outlives the command;
// when it does not end where the store does, at first, it is made anew from all records.
class RecordAction final : public journal::SyncedCommand<std::uint64_t> {
 public:
  RecordAction(core::Executor& reply_to, Trail& trail, ActionRecord action, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<std::uint64_t> decide(journal::Stage& stage) override;

  Trail* trail_;
  ActionRecord action_;
};

// Those below a number, newest first; the visitor ends the walk by false.
core::Result<void> actions_before(const journal::Readable& readable, std::uint64_t number,
                                  const std::function<bool(const ActionRecord&)>& visitor);

}  // namespace spillway::admin
