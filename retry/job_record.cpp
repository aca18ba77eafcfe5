#include "retry/job_record.hpp"

#include <limits>

#include "journal/keys.hpp"
#include "journal/record_codec.hpp"

namespace spillway::retry {

using journal::Decoder;
using journal::Encoder;

namespace {

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kKeysMax = 64;

// A number that may be missing is stored one higher, so that 0 says so.
void write_optional(Encoder& out, std::optional<std::uint32_t> number) {
  out.varint(number ? std::uint64_t{*number} + 1 : 0);
}
std::optional<std::uint32_t> read_optional(Decoder& in, std::uint64_t max) {
  const std::uint64_t stored = in.varint_up_to(max);
  return stored == 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(stored - 1));
}

void write_time(Encoder& out, std::optional<core::Time> time) {
  out.time(time.value_or(core::Time{}));
}
std::optional<core::Time> read_time(Decoder& in) {
  const core::Time time = in.time();
  return time == core::Time{} ? std::nullopt : std::optional(time);
}

void write(Encoder& out, const DeliveryFilter& filter) {
  out.varint(static_cast<std::uint64_t>(filter.state));
  write_optional(out, filter.destination);
  write_optional(out, filter.source);
  out.varint(static_cast<std::uint64_t>(filter.reason.value_or(core::Reason::none)));
  write_time(out, filter.received_from);
  write_time(out, filter.received_to);
}

DeliveryFilter read_delivery_filter(Decoder& in) {
  DeliveryFilter filter;
  filter.state = static_cast<core::DeliveryState>(in.varint_up_to(core::kDeliveryStates - 1));
  filter.destination = read_optional(in, kMax32);
  filter.source = read_optional(in, kMax32);
  const auto reason = static_cast<core::Reason>(in.varint_up_to(core::kReasons - 1));
  if (reason != core::Reason::none) {
    filter.reason = reason;
  }
  filter.received_from = read_time(in);
  filter.received_to = read_time(in);
  return filter;
}

struct WriteBy {
  Encoder& out;

  void operator()(const ByIdempotencyKey& by) const {
    out.varint(by.keys.size());
    for (const core::Digest128& key : by.keys) {
      out.raw(key);
    }
  }
  void operator()(const ByOrderingKey& by) const { out.bytes(by.key); }
  void operator()(const ByJsonValue& by) const { out.bytes(by.pointer).raw(by.value); }
};

void write(Encoder& out, const EventFilter& filter) {
  write_optional(out, filter.source);
  out.varint(filter.by.index());
  std::visit(WriteBy{out}, filter.by);
}

EventFilter read_event_filter(Decoder& in) {
  EventFilter filter;
  filter.source = read_optional(in, kMax32);
  switch (in.varint_up_to(std::variant_size_v<decltype(filter.by)> - 1)) {
    case 0: {
      ByIdempotencyKey by;
      const std::uint64_t count = in.varint_up_to(kKeysMax);
      for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
        by.keys.push_back(in.raw<16>());
      }
      filter.by = std::move(by);
      break;
    }
    case 1:
      filter.by = ByOrderingKey{std::string(in.bytes())};
      break;
    default: {
      ByJsonValue by;
      by.pointer = in.bytes();
      by.value = in.raw<16>();
      filter.by = std::move(by);
    }
  }
  return filter;
}

}  // namespace

std::string_view to_string(JobKind kind) {
  switch (kind) {
    case JobKind::replay:
      return "replay";
    case JobKind::drop:
      return "drop";
    case JobKind::purge:
      return "purge";
  }
  return "?";
}

std::string_view to_string(JobState state) {
  switch (state) {
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::cancelled:
      return "cancelled";
    case JobState::failed:
      return "failed";
  }
  return "?";
}

std::string JobRecord::encode() const {
  Encoder out = journal::versioned();
  out.varint(static_cast<std::uint64_t>(order.kind))
      .varint(order.rate)
      .bytes(order.asked_by)
      .varint(static_cast<std::uint64_t>(state))
      .bytes(failure)
      .time(created)
      .time(finished)
      .varint(end)
      .varint(cursor.destination)
      .varint(cursor.sequence)
      .varint(progress.examined)
      .varint(progress.matched)
      .varint(progress.done)
      .varint(progress.skipped);
  std::visit([&out](const auto& filter) { write(out, filter); }, order.filter);
  return out.take();
}

core::Result<JobRecord> JobRecord::decode(JobNumber number, std::string_view text) {
  return journal::decode_record<JobRecord>(text, "job", [number](Decoder& in, JobRecord& record) {
    record.number = number;
    record.order.kind = static_cast<JobKind>(in.varint_up_to(2));
    record.order.rate = in.varint();
    record.order.asked_by = in.bytes();
    record.state = static_cast<JobState>(in.varint_up_to(3));
    record.failure = in.bytes();
    record.created = in.time();
    record.finished = in.time();
    record.end = in.varint();
    record.cursor.destination = static_cast<std::uint32_t>(in.varint_up_to(kMax32));
    record.cursor.sequence = in.varint();
    record.progress.examined = in.varint();
    record.progress.matched = in.varint();
    record.progress.done = in.varint();
    record.progress.skipped = in.varint();
    if (record.order.kind == JobKind::purge) {
      record.order.filter = read_event_filter(in);
    } else {
      record.order.filter = read_delivery_filter(in);
    }
  });
}

core::Result<std::vector<JobRecord>> read_jobs(const journal::Readable& readable) {
  std::vector<JobRecord> jobs;
  core::Result<void> outcome;
  const std::string prefix(journal::keys::kJobPrefix);
  const auto scanned = readable.scan(
      journal::Table::meta, prefix, journal::keys::after(prefix), journal::Direction::forward,
      [&](std::string_view key, std::string_view value) {
        auto job = JobRecord::decode(journal::keys::parse_job(key).value_or(0), value);
        if (!job) {
          outcome = std::unexpected(std::move(job).error());
          return false;
        }
        jobs.push_back(*std::move(job));
        return true;
      });
  if (!scanned || !outcome) {
    return std::unexpected(!scanned ? scanned.error() : outcome.error());
  }
  return jobs;
}

core::Result<std::optional<JobRecord>> read_job(const journal::Readable& readable,
                                                JobNumber number) {
  const auto stored = readable.get(journal::Table::meta, journal::keys::job(number));
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::nullopt;
  }
  auto job = JobRecord::decode(number, **stored);
  if (!job) {
    return std::unexpected(std::move(job).error());
  }
  return *std::move(job);
}

}  // namespace spillway::retry
