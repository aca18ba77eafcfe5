// The stored values as plain structs, with their encodings (docs/journal-format.md). Decoding
// refuses anything malformed with ErrorCode::corrupt. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/event.hpp"

namespace spillway::journal {

using Sequence = std::uint64_t;           // commit order of events; the first is 1
using DestinationNumber = std::uint32_t;  // stands for a name for ever
using SourceNumber = std::uint32_t;
using Slice = std::uint32_t;  // hour of acceptance; kKeptSlice for survivors

inline constexpr DestinationNumber kNoDestination = 0;  // "-": no route, or malformed
inline constexpr Slice kKeptSlice = 0;
inline constexpr Slice kRetiredSlice = 0xffffffff;  // counters of what is gone for good

struct DeliveryRef {
  Sequence sequence = 0;
  DestinationNumber destination = 0;

  auto operator<=>(const DeliveryRef&) const = default;
};

struct FormatRecord {
  static constexpr std::uint64_t kVersion = 1;
  std::uint64_t version = kVersion;

  [[nodiscard]] std::string encode() const;
  static core::Result<FormatRecord> decode(std::string_view text);
};

struct NodeRecord {
  std::uint16_t tag = 0;
  std::string hash_key;  // 32 random bytes

  [[nodiscard]] std::string encode() const;
  static core::Result<NodeRecord> decode(std::string_view text);
};

struct CommitRecord {
  std::uint64_t commit = 0;
  Sequence next_sequence = 1;
  Slice slice = 1;
  Sequence retired_below = 1;

  [[nodiscard]] std::string encode() const;
  static core::Result<CommitRecord> decode(std::string_view text);
};

struct SliceRecord {
  Sequence first_sequence = 0;

  [[nodiscard]] std::string encode() const;
  static core::Result<SliceRecord> decode(std::string_view text);
};

// How many dedup keys a source stored on a day.
struct DedupCountRecord {
  std::uint64_t keys = 0;

  [[nodiscard]] std::string encode() const;
  static core::Result<DedupCountRecord> decode(std::string_view text);
};

struct SourceRecord {
  SourceNumber number = 0;

  [[nodiscard]] std::string encode() const;
  static core::Result<SourceRecord> decode(std::string_view text);
};

struct DestinationRecord {
  DestinationNumber number = 0;
  core::Time paused_since{};  // epoch: not paused
  core::Duration paused_total{};
  std::string pause_reason;

  [[nodiscard]] bool paused() const { return paused_since != core::Time{}; }
  // How long it has been paused in all, up to `now`: what the give-up and ttl clocks leave out.
  [[nodiscard]] core::Duration paused_until(core::Time now) const {
    return paused() ? paused_total + (now - paused_since) : paused_total;
  }

  [[nodiscard]] std::string encode() const;
  static core::Result<DestinationRecord> decode(std::string_view text);
};

struct EventHead {
  core::EventId id;
  SourceNumber source = 0;
  core::Time received;
  bool untouched = true;
  Slice slice = 0;
  std::uint32_t key_day = 0;  // where its dedup record lies; 0: no idempotency key
  core::Digest128 key{};
  std::uint64_t body_size = 0;
  std::vector<core::Header> headers;
  std::optional<core::ClaimKey> claim;

  [[nodiscard]] std::string encode() const;
  static core::Result<EventHead> decode(std::string_view text);
};

struct DeliveryRecord {
  std::uint32_t generation = 1;
  core::DeliveryState state = core::DeliveryState::pending;
  core::Custody custody = core::Custody::local;
  core::Order order = core::Order::none;
  bool blocked = false;       // per_key, and an earlier one of its ordering key is not done
  bool parked = false;        // has left the order of its key, though it is not done
  bool out_of_order = false;  // was parked: later ones of its key may have overtaken it
  core::Reason reason = core::Reason::none;
  std::uint32_t attempts = 0;  // of this generation
  std::uint16_t last_status = 0;
  Slice slice = 0;
  core::Time accepted;
  core::Time opened;  // start of this generation
  core::Time due;     // meaningful while pending
  core::Time updated;
  core::Duration paused_before{};  // DestinationRecord::paused_until(opened)
  std::string ordering_key;        // keyed hash, empty or 16 bytes
  std::string version;
  // Among those of its ordering key; only with an order.
  std::uint64_t position = 0;
  // A copy of this generation stands in the accepted topic, so that others may take it over.
  bool replicated = false;

