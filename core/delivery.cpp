#include "core/delivery.hpp"

namespace spillway::core {

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending:
      return "pending";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::dead:
      return "dead";
    case DeliveryState::superseded:
      return "superseded";
    case DeliveryState::expired:
      return "expired";
    case DeliveryState::purged:
      return "purged";
  }
  return "?";
}

std::string_view to_string(Custody custody) {
  switch (custody) {
    case Custody::local:
      return "local";
    case Custody::handing:
      return "handing";
    case Custody::kafka:
      return "kafka";
    case Custody::replicating:
      return "replicating";
  }
  return "?";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::exhausted:
      return "exhausted";
    case Reason::rejected:
      return "rejected";
    case Reason::no_route:
      return "no_route";
    case Reason::malformed:
      return "malformed";
    case Reason::ttl:
      return "ttl";
    case Reason::dropped:
      return "dropped";
    case Reason::retention:
      return "retention";
    case Reason::rerouted:
      return "rerouted";
    case Reason::erased:
      return "erased";
    case Reason::newer_version:
      return "newer_version";
    case Reason::duplicate_elsewhere:
      return "duplicate_elsewhere";
  }
  return "?";
}

std::string_view to_string(Order order) {
  switch (order) {
    case Order::none:
      return "none";
    case Order::per_key:
      return "per_key";
    case Order::latest:
      return "latest";
  }
  return "?";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::delivered:
      return "delivered";
    case Outcome::rejected:
      return "rejected";
    case Outcome::deferred:
      return "deferred";
    case Outcome::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace spillway::core
