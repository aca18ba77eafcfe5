#include "app/open_journal.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "app/ballast.hpp"
#include "app/kafka_spool.hpp"
#include "app/module_options.hpp"
#include "core/log.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {

core::Result<OpenedJournal> open_journal(const config::Config& config, bool accept_loss,
                                         core::Random& random) {
  OpenedJournal journal;
  std::error_code error;
  std::filesystem::create_directories(config.data_dir, error);
  if (error) {
    return core::fail(core::ErrorCode::io, fmt::format("data_dir {} cannot be made: {}",
                                                       config.data_dir, error.message()));
  }
  journal.drain_only = !make_ballast(config.data_dir);
  if (journal.drain_only) {
    core::log(core::LogLevel::error, "disk.full",
              {{"effect", "delivering only, until there is room"}});
  }
  const core::Duration began = core::monotonic_now();
  auto opened = journal::RocksdbStore::open(store_options(config));
  if (!opened) {
    if (opened.error().code == core::ErrorCode::out_of_space) {
      release_ballast(config.data_dir);  // the next start has its space
    }
    return std::unexpected(std::move(opened).error());
  }
  journal.store = *std::move(opened);
  auto recovered = journal::Writer::open(
      *journal.store, {.accept_loss = accept_loss, .has_peers = config.kafka.has_value()}, random);
  if (!recovered) {
    return std::unexpected(std::move(recovered).error());
  }
  journal.writer = *std::move(recovered);
  if (!config.kafka) {
    if (auto at_home = check_custody(*journal.store); !at_home) {
      return std::unexpected(std::move(at_home).error());
    }
  }
  core::log(core::LogLevel::info, "journal.recovered",
            {{"commit", journal.writer->committed()},
             {"pending", journal.writer->stored().in(core::DeliveryState::pending)},
             {"seconds", std::chrono::duration<double>(core::monotonic_now() - began).count()}});
  return journal;
}

}  // namespace spillway::app
