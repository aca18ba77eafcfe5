// Who may ask the admin API: holders of a token, in person, through a session that one of them
// began or through another node of the cluster, and no web page that a browser was led to. Decided
// on the request's head alone. Made from the configuration; a reload changes the tokens. Admin
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/asker.hpp"
#include "admin/node_pass.hpp"
#include "admin/sessions.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/message.hpp"

namespace spillway::admin {

inline constexpr std::string_view kSessionCookie = "spillway_session";

struct TokenOptions {
  std::string name;  // of who holds it, for the trail
  Role role = Role::operating;
  std::string token;

  bool operator==(const TokenOptions&) const = default;
};

struct AccessOptions {
  std::string address;                    // the IP address the admin listener is bound to
  std::vector<TokenOptions> tokens;       // none: everybody operates
  std::vector<std::string> host_names{};  // names it is reached by besides localhost
  bool tls = false;                       // of the listener: cookies are for it only
  std::string peer_secret{};              // of the nodes of this cluster; empty: none may ask
  std::uint16_t node_tag = 0;             // of this one
};

// Whether a token may be that: not empty, and of characters that may stand in its header.
[[nodiscard]] bool can_be_token(std::string_view text);

// Without a token only a loopback address may be listened on, and a token must be one.
[[nodiscard]] core::Result<void> check_exposure(const AccessOptions& options);

class Access {
 public:
  explicit Access(AccessOptions options);

  // Whether the request can come from a page of somebody else's, or under a name of theirs.
  [[nodiscard]] core::Result<void> check_page(const http::RequestHead& head) const;

  // Whose request it is, once its page was checked.
  [[nodiscard]] core::Result<Asker> identify(const http::RequestHead& head,
                                             const Sessions& sessions, core::Time now) const;

  // These hold from now on, instead of those before. Together with the address they have passed
  // check_exposure().
  void take_tokens(std::vector<TokenOptions> tokens);

  // Whether who was let in before would be now, as whom he was: under that name, in that role and
  // by that token.
  [[nodiscard]] bool still_knows(const Asker& asker) const;

  // Whether that is why identify() refuses the request: the token it brings is nobody's.
  [[nodiscard]] bool brings_wrong_token(const http::RequestHead& head) const;

  // Whose token that is.
  [[nodiscard]] std::optional<Asker> holder_of(std::string_view token) const;

  [[nodiscard]] bool asks_for_tokens() const { return !holders_.empty(); }
  [[nodiscard]] bool tls() const { return tls_; }

 private:
  [[nodiscard]] core::Result<Asker> passed_on(const http::RequestHead& head, std::string_view pass,
                                              core::Time now) const;
  [[nodiscard]] core::Result<void> check_host(std::string_view host) const;

  std::vector<std::string> hosts_;
  bool any_address_;  // listens on all of them
  bool tls_;
  std::vector<Asker> holders_;
  std::optional<NodePass> pass_;
  std::uint16_t node_tag_;
};

}  // namespace spillway::admin
