// The metrics endpoint's text format, written by prometheus-cpp from the process's own metrics.
// Made by app; admin thread.
#pragma once

#include "admin/exposition.hpp"
#include "core/metrics.hpp"

namespace spillway::admin {

class PrometheusExposition final : public Exposition {
 public:
  // The registry outlives it.
  explicit PrometheusExposition(const core::Registry& registry) : registry_(&registry) {}

  [[nodiscard]] std::string text() const override;
  [[nodiscard]] std::string_view content_type() const override;

 private:
  const core::Registry* registry_;
};

}  // namespace spillway::admin
