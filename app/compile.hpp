// Turns a configuration into what the running parts use: the front door's plan and the engines'
// lanes. Fails as a whole, so that a bad file changes nothing. Any thread but an io thread, since
// it reads certificates.
#pragma once

#include <memory>
#include <vector>

#include "admin/access.hpp"
#include "config/config.hpp"
#include "core/error.hpp"
#include "delivery/engine.hpp"
#include "gateway/plan.hpp"
#include "gateway/probe.hpp"
#include "http/client_tls.hpp"
#include "journal/operate.hpp"

namespace spillway::app {

// Who may ask the admin listener of this configuration.
// The names that the journal is to give numbers.
[[nodiscard]] std::vector<std::string> source_names(const config::Config& config);
[[nodiscard]] std::vector<std::string> destination_names(const config::Config& config);

[[nodiscard]] admin::AccessOptions admin_access(const config::Config& config);

struct Compiled {
  std::shared_ptr<const gateway::Plan> plan;
  std::vector<delivery::LaneSetup> lanes;
};

// `names` are the numbers the journal gave to the sources and destinations of this configuration.
[[nodiscard]] core::Result<Compiled> compile(const config::Config& config,
                                             const journal::Names& names, gateway::Probe& probe,
                                             http::ClientTlsStore& tls);

}  // namespace spillway::app
