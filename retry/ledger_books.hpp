// Brings the journal up to date with what the ledger says of its deliveries: the receiving end of
// LedgerReader, on its executor. One batch at a time, so that the position in the ledger never
// passes a fate that is not in the books.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/custody.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"
#include "retry/fate_record.hpp"

namespace spillway::retry {

class LedgerBooks {
 public:
  // All outlive it. `topic` and `partition` name what is read.
  LedgerBooks(core::Executor& executor, const core::Clock& clock, const journal::Store& store,
              journal::CommandQueue& commands, std::string topic, std::int32_t partition)
      : executor_(executor),
        clock_(clock),
        store_(store),
        commands_(commands),
        topic_(std::move(topic)),
        partition_(partition) {}

  // Where reading is to begin, which is remembered together with the topic: `conflict` where
  // deliveries are handed over whose fates are written elsewhere.
  [[nodiscard]] core::Result<std::int64_t> begin();

  // As LedgerReader wants it.
  void take(FateRecord fate, std::int64_t offset, core::Task done);

 private:
  struct Batch {
    std::vector<journal::Fate> fates;
    std::vector<core::Task> done;
    std::int64_t next_offset = 0;
  };

  [[nodiscard]] journal::DestinationNumber number_of(const std::string& destination);
  void write();

  core::Executor& executor_;
  const core::Clock& clock_;
  const journal::Store& store_;
  journal::CommandQueue& commands_;
  const std::string topic_;
  const std::int32_t partition_;
  std::map<std::string, journal::DestinationNumber, std::less<>> numbers_;
  Batch gathered_;
  Batch writing_;
};

}  // namespace spillway::retry
