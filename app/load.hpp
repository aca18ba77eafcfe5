// Posts the requests of a factory to one URL: a number of them or for a time, at a rate or as fast
// as the answers come, on as many kept connections as are allowed at once. The load generator of
// `send` and `demo`. One io_context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/http_link.hpp"
#include "app/latencies.hpp"
#include "app/request_factory.hpp"
#include "core/clock.hpp"
#include "http/async.hpp"

namespace spillway::app {

struct LoadOptions {
  std::uint64_t count = 0;                            // 0: until `lasting` or stop()
  double rate = 0;                                    // requests per second; 0: no pause
  std::size_t concurrency = 1;                        // connections
  core::Duration timeout = std::chrono::seconds(30);  // of one request
  std::optional<core::Duration> lasting;
};

struct LoadReport {
  static constexpr std::size_t kErrorsMax = 8;  // different ones; others are counted as "other"

  std::uint64_t requests = 0;  // ended, one way or the other
  std::map<int, std::uint64_t> statuses;
  std::uint64_t events = 0;      // in accepted requests, as the gateway counted them
  std::uint64_t duplicates = 0;  // requests answered as known already, where the answer says so
  std::map<std::string, std::uint64_t> errors;
  bool reached = false;  // somebody answered at least once
  // With a rate counted from when a request was due, so that a stall is seen in full.
  Latencies latencies;
  core::Duration took{};
  std::optional<Reply> last;  // the answer to the last one

  [[nodiscard]] bool all_accepted() const;
};

class Load {
 public:
  // All outlive the load.
  Load(Origin& origin, RequestFactory& factory, const core::Clock& clock, LoadOptions options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Once; returns when every request has ended.
  [[nodiscard]] http::Awaitable<> run();

  // No further requests; what is under way may end. Called again: it is given up, too.
  void stop();

  [[nodiscard]] const LoadReport& report() const { return report_; }

 private:
  struct Worker;

  [[nodiscard]] http::Awaitable<> work(Worker* worker);
  [[nodiscard]] bool finished() const;
  void record(core::Result<Reply> reply, core::Duration latency);

  Origin* origin_;
  RequestFactory* factory_;
  const core::Clock* clock_;
  LoadOptions options_;
  LoadReport report_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t working_ = 0;
  http::Timer ended_;  // never fires; cancelled when the last worker has ended
  http::Deadline started_{};
  std::uint64_t begun_ = 0;
  bool stopping_ = false;
};

}  // namespace spillway::app
