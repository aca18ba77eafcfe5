#include "journal/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/planted_bug.hpp"
#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

using core::ErrorCode;

// Reads and decodes a meta record; the default value when it is not there.
template <class Record>
core::Result<Record> read_meta(const Readable& store, std::string_view key) {
  const auto stored = store.get(Table::meta, key);
  if (!stored) {
    return std::unexpected(stored.error());
  }
  return *stored ? Record::decode(**stored) : Record{};
}

// What the planted bug writes ahead of its batch.
struct KeysAlone {
  WriteBatch batch;

  void put(Table table, std::string_view key, std::string_view value) {
    if (table == Table::dedup) {
      batch.put(table, key, value);
    }
  }
  void erase(Table, std::string_view) {}
  void erase_range(Table, std::string_view, std::string_view) {}
};

core::Result<NodeRecord> found_journal(Store& store, core::Random& random) {
  NodeRecord node;
  node.tag = static_cast<std::uint16_t>(random.next());
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t bits = random.next();
    node.hash_key.append(reinterpret_cast<const char*>(&bits), sizeof bits);
  }
  WriteBatch batch;
  batch.put(Table::meta, keys::kFormat, FormatRecord{}.encode());
  batch.put(Table::meta, keys::kNode, node.encode());
  if (const auto written = store.write(batch, {}); !written) {
    return std::unexpected(written.error());
  }
  if (const auto synced = store.sync(); !synced) {
    return std::unexpected(synced.error());
  }
  return node;
}

core::Result<NodeRecord> open_node(Store& store, core::Random& random) {
  const auto format = store.get(Table::meta, keys::kFormat);
  if (!format) {
    return std::unexpected(format.error());
  }
  if (!*format) {
    return found_journal(store, random);
  }
  const auto record = FormatRecord::decode(**format);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (record->version > FormatRecord::kVersion) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("the journal has format {}, this binary knows up to {}: start "
                                  "the newer spillway that wrote it",
                                  record->version, FormatRecord::kVersion));
  }
  return read_meta<NodeRecord>(store, keys::kNode);
}

}  // namespace

Writer::Writer(Store& store, NodeRecord node)
    : store_(&store), node_(std::move(node)), hasher_(node_.hash_key) {}

core::Result<std::unique_ptr<Writer>> Writer::open(Store& store, const OpenOptions& options,
                                                   core::Random& random) {
  auto node = open_node(store, random);
  if (!node) {
    return std::unexpected(std::move(node).error().in_context("opening the journal"));
  }
  auto writer = std::unique_ptr<Writer>(new Writer(store, *std::move(node)));
  writer->state_.has_peers = options.has_peers;
  if (auto loaded = writer->load(options.accept_loss); !loaded) {
    return std::unexpected(std::move(loaded).error().in_context("opening the journal"));
  }
  return writer;
}

core::Result<void> Writer::load(bool accept_loss) {
  const auto commit = read_meta<CommitRecord>(*store_, keys::kCommit);
  if (!commit) {
    return std::unexpected(commit.error());
  }
  const std::uint64_t claimed = store_->claimed_synced();
  if (claimed > commit->commit && !accept_loss) {
    return core::fail(
        ErrorCode::corrupt,
        fmt::format("acknowledged events are missing: the log shows that commit {} was synced, but "
                    "only {} could be recovered. Restore the disk or a backup; to start with what "
                    "is left, add --accept-loss",
                    claimed, commit->commit));
  }
  state_.commit = *commit;
  if (claimed > commit->commit) {
    if (auto accepted = pass_over(claimed); !accepted) {
      return accepted;
    }
  }
  state_.recent_keys.start_at(state_.commit.commit);
  synced_commit_ = state_.commit.commit;
  committed_ = state_.commit.commit;
  durable_below_ = state_.commit.next_sequence;
  retired_below_ = state_.commit.retired_below;
  if (auto named = load_names(); !named) {
    return named;
  }
  return state_.books.load(*store_);
}

core::Result<void> Writer::pass_over(std::uint64_t commit) {
  state_.commit.commit = commit;
  WriteBatch batch;
  batch.put(Table::meta, keys::kCommit, state_.commit.encode());
  if (auto written = store_->write(batch, {commit, 0}); !written) {
    return written;
  }
  return store_->sync();
}

