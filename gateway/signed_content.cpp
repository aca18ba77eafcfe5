#include "gateway/signed_content.hpp"

#include <fmt/format.h>

#include "core/headers.hpp"

namespace spillway::gateway {
namespace {

constexpr std::string_view kHeader = "header:";

}  // namespace

core::Result<SignedContent> SignedContent::compile(std::string_view pattern) {
  const auto refuse = [pattern](std::string_view why) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("\"content\" is \"{}\": {}", pattern, why));
  };
  SignedContent content;
  bool body_seen = false;
  for (std::string_view rest = pattern; !rest.empty();) {
    auto& pieces = body_seen ? content.after_ : content.before_;
    const std::size_t open = rest.find('{');
    if (open != 0) {
      pieces.push_back({std::string(rest.substr(0, open)), false});
      rest.remove_prefix(std::min(open, rest.size()));
      continue;
    }
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) {
      return refuse("a \"{\" is never closed");
    }
    const std::string_view name = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (name == "body" && !body_seen) {
      body_seen = true;
    } else if (name.starts_with(kHeader) && name.size() > kHeader.size()) {
      content.headers_.emplace_back(name.substr(kHeader.size()));
      pieces.push_back({content.headers_.back(), true});
    } else {
      return refuse("expected {header:NAME} and, exactly once, {body}");
    }
  }
  if (!body_seen) {
    return refuse("without {body} a signature would fit any body");
  }
  return content;
}

std::optional<SignedContent::Frame> SignedContent::around_body(
    std::span<const core::Header> headers) const {
  bool complete = true;
  const auto filled = [&](const std::vector<Piece>& pieces) {
    std::string text;
    for (const Piece& piece : pieces) {
      const auto value = piece.is_header ? core::find_header(headers, piece.text)
                                         : std::optional<std::string_view>(piece.text);
      complete = complete && value.has_value();
      text += value.value_or("");
    }
    return text;
  };
  Frame frame{filled(before_), filled(after_)};
  return complete ? std::optional(std::move(frame)) : std::nullopt;
}

}  // namespace spillway::gateway
