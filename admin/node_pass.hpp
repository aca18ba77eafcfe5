// The proof on a question that one node passes on to another: what is asked, by whom, and when,
// signed with the secret that the nodes of a cluster share. The secret itself is never sent, and a
// pass is of use at the node it was made for only: whoever makes another node's address point at
// himself gets no more than the question. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "admin/role.hpp"
#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/error.hpp"

namespace spillway::admin {

inline constexpr std::string_view kNodePassHeader = "Spillway-Node-Pass";
// Of the body, which is not there yet when a pass is checked (RFC 9530).
inline constexpr std::string_view kDigestHeader = "Content-Digest";

// Who passed the question on, and for whom.
struct PassedOn {
  std::string node;
  std::string who;
  Role role = Role::viewing;

  bool operator==(const PassedOn&) const = default;
};

// The request as it is signed.
struct PassedRequest {
  std::string_view method;
  std::string_view target;
  std::string_view content_digest;
  std::uint16_t to = 0;  // the tag of the node that is asked
};

class NodePass {
 public:
  // By how much the clocks of two nodes may differ, the way between them included.
  static constexpr core::Duration kClocksApartMax = std::chrono::seconds(30);

  explicit NodePass(std::string_view secret) : key_(core::HashAlgorithm::sha256, secret) {}

  // The header's value.
  [[nodiscard]] std::string sign(const PassedRequest& request, const PassedOn& passed,
                                 core::Time now) const;
  [[nodiscard]] core::Result<PassedOn> check(std::string_view value, const PassedRequest& request,
                                             core::Time now) const;

 private:
  [[nodiscard]] std::string mac(const PassedRequest& request, std::string_view claims) const;

  core::Hmac key_;
};

[[nodiscard]] std::string content_digest(std::string_view body);

}  // namespace spillway::admin
