#include "delivery/request_headers.hpp"

#include "core/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace spillway::delivery {

namespace {

constexpr std::array<std::string_view, 13> kConnectionHeaders = {
    "connection",       "content-length",      "expect",  "host",
    "http2-settings",   "keep-alive",          "te",      "proxy-authenticate",
    "proxy-connection", "proxy-authorization", "trailer", "transfer-encoding",
    "upgrade"};

// An upstream's own would not verify against our id and timestamp, signed by us or not.
constexpr std::string_view kStandardSignature = "webhook-signature";
constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kOurPrefix = "spillway-";
constexpr std::array<std::string_view, 5> kOurHeaders = {
    "webhook-id", "webhook-timestamp", kStandardSignature, "x-hub-signature-256", kTraceparent};

bool contains(std::span<const std::string_view> names, std::string_view header_name) {
  return std::ranges::any_of(
      names, [&](std::string_view known) { return core::equal_ignoring_case(known, header_name); });
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_all_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

// The trace the upstream is in, if it sent a well-formed traceparent of version 00.
std::optional<std::string_view> trace_id_of(std::string_view traceparent) {
  if (traceparent.size() != 55 || !traceparent.starts_with("00-") || traceparent[35] != '-' ||
      traceparent[52] != '-') {
    return std::nullopt;
  }
  const std::string_view trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16);
  if (!is_lower_hex(trace) || is_all_zero(trace) || !is_lower_hex(parent) || is_all_zero(parent) ||
      !is_lower_hex(traceparent.substr(53))) {
    return std::nullopt;
  }
  return trace;
}

// A span of its own for each attempt: in the upstream's trace, or else in a new one.
std::string make_traceparent(const core::Event& event, core::Random& random) {
  const std::uint64_t span = random.next() | 1;  // all zero is not allowed
  const std::string_view kept = core::find_header(event.headers, kTraceparent).value_or("");
  if (const auto trace = trace_id_of(kept)) {
    return fmt::format("00-{}-{:016x}-{}", *trace, span, kept.substr(53));
  }
  return fmt::format("00-{:016x}{:016x}-{:016x}-01", random.next() | 1, random.next(), span);
}

// Adds those whose name is not taken yet; several of one name, if they come together.
void add_missing(std::vector<core::Header>& headers, std::span<const core::Header> more) {
  const std::size_t taken = headers.size();
  for (const core::Header& header : more) {
    const std::span earlier(headers.data(), taken);
    if (!belongs_to_connection(header.name) && !core::find_header(earlier, header.name) &&
        !core::equal_ignoring_case(header.name, kStandardSignature)) {
      headers.push_back(header);
    }
  }
}

}  // namespace

bool belongs_to_connection(std::string_view header_name) {
  return contains(kConnectionHeaders, header_name);
}

bool is_ours(std::string_view header_name) {
  return contains(kOurHeaders, header_name) ||
         core::equal_ignoring_case(header_name.substr(0, kOurPrefix.size()), kOurPrefix);
}

std::vector<core::Header> request_headers(const SendRequest& request, core::Time now,
                                          core::Random& random) {
  const core::Event& event = *request.event;
  const Destination& destination = *request.destination;
  std::vector<core::Header> headers =
      destination.signer.sign(event.id.to_string(), now, event.body);
  headers.push_back({"Spillway-Attempt", fmt::format("{}", request.attempt)});
  headers.push_back({"Spillway-Source", event.source});
  if (request.sequence) {
    headers.push_back({"Spillway-Sequence", fmt::format("{}", *request.sequence)});
  }
  if (request.out_of_order) {
    headers.push_back({"Spillway-Out-Of-Order", "1"});
  }
  if (request.test) {
    headers.push_back({"Spillway-Test", "1"});
  }
  headers.push_back({std::string(kTraceparent), make_traceparent(event, random)});
  add_missing(headers, destination.options.headers);
  const std::array<core::Header, 1> who{{{"User-Agent", "Spillway"}}};
  add_missing(headers, who);
  add_missing(headers, event.headers);
  return headers;
}

}  // namespace spillway::delivery
