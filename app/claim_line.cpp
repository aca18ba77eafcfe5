#include "app/claim_line.hpp"

#include <utility>

namespace spillway::app {

core::Result<std::unique_ptr<ClaimLine>> ClaimLine::make(http::IoExecutor io,
                                                         core::Executor& executor,
                                                         const core::Clock& clock,
                                                         dedup::ClaimProbe& probe,
                                                         const dedup::RedisOptions& options,
                                                         http::ClientTlsPtr tls, std::string node) {
  auto names = http::Resolver::open(io, {});
  if (!names) {
    return std::unexpected(std::move(names).error());
  }
  return std::unique_ptr<ClaimLine>(new ClaimLine(*std::move(names), io, executor, clock, probe,
                                                  options, std::move(tls), std::move(node)));
}

}  // namespace spillway::app