  // Does it stand in the table `due`; `handed`; `order`?
  [[nodiscard]] bool is_due() const {
    return state == core::DeliveryState::pending && custody == core::Custody::local && !blocked;
  }
  [[nodiscard]] bool is_handed() const {
    return state == core::DeliveryState::pending && custody != core::Custody::local;
  }
  // Nobody attempts it before its copy stands.
  [[nodiscard]] bool waits_for_copy() const {
    return state == core::DeliveryState::pending && custody == core::Custody::replicating;
  }
  // A copy may stand in the accepted topic, and is to go when this is no more.
  [[nodiscard]] bool has_copy() const {
    return waits_for_copy() || (state == core::DeliveryState::pending && replicated);
  }
  [[nodiscard]] bool is_in_order() const {
    return state == core::DeliveryState::pending && order != core::Order::none && !parked;
  }
  // Takes the place of older ones of its key while it is in order.
  [[nodiscard]] bool is_version_in_order() const {
    return is_in_order() && order == core::Order::latest && !version.empty();
  }

  bool operator==(const DeliveryRecord&) const = default;
  [[nodiscard]] std::string encode() const;
  static core::Result<DeliveryRecord> decode(std::string_view text);
};

[[nodiscard]] std::string encode_attempt(const core::Attempt& attempt);
// Generation and number are part of the key and handed in.
core::Result<core::Attempt> decode_attempt(std::string_view text, std::uint32_t generation,
                                           std::uint32_t number);

// What a dedup key points to: the events accepted under it, newest first.
struct DedupRecord {
  static constexpr std::size_t kEntriesMax = 4;
  struct Entry {
    core::Digest128 body{};
    Sequence sequence = 0;
    core::EventId id;
    core::Time expires;
  };
  std::vector<Entry> entries;

  [[nodiscard]] std::string encode() const;
  static core::Result<DedupRecord> decode(std::string_view text);
};

// The newest version seen of an ordering key, with order: latest.
struct VersionRecord {
  std::string version;
  Sequence sequence = 0;  // of the delivery that had it; the later of two equal versions is newer
  core::Time expires;

  [[nodiscard]] std::string encode() const;
  static core::Result<VersionRecord> decode(std::string_view text);
};

// Something the other nodes of a cluster are to hear, kept until Kafka has it.
struct NoticeRecord {
  enum class Kind : std::uint8_t {
    void_copies = 0,  // copies of a delivery, of this generation and before, are void
    paused = 1,       // a destination is; the reason is one
    resumed = 2,
    copy_over = 3,  // the copy of a delivery in the accepted topic is not needed any more
  };
  Kind kind = Kind::void_copies;
  std::string destination;  // its name
  core::EventId event{};
  std::uint32_t generation = 0;
  std::string reason{};

  [[nodiscard]] bool is_of_pause() const { return kind == Kind::paused || kind == Kind::resumed; }

  bool operator==(const NoticeRecord&) const = default;
  [[nodiscard]] std::string encode() const;
  static core::Result<NoticeRecord> decode(std::string_view text);
};

// Up to where the node has applied what the ledger says.
struct LedgerRecord {
  std::string topic;
  std::uint32_t partition = 0;
  std::uint64_t next_offset = 0;

  bool operator==(const LedgerRecord&) const = default;
  [[nodiscard]] std::string encode() const;
  static core::Result<LedgerRecord> decode(std::string_view text);
};

// Deliveries of one destination, by state, and how many were accepted in all.
struct Counts {
  std::uint64_t accepted = 0;
  std::array<std::uint64_t, core::kDeliveryStates> by_state{};

  [[nodiscard]] std::uint64_t& in(core::DeliveryState state) {
    return by_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::uint64_t in(core::DeliveryState state) const {
    return by_state[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::uint64_t sum() const;
  [[nodiscard]] bool balanced() const { return accepted == sum(); }
  Counts& operator+=(const Counts& other);
  bool operator==(const Counts&) const = default;

  [[nodiscard]] std::string encode() const;
  static core::Result<Counts> decode(std::string_view text);
};

}  // namespace spillway::journal
