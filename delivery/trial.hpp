// What came of one event that was sent to a destination for an operator's eyes, outside the books:
// all that is known, where an attempt keeps only what decides about the delivery. Made by
// HttpSender; plain data, any thread.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/random.hpp"
#include "http/client_response.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::delivery {

enum class TrialFailure {
  ours,      // a limit of this node, or it stops
  dns,       // the name has no address, or nobody says which
  egress,    // the guard allows none of its addresses
  connect,   // nobody takes the connection
  tls,       // no handshake, or the certificate is not to be trusted
  timeout,   // of the connection, or of the response
  exchange,  // the connection ended, or what came is no HTTP response
};
[[nodiscard]] std::string_view to_string(TrialFailure failure);

struct Trial {
  std::uint16_t status = 0;  // 0 when no response arrived
  std::string excerpt{};     // beginning of the response body, bounded
  core::Duration took{};
  std::string address{};                  // and port that was connected to; empty: none
  std::optional<TrialFailure> failure{};  // set when no response arrived
  std::string message{};                  // about the failure
};

[[nodiscard]] Trial trial_of(http::SendResult result, core::Duration took, std::string address);

// A synthetic event that says what it is, in the shape Standard Webhooks recommends.
[[nodiscard]] core::EventPtr make_test_event(std::string_view destination, std::string_view node,
                                             std::uint16_t node_tag, core::Time now,
                                             core::Random& random);

}  // namespace spillway::delivery
