#include "gateway/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/headers.hpp"
#include "gateway/hmac_source.hpp"
#include "gateway/open_source.hpp"
#include "gateway/whatsapp.hpp"

namespace spillway::gateway {
namespace {

core::Result<std::unique_ptr<Source>> make_kind(SourceOptions options) {
  switch (options.kind) {
    case SourceKind::whatsapp:
      return WhatsappSource::make(std::move(options));
    case SourceKind::hmac:
      return HmacSource::make(std::move(options));
    case SourceKind::open:
      return OpenSource::make(std::move(options));
  }
  return core::fail(core::ErrorCode::invalid_argument, "unknown kind");
}

// "ce-*" stands for the attributes of CloudEvents' binary mode.
bool is_always_kept(std::string_view name) {
  return core::equal_ignoring_case(name, "content-type") ||
         core::equal_ignoring_case(name, "traceparent") ||
         core::equal_ignoring_case(name.substr(0, 3), "ce-");
}

bool contains_name(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(
      names, [name](const std::string& known) { return core::equal_ignoring_case(known, name); });
}

}  // namespace

core::Result<std::unique_ptr<Source>> make_source(SourceOptions options) {
  if (options.path.empty()) {
    options.path = "/in/" + options.name;
  }
  const std::string name = options.name;
  auto source = make_kind(std::move(options));
  if (!source) {
    return std::unexpected(
        std::move(source.error()).in_context(fmt::format("source \"{}\"", name)));
  }
  return source;
}

Source::Source(SourceOptions options, std::vector<std::string> signature_headers)
    : options_(std::move(options)), signature_headers_(std::move(signature_headers)) {}

std::optional<Handshake> Source::handshake(const Request&) const {
  return std::nullopt;
}

std::vector<core::Header> Source::kept_headers(const Request& request, const Unit& unit) const {
  const bool untouched = !unit.envelope;
  std::vector<core::Header> kept;
  for (const core::Header& header : request.headers) {
    const bool signs = contains_name(signature_headers_, header.name);
    if (signs ? untouched
              : is_always_kept(header.name) || contains_name(options_.keep_headers, header.name)) {
      kept.push_back(header);
    }
  }
  return kept;
}

std::string_view Source::methods() const {
  return options_.kind == SourceKind::whatsapp ? "GET, POST" : "POST";
}

std::uint16_t Source::ack_status() const {
  // Meta takes anything but 200 for a failure.
  return options_.ack_status.value_or(options_.kind == SourceKind::whatsapp ? 200 : 202);
}

core::Duration Source::dedup_window() const {
  // Meta retries for 7 days: a day of margin.
  constexpr std::chrono::days kWhatsapp{8};
  constexpr std::chrono::days kOthers{3};
  return options_.dedup.window.value_or(options_.kind == SourceKind::whatsapp ? kWhatsapp
                                                                              : kOthers);
}

bool Source::replies_without_body() const {
  return options_.kind == SourceKind::whatsapp;
}

}  // namespace spillway::gateway
