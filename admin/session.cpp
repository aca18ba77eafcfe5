// /v1/session: a token for a cookie, so that a page need not keep the token.
#include <fmt/format.h>

#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/json_members.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"
#include "admin/wrong_token.hpp"
#include "core/encoding.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

constexpr std::size_t kTokenBytesMax = 4096;

core::Result<std::string> read_token(std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {"token"});
  if (!members) {
    return std::unexpected(members.error());
  }
  auto token = members->string("token", kTokenBytesMax);
  if (!token) {
    return std::unexpected(std::move(token).error());
  }
  if (!*token) {
    return invalid("the member \"token\" is missing");
  }
  return **std::move(token);
}

std::string make_secret(core::Random& random) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t bits = random.next();
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes.push_back(static_cast<char>(bits >> shift));
    }
  }
  return core::to_hex(bytes);
}

core::Header cookie(const AdminContext& context, std::string_view secret, core::Duration lifetime) {
  return {"Set-Cookie",
          fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{}", kSessionCookie,
                      secret, std::chrono::floor<std::chrono::seconds>(lifetime).count(),
                      context.access.tls() ? "; Secure" : "")};
}

http::Response describe(const Asker& asker) {
  JsonWriter json;
  json.begin_object();
  json.key("name").value(asker.name);
  json.key("role").value(to_string(asker.role));
  json.key("via").value(to_string(asker.via));
  json.key("expires_at");
  write_time(json, asker.expires_at);
  json.end_object();
  return json_response(std::move(json));
}

}  // namespace

Answer begin_session(AdminContext* context, Call call) {
  if (!context->access.asks_for_tokens()) {
    co_return conflict("no tokens are configured: everybody operates, nobody signs in");
  }
  const auto token = read_token(call.body);
  if (!token) {
    co_return std::unexpected(token.error());
  }
  auto holder = context->access.holder_of(*token);
  if (!holder) {
    co_return refuse_wrong_token(*context, call.head.remote);
  }
  const std::string secret = make_secret(context->random);
  const Asker asker = context->sessions->begin(*std::move(holder), secret, context->clock.now());
  call.note->asker = asker;
  http::Response response = describe(asker);
  response.headers.push_back(cookie(*context, secret, Sessions::kLifetime));
  co_return response;
}

Answer get_session(AdminContext*, Call call) {
  co_return describe(call.asker);
}

Answer end_session(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  if (call.asker.session.empty()) {
    call.note->nothing_asked = true;  // a token has none
  } else {
    context->sessions->end(call.asker.session);
  }
  http::Response response{.status = 204};
  response.headers.push_back(cookie(*context, "", core::Duration{}));
  co_return response;
}

}  // namespace spillway::admin
