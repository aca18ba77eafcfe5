// What operators are told of the configuration: the one in use, and how the last reload went.
// Written by the thread that reloads, read by the admin thread.
#pragma once

#include <mutex>
#include <string>

#include "admin/config_view.hpp"
#include "config/config.hpp"
#include "core/clock.hpp"

namespace spillway::app {

class ToldConfig {
 public:
  // `file`: where it stands; empty: nowhere.
  ToldConfig(const config::Config& config, std::string file, core::Time now);

  void reloaded(const config::Config& config, admin::Reloaded reloaded, core::Time now);
  void refused(std::string error, core::Time now);

  [[nodiscard]] admin::ConfigView view() const;

 private:
  mutable std::mutex mutex_;
  admin::ConfigView view_;
};

}  // namespace spillway::app
