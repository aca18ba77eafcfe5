// The port between the metrics endpoint and the text format it answers in; admin_prometheus
// implements it. Admin thread.
#pragma once

#include <string>
#include <string_view>

namespace spillway::admin {

class Exposition {
 public:
  virtual ~Exposition() = default;

  // Every metric of the process, as it stands.
  [[nodiscard]] virtual std::string text() const = 0;
  [[nodiscard]] virtual std::string_view content_type() const = 0;
};

}  // namespace spillway::admin
