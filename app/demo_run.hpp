// A demo under way: sends the sample traffic, shows once a second how the gateway is doing, lets
// what is left be delivered at the end, and asks for the books. Everything it knows of the gateway
// it learns from outside: the ingest listener, the admin API and the metrics. One io_context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/answer.hpp"
#include "app/demo.hpp"
#include "app/demo_sinks.hpp"
#include "app/http_link.hpp"
#include "app/load.hpp"
#include "core/error.hpp"
#include "http/async.hpp"

namespace spillway::app {

// The books of a node at one moment.
struct DemoBooks {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t pending = 0;
  std::uint64_t dead = 0;
  bool balanced = false;

  [[nodiscard]] static DemoBooks read(const AnswerValue& deliveries);
};

class DemoRun {
 public:
  // All outlive the run.
  DemoRun(Load& load, Origin& admin, DemoSinks& sinks, std::optional<core::Duration> lasting);

  struct Books {
    DemoBooks before;
    DemoBooks after;
  };
  // Until the time is over or stop(), and what follows then. The books at the beginning and at the
  // end, the latter proven by a scan.
  [[nodiscard]] http::Awaitable<core::Result<Books>> run();

  void stop();

 private:
  [[nodiscard]] http::Awaitable<core::Result<Answer>> ask(std::string target);
  [[nodiscard]] http::Awaitable<std::uint64_t> failed_attempts();
  [[nodiscard]] http::Awaitable<core::Result<DemoBooks>> show();
  [[nodiscard]] http::Awaitable<> pass_second();
  [[nodiscard]] http::Awaitable<core::Result<void>> watch();
  [[nodiscard]] http::Awaitable<core::Result<void>> drain();
  void follow_flaky();

  Load* load_;
  HttpLink admin_;
  DemoSinks* sinks_;
  std::optional<core::Duration> lasting_;
  http::Timer second_;
  http::Deadline started_{};
  DemoSinks::Flaky flaky_ = DemoSinks::Flaky::failing;
  bool load_ended_ = false;
  bool stopping_ = false;
};

// The sum of the samples of a counter in exposition text, but for those that hold `except`.
[[nodiscard]] std::uint64_t sum_of_samples(std::string_view exposition, std::string_view name,
                                           std::string_view except);

}  // namespace spillway::app
