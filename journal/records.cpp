#include "journal/records.hpp"

#include <algorithm>
#include <limits>

#include "journal/record_codec.hpp"

namespace spillway::journal {
namespace {

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMax16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kUntouched = 1;
constexpr std::uint64_t kClaimed = 2;
constexpr std::uint64_t kParked = 1;
constexpr std::uint64_t kOutOfOrder = 2;
constexpr std::uint64_t kBlocked = 4;
constexpr std::uint64_t kOrderShift = 3;
constexpr std::uint64_t kOrderMask = 3;
constexpr std::uint64_t kReplicated = 32;
constexpr std::uint64_t kFlagsMax = 55;  // all flags, and the highest order
constexpr std::uint64_t kHeadersMax = 1000;

std::uint32_t read_u32(Decoder& in) {
  return static_cast<std::uint32_t>(in.varint_up_to(kMax32));
}
std::uint16_t read_u16(Decoder& in) {
  return static_cast<std::uint16_t>(in.varint_up_to(kMax16));
}

}  // namespace

std::string FormatRecord::encode() const {
  return versioned().varint(version).take();
}

core::Result<FormatRecord> FormatRecord::decode(std::string_view text) {
  return decode_record<FormatRecord>(text, "format record", [](Decoder& in, FormatRecord& record) {
    record.version = in.varint();
  });
}

std::string NodeRecord::encode() const {
  return versioned().varint(tag).bytes(hash_key).take();
}

core::Result<NodeRecord> NodeRecord::decode(std::string_view text) {
  return decode_record<NodeRecord>(text, "node record", [](Decoder& in, NodeRecord& record) {
    record.tag = read_u16(in);
    record.hash_key = in.bytes();
  });
}

std::string CommitRecord::encode() const {
  return versioned()
      .varint(commit)
      .varint(next_sequence)
      .varint(slice)
      .varint(retired_below)
      .take();
}

core::Result<CommitRecord> CommitRecord::decode(std::string_view text) {
  return decode_record<CommitRecord>(text, "commit record", [](Decoder& in, CommitRecord& record) {
    record.commit = in.varint();
    record.next_sequence = in.varint();
    record.slice = read_u32(in);
    record.retired_below = in.varint();
  });
}

std::string SliceRecord::encode() const {
  return versioned().varint(first_sequence).take();
}

core::Result<SliceRecord> SliceRecord::decode(std::string_view text) {
  return decode_record<SliceRecord>(text, "slice record", [](Decoder& in, SliceRecord& record) {
    record.first_sequence = in.varint();
  });
}

std::string DedupCountRecord::encode() const {
  return versioned().varint(keys).take();
}

core::Result<DedupCountRecord> DedupCountRecord::decode(std::string_view text) {
  return decode_record<DedupCountRecord>(
      text, "dedup count",
      [](Decoder& in, DedupCountRecord& record) { record.keys = in.varint(); });
}

std::string SourceRecord::encode() const {
  return versioned().varint(number).take();
}

core::Result<SourceRecord> SourceRecord::decode(std::string_view text) {
  return decode_record<SourceRecord>(text, "source record", [](Decoder& in, SourceRecord& record) {
    record.number = read_u32(in);
  });
}

std::string DestinationRecord::encode() const {
  return versioned()
      .varint(number)
      .time(paused_since)
      .duration(paused_total)
      .bytes(pause_reason)
      .take();
}

core::Result<DestinationRecord> DestinationRecord::decode(std::string_view text) {
  return decode_record<DestinationRecord>(text, "destination record",
                                          [](Decoder& in, DestinationRecord& record) {
                                            record.number = read_u32(in);
                                            record.paused_since = in.time();
                                            record.paused_total = in.duration();
                                            record.pause_reason = in.bytes();
                                          });
}

std::string EventHead::encode() const {
  Encoder out = versioned();
  out.raw(id.bytes)
      .varint(source)
      .time(received)
      .varint((untouched ? kUntouched : 0) | (claim ? kClaimed : 0))
      .varint(slice)
      .varint(key_day)
      .raw(key)
      .varint(body_size)
      .varint(headers.size());
  for (const core::Header& header : headers) {
    out.bytes(header.name).bytes(header.value);
  }
  if (claim) {
    out.raw(claim->hash).duration(claim->window);
  }
  return out.take();
}

core::Result<EventHead> EventHead::decode(std::string_view text) {
  return decode_record<EventHead>(text, "event head", [](Decoder& in, EventHead& head) {
    head.id.bytes = in.raw<16>();
    head.source = read_u32(in);
    head.received = in.time();
    const std::uint64_t flags = in.varint_up_to(kUntouched | kClaimed);
    head.untouched = (flags & kUntouched) != 0;
    head.slice = read_u32(in);
    head.key_day = read_u32(in);
    head.key = in.raw<16>();
    head.body_size = in.varint();
    const std::uint64_t count = in.varint_up_to(kHeadersMax);
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      const std::string_view name = in.bytes();
      const std::string_view value = in.bytes();
      head.headers.push_back({std::string(name), std::string(value)});
    }
    if ((flags & kClaimed) != 0) {
      head.claim = core::ClaimKey{in.raw<16>(), in.duration()};
    }
  });
}

std::string DeliveryRecord::encode() const {
  const std::uint64_t flags = (parked ? kParked : 0) | (out_of_order ? kOutOfOrder : 0) |
                              (blocked ? kBlocked : 0) | (replicated ? kReplicated : 0) |
                              static_cast<std::uint64_t>(order) << kOrderShift;
  Encoder out = versioned();
  out.varint(generation)
      .varint(static_cast<std::uint64_t>(state))
      .varint(static_cast<std::uint64_t>(custody))
      .varint(flags)
      .varint(static_cast<std::uint64_t>(reason))
      .varint(attempts)
      .varint(last_status)
      .varint(slice)
      .time(accepted)
      .time(opened)
      .time(due)
      .time(updated)
      .duration(paused_before)
      .bytes(ordering_key)
      .bytes(version);
  if (order != core::Order::none) {
    out.varint(position);
  }
  return out.take();
}

