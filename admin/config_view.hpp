// The configuration in use as operators are shown it: what was read when, and from it what makes a
// question's answer understandable; never a secret. Made by app; plain data.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"

namespace spillway::admin {

// What came of a reload that was taken.
struct Reloaded {
  // Keys that were changed since the start and keep their old value until the next one.
  std::vector<std::string> needs_restart{};
};

struct ConfigView {
  struct Reload {
    core::Time at{};
    std::string error{};                       // empty: it was taken
    std::vector<std::string> needs_restart{};  // keys of what was last taken
  };
  struct Source {
    std::string name{};
    std::string kind{};
    std::string path{};
    std::string ack{};
  };
  struct Destination {
    std::string name{};
    std::string url{};  // http::Url::printable(): a query may hold secrets
    std::string order{};
    std::size_t max_in_flight = 0;
    std::optional<double> rate_per_second{};
    core::Duration give_up_after{};
    std::optional<core::Duration> ttl{};
    double lag_objective = 0;
    core::Duration lag_within{};
  };
  struct Route {
    std::string name{};
    std::string from{};
    std::vector<std::string> to{};
    std::size_t conditions = 0;
    bool otherwise = false;
  };

  std::string file{};  // empty: it stands in none
  core::Time loaded_at{};
  std::optional<Reload> last_reload{};
  std::vector<Source> sources{};
  std::vector<Destination> destinations{};
  std::vector<Route> routes{};
};

}  // namespace spillway::admin
