#include "admin/node_pass.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "admin/errors.hpp"
#include "core/encoding.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::admin {
namespace {

constexpr std::string_view kVersion = "v1";

struct Claims {
  PassedOn passed;
  core::Time at;
};

std::optional<Role> role_of(std::string_view text) {
  for (const Role role : {Role::viewing, Role::operating}) {
    if (to_string(role) == text) {
      return role;
    }
  }
  return std::nullopt;
}

// "v1;<microseconds since 1970>;<node>;<role>;<who>", names percent-encoded.
std::optional<Claims> parse(std::string_view text) {
  std::array<std::string_view, 5> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t end = text.find(';');
    if ((end == std::string_view::npos) != (i + 1 == fields.size())) {
      return std::nullopt;
    }
    fields[i] = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  std::int64_t micros = 0;
  const std::string_view at = fields[1];
  const auto [end, error] = std::from_chars(at.data(), at.data() + at.size(), micros);
  auto node = core::percent_decoded(fields[2]);
  const auto role = role_of(fields[3]);
  auto who = core::percent_decoded(fields[4]);
  if (fields[0] != kVersion || error != std::errc{} || end != at.data() + at.size() || !node ||
      !role || !who) {
    return std::nullopt;
  }
  return Claims{{*std::move(node), *std::move(who), *role}, core::Time{core::Duration{micros}}};
}

}  // namespace

std::string content_digest(std::string_view body) {
  return fmt::format("sha-256=:{}:", core::to_base64(core::sha256(body)));
}

std::string NodePass::mac(const PassedRequest& request, std::string_view claims) const {
  // None of the parts has a line break.
  const std::string to = fmt::format("{:04x}", request.to);
  return core::to_hex(key_.sign({"spillway node pass\n", to, "\n", request.method, "\n",
                                 request.target, "\n", request.content_digest, "\n", claims}));
}

std::string NodePass::sign(const PassedRequest& request, const PassedOn& passed,
                           core::Time now) const {
  const std::string claims = fmt::format("{};{};{};{};{}", kVersion, core::to_micros(now),
                                         core::percent_encoded(passed.node), to_string(passed.role),
                                         core::percent_encoded(passed.who));
  return fmt::format("{};{}", claims, mac(request, claims));
}

core::Result<PassedOn> NodePass::check(std::string_view value, const PassedRequest& request,
                                       core::Time now) const {
  const std::size_t end = value.rfind(';');
  if (end == std::string_view::npos ||
      !core::equal_constant_time(value.substr(end + 1), mac(request, value.substr(0, end)))) {
    return unauthenticated(
        "no node with this cluster's secret (listen.admin.peers) signed that for this one");
  }
  auto claims = parse(value.substr(0, end));
  if (!claims) {
    return unauthenticated("another version of spillway signed that");
  }
  if (const core::Duration apart = std::chrono::abs(now - claims->at); apart > kClocksApartMax) {
    return unauthenticated(
        fmt::format("node {} signed that {} s ago or ahead: set the clocks of the nodes, and "
                    "restart one with spillway_clock_stepped",
                    claims->passed.node, std::chrono::floor<std::chrono::seconds>(apart).count()));
  }
  return std::move(claims->passed);
}

}  // namespace spillway::admin
