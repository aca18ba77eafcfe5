#include "tests/simulation/sim_housekeeper.hpp"

#include <map>
#include <memory>
#include <utility>

namespace spillway::simulation {
namespace {

constexpr core::Duration kRoundEvery = std::chrono::minutes(30);

}  // namespace

template <class Value>
const Value* SimHousekeeper::checked(const core::Result<Value>& result) {
  if (!result) {
    world_->violate("retention failed: " + result.error().message);
    return nullptr;
  }
  node_->audit();
  return &*result;
}

void SimHousekeeper::start() {
  for (std::uint32_t i = 0; i < environment_->options.housekeeping_rounds; ++i) {
    environment_->scheduler.run_after(environment_->delay_up_to(environment_->options.span),
                                      [this] { round(); });
  }
}

void SimHousekeeper::keep_on() {
  round();
  environment_->scheduler.run_after(kRoundEvery, [this] { keep_on(); });
}

void SimHousekeeper::round() {
  if (!node_->accepting()) {
    return;
  }
  if (node_->life()->clock.stepped()) {
    environment_->coverage.hit(Mark::retention_waited_for_clock);
    return;
  }
  const bool short_of_space = environment_->strikes(environment_->faults.short_disk);
  const Disk disk = short_of_space ? Disk::short_of_space : Disk::roomy;
  environment_->note("housekeeping", static_cast<std::uint64_t>(disk));
  node_->audit();
  if (!retiring()) {
    retire(disk);
  }
  sweep(disk, {});
  forget_keys();
}

void SimHousekeeper::retire(Disk disk) {
  retiring_in_life_ = node_->lives();
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<journal::Retire>(
      life.reading, environment_->options.retention, disk == Disk::short_of_space,
      [this, disk](const core::Result<journal::Retired>& done) {
        retiring_in_life_ = 0;
        if (const journal::Retired* const result = checked(done)) {
          retired(disk, *result);
        }
      }));
}

void SimHousekeeper::retired(Disk disk, const journal::Retired& done) {
  Coverage& coverage = environment_->coverage;
  if (done.forgotten != 0) {
    coverage.hit(disk == Disk::roomy ? Mark::retired_by_age : Mark::retired_early);
  }
  if (done.kept != 0) {
    coverage.hit(Mark::kept_at_retirement);
  }
  if (done.events != 0 && done.more && node_->accepting()) {
    retire(disk);
  }
}

void SimHousekeeper::sweep(Disk disk, std::string cursor) {
  journal::Retention retention = environment_->options.retention;
  if (disk == Disk::short_of_space) {
    retention.delivered = {};
  }
  SimNode::Life& life = *node_->life();
  life.committer.submit(
      std::make_unique<journal::SweepKept>(life.reading, retention, std::move(cursor),
                                           [this, disk](const core::Result<journal::Swept>& done) {
                                             const journal::Swept* const result = checked(done);
                                             if (result == nullptr) {
                                               return;
                                             }
                                             if (result->forgotten != 0) {
                                               environment_->coverage.hit(Mark::swept);
                                             }
                                             if (!result->cursor.empty() && node_->accepting()) {
                                               sweep(disk, result->cursor);
                                             }
                                           }));
}

void SimHousekeeper::forget_keys() {
  SimNode::Life& life = *node_->life();
  watch_->forgets_keys(life.clock.now());
  if (keys_are_limited()) {
    watch_->forgets_keys_early(life.clock.now());
  }
  const journal::DedupLimit limit{environment_->options.dedup_window,
                                  environment_->options.dedup_bytes_max};
  std::map<journal::SourceNumber, journal::DedupLimit> limits;
  for (std::size_t source = 1; source <= kSources.size(); ++source) {
    limits.emplace(static_cast<journal::SourceNumber>(source), limit);
  }
  life.committer.submit(std::make_unique<journal::ForgetKeys>(
      life.reading, std::move(limits), [this](const core::Result<journal::ForgottenKeys>& done) {
        const journal::ForgottenKeys* const result = checked(done);
        if (result == nullptr) {
          return;
        }
        // A crash may have taken keys, too.
        const bool same_life =
            std::exchange(keys_counted_in_life_, node_->lives()) == node_->lives();
        const std::uint64_t before = std::exchange(key_bytes_, result->bytes_left);
        if (same_life && result->bytes_left < before) {
          environment_->coverage.hit(Mark::keys_forgotten);
        }
        if (result->early != 0) {
          environment_->coverage.hit(Mark::keys_forgotten_early);
          if (!keys_are_limited()) {
            world_->violate("I5: keys were forgotten within their window");
          }
        }
      }));
}

}  // namespace spillway::simulation
