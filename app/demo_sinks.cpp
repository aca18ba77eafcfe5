#include "app/demo_sinks.hpp"

#include <boost/asio/post.hpp>

namespace spillway::app {
namespace {

constexpr double kFailing = 0.3;

Misbehaviour misbehaviour_of(DemoSinks::Flaky state) {
  Misbehaviour misbehaviour;
  if (state == DemoSinks::Flaky::failing) {
    misbehaviour.fail = kFailing;
  } else if (state == DemoSinks::Flaky::down) {
    misbehaviour.reset_before = 1;
  }
  return misbehaviour;
}

}  // namespace

core::Result<std::unique_ptr<DemoSinks>> DemoSinks::start(const DemoSecrets& secrets,
                                                          const core::Clock& clock,
                                                          core::Random& random) {
  std::unique_ptr<DemoSinks> sinks(new DemoSinks());
  SinkServerOptions options;
  options.verifier.secrets = {secrets.healthy};
  auto healthy = SinkServer::open(sinks->io_.get_executor(), options, clock, random);
  if (!healthy) {
    return std::unexpected(std::move(healthy.error()));
  }
  options.verifier.secrets = {secrets.flaky};
  options.misbehaviour = misbehaviour_of(Flaky::failing);
  auto flaky = SinkServer::open(sinks->io_.get_executor(), options, clock, random);
  if (!flaky) {
    return std::unexpected(std::move(flaky.error()));
  }
  sinks->healthy_ = std::move(*healthy);
  sinks->flaky_ = std::move(*flaky);
  sinks->thread_ = std::thread([&io = sinks->io_] { io.run(); });
  return sinks;
}

void DemoSinks::set_flaky(Flaky state) {
  boost::asio::post(io_, [sink = flaky_, state] { sink->behave(misbehaviour_of(state)); });
}

void DemoSinks::stop() {
  if (!thread_.joinable()) {
    return;
  }
  boost::asio::post(io_, [this] {
    healthy_->stop();
    flaky_->stop();
  });
  thread_.join();
}

}  // namespace spillway::app
