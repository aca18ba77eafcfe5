// The two destinations of a demo, on a thread and an io_context of their own: one healthy, one
// that fails every third request and can be down altogether. Made and asked by the main thread.
#pragma once

#include <memory>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "app/demo_setup.hpp"
#include "app/sink_server.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace spillway::app {

class DemoSinks {
 public:
  enum class Flaky { failing, down, well };

  // Both outlive the sinks.
  [[nodiscard]] static core::Result<std::unique_ptr<DemoSinks>> start(const DemoSecrets& secrets,
                                                                      const core::Clock& clock,
                                                                      core::Random& random);
  ~DemoSinks() { stop(); }
  DemoSinks(const DemoSinks&) = delete;
  DemoSinks& operator=(const DemoSinks&) = delete;

  [[nodiscard]] std::uint16_t healthy_port() const { return healthy_->port(); }
  [[nodiscard]] std::uint16_t flaky_port() const { return flaky_->port(); }

  void set_flaky(Flaky state);

  // Ends the thread; what was received may be read from then on.
  void stop();
  [[nodiscard]] const SinkLedger& healthy() const { return healthy_->ledger(); }
  [[nodiscard]] const SinkLedger& flaky() const { return flaky_->ledger(); }

 private:
  DemoSinks() = default;

  boost::asio::io_context io_{1};
  std::shared_ptr<SinkServer> healthy_;
  std::shared_ptr<SinkServer> flaky_;
  std::thread thread_;
};

}  // namespace spillway::app