core::Result<DeliveryRecord> DeliveryRecord::decode(std::string_view text) {
  return decode_record<DeliveryRecord>(text, "delivery", [](Decoder& in, DeliveryRecord& record) {
    record.generation = read_u32(in);
    record.state = static_cast<core::DeliveryState>(in.varint_up_to(core::kDeliveryStates - 1));
    record.custody = static_cast<core::Custody>(in.varint_up_to(3));
    const std::uint64_t flags = in.varint_up_to(kFlagsMax);
    const std::uint64_t ordered = flags >> kOrderShift & kOrderMask;
    in.require(ordered <= static_cast<std::uint64_t>(core::Order::latest));
    record.order = static_cast<core::Order>(ordered);
    record.replicated = (flags & kReplicated) != 0;
    record.blocked = (flags & kBlocked) != 0;
    record.parked = (flags & kParked) != 0;
    record.out_of_order = (flags & kOutOfOrder) != 0;
    record.reason = static_cast<core::Reason>(in.varint_up_to(core::kReasons - 1));
    record.attempts = read_u32(in);
    record.last_status = read_u16(in);
    record.slice = read_u32(in);
    record.accepted = in.time();
    record.opened = in.time();
    record.due = in.time();
    record.updated = in.time();
    record.paused_before = in.duration();
    record.ordering_key = in.bytes();
    record.version = in.bytes();
    if (record.order != core::Order::none) {
      record.position = in.varint();
    }
  });
}

std::string encode_attempt(const core::Attempt& attempt) {
  return versioned()
      .time(attempt.started)
      .duration(attempt.took)
      .varint(static_cast<std::uint64_t>(attempt.outcome))
      .varint(attempt.status)
      .bytes(attempt.error)
      .bytes(attempt.excerpt)
      .take();
}

core::Result<core::Attempt> decode_attempt(std::string_view text, std::uint32_t generation,
                                           std::uint32_t number) {
  return decode_record<core::Attempt>(text, "attempt", [&](Decoder& in, core::Attempt& attempt) {
    attempt.generation = generation;
    attempt.number = number;
    attempt.started = in.time();
    attempt.took = in.duration();
    attempt.outcome = static_cast<core::Outcome>(in.varint_up_to(3));
    attempt.status = read_u16(in);
    attempt.error = in.bytes();
    attempt.excerpt = in.bytes();
  });
}

std::string DedupRecord::encode() const {
  Encoder out = versioned();
  out.varint(entries.size());
  for (const Entry& entry : entries) {
    out.raw(entry.body).varint(entry.sequence).raw(entry.id.bytes).time(entry.expires);
  }
  return out.take();
}

core::Result<DedupRecord> DedupRecord::decode(std::string_view text) {
  return decode_record<DedupRecord>(text, "dedup record", [](Decoder& in, DedupRecord& record) {
    const std::uint64_t count = in.varint_up_to(kEntriesMax);
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      Entry entry;
      entry.body = in.raw<16>();
      entry.sequence = in.varint();
      entry.id.bytes = in.raw<16>();
      entry.expires = in.time();
      record.entries.push_back(entry);
    }
  });
}

std::string VersionRecord::encode() const {
  return versioned().bytes(version).varint(sequence).time(expires).take();
}

core::Result<VersionRecord> VersionRecord::decode(std::string_view text) {
  return decode_record<VersionRecord>(text, "version", [](Decoder& in, VersionRecord& record) {
    record.version = in.bytes();
    record.sequence = in.varint();
    record.expires = in.time();
  });
}

std::string NoticeRecord::encode() const {
  return versioned()
      .varint(static_cast<std::uint64_t>(kind))
      .bytes(destination)
      .raw(event.bytes)
      .varint(generation)
      .bytes(reason)
      .take();
}

core::Result<NoticeRecord> NoticeRecord::decode(std::string_view text) {
  return decode_record<NoticeRecord>(text, "notice", [](Decoder& in, NoticeRecord& record) {
    record.kind = static_cast<Kind>(in.varint_up_to(3));
    record.destination = in.bytes();
    record.event.bytes = in.raw<16>();
    record.generation = read_u32(in);
    record.reason = in.bytes();
  });
}

std::string LedgerRecord::encode() const {
  return versioned().bytes(topic).varint(partition).varint(next_offset).take();
}

core::Result<LedgerRecord> LedgerRecord::decode(std::string_view text) {
  return decode_record<LedgerRecord>(text, "ledger record", [](Decoder& in, LedgerRecord& record) {
    record.topic = in.bytes();
    record.partition = read_u32(in);
    record.next_offset = in.varint();
  });
}

std::uint64_t Counts::sum() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : by_state) {
    total += count;
  }
  return total;
}

Counts& Counts::operator+=(const Counts& other) {
  accepted += other.accepted;
  for (std::size_t i = 0; i < by_state.size(); ++i) {
    by_state[i] += other.by_state[i];
  }
  return *this;
}

std::string Counts::encode() const {
  Encoder out = versioned();
  out.varint(accepted);
  for (const std::uint64_t count : by_state) {
    out.varint(count);
  }
  return out.take();
}

core::Result<Counts> Counts::decode(std::string_view text) {
  return decode_record<Counts>(text, "counters", [](Decoder& in, Counts& counts) {
    counts.accepted = in.varint();
    for (std::uint64_t& count : counts.by_state) {
      count = in.varint();
    }
  });
}

}  // namespace spillway::journal