core::Result<void> Writer::load_names() {
  core::Result<void> outcome;
  const auto load = [&](std::string_view key, std::string_view value) -> core::Result<void> {
    if (key.starts_with(keys::kSourcePrefix)) {
      const auto record = SourceRecord::decode(value);
      if (!record) {
        return std::unexpected(record.error());
      }
      state_.sources.emplace(key.substr(keys::kSourcePrefix.size()), record->number);
    } else if (key.starts_with(keys::kDestinationPrefix)) {
      auto record = DestinationRecord::decode(value);
      if (!record) {
        return std::unexpected(record.error());
      }
      const std::string name(key.substr(keys::kDestinationPrefix.size()));
      state_.destination_numbers.emplace(name, record->number);
      state_.destinations.emplace(record->number, NamedDestination{name, *record});
    } else if (const auto account = keys::parse_dedup_count(key)) {
      const auto record = DedupCountRecord::decode(value);
      if (!record) {
        return std::unexpected(record.error());
      }
      state_.dedup_keys.emplace(DedupAccount{account->day, account->source}, record->keys);
    } else if (const auto slice = keys::parse_slice(key)) {
      const auto record = SliceRecord::decode(value);
      if (!record) {
        return std::unexpected(record.error());
      }
      state_.slices.emplace(*slice, record->first_sequence);
    }
    return {};
  };
  const auto scanned = store_->scan(Table::meta, {}, keys::after({}), Direction::forward,
                                    [&](std::string_view key, std::string_view value) {
                                      outcome = load(key, value);
                                      return outcome.has_value();
                                    });
  return scanned ? outcome : scanned;
}

Stage Writer::stage_all(std::vector<Staged>& commands, core::Time now) {
  for (;;) {
    Stage stage(*store_, state_, now);
    const auto failed = std::ranges::find_if(commands, [&](Staged& staged) {
      if (staged.outcome) {
        staged.outcome = staged.command->stage(stage);
        return !staged.outcome;
      }
      return false;
    });
    if (failed == commands.end()) {
      return stage;
    }
    // The failed command may have changed the stage before it failed: begin again without it.
  }
}

core::Result<void> Writer::write(std::vector<Staged>& commands, core::Time now) {
  Stage stage = stage_all(commands, now);
  if (stage.batch_.empty()) {
    return {};
  }
  const auto accounts = state_.books.stage(*store_, stage.book_changes_, stage.batch_);
  if (!accounts) {
    return std::unexpected(accounts.error());
  }
  stage.finish();
  if constexpr (core::kPlantedBug == core::PlantedBug::key_before_event) {
    KeysAlone keys;
    stage.batch_.visit(keys);
    if (auto ahead = store_->write(keys.batch, {state_.commit.commit, synced_commit_}); !ahead) {
      return ahead;
    }
  }
  const auto written = store_->write(stage.batch_, {stage.commit_.commit, synced_commit_});
  if (!written) {
    return written;
  }
  adopt(stage, *accounts);
  return {};
}

void Writer::adopt(Stage& stage, const Books::Accounts& accounts) {
  state_.commit = stage.commit_;
  for (const auto& [slice, first] : stage.slices_) {
    if (first) {
      state_.slices[slice] = *first;
    } else {
      state_.slices.erase(slice);
    }
  }
  for (auto& [number, destination] : stage.destinations_) {
    state_.destination_numbers[destination.name] = number;
    state_.destinations[number] = std::move(destination);
  }
  state_.sources.merge(stage.sources_);
  for (const auto& [account, count] : stage.dedup_keys_) {
    if (count == 0) {
      state_.dedup_keys.erase(account);
    } else {
      state_.dedup_keys[account] = count;
    }
  }
  for (auto& [key, record] : stage.keys_) {
    state_.recent_keys.remember(stage.commit_.commit, key, std::move(record));
  }
  state_.books.adopt(stage.book_changes_, accounts);
  retired_below_.store(stage.commit_.retired_below, std::memory_order_release);
  committed_.store(stage.commit_.commit, std::memory_order_release);
  for (const Stage::Range& range : stage.to_reclaim_) {
    store_->reclaim(range.table, range.from, range.to);
  }
}

core::Result<void> Writer::sync() {
  if (const auto synced = store_->sync(); !synced) {
    return synced;
  }
  synced_commit_ = state_.commit.commit;
  durable_below_.store(state_.commit.next_sequence, std::memory_order_release);
  return {};
}

}  // namespace spillway::journal
