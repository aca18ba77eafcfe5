#include "retry/hand_over_desk.hpp"

#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "retry/spool_record.hpp"

#include <memory>
#include <utility>

namespace spillway::retry {

namespace {

journal::GenerationRef generation_of(const journal::OpenDelivery& delivery) {
  return {delivery.ref, delivery.record.generation};
}

}  // namespace

bool HandOverDesk::takes(std::size_t body_bytes) const {
  return parts_.open && under_way_ < kUnderWayMax && parts_.writer.takes(body_bytes);
}

void HandOverDesk::hand_over(delivery::HandedDelivery handed, Callback callback) {
  ++under_way_;
  const journal::GenerationRef delivery = generation_of(handed.delivery);
  if constexpr (core::kPlantedBug == core::PlantedBug::written_before_handing) {
    parts_.writer.write(message_of(handed), parts_.executor, [](const core::Result<void>&) {});
  }
  parts_.commands.submit(std::make_unique<journal::HandOver>(
      parts_.executor, delivery,
      [this, giving = std::move(handed),
       answer = std::move(callback)](core::Result<bool> moved) mutable {
        const bool is_handing = moved.value_or(false);
        answer(is_handing);
        if (is_handing) {
          write(giving);
        } else {
          --under_way_;
        }
      }));
}

OutgoingMessage HandOverDesk::message_of(const delivery::HandedDelivery& handed) const {
  const journal::DeliveryRecord& record = handed.delivery.record;
  SpoolRecord message =
      SpoolRecord::of(handed.event, handed.destination->options.name, record, parts_.node);
  message.paused = handed.paused;
  const core::Duration tier = tier_for(record.due - parts_.clock.now()).value_or(kTiers.front());
  return {parts_.topics.retry(tier), message.encode()};
}

void HandOverDesk::write(const delivery::HandedDelivery& handed) {
  parts_.writer.write(message_of(handed), parts_.executor,
                      [this, delivery = generation_of(handed.delivery)](core::Result<void> result) {
                        written(delivery, result);
                      });
}

void HandOverDesk::written(const journal::GenerationRef& delivery,
                           const core::Result<void>& result) {
  if (!result) {
    parts_.probe.failed();
    if (core::log_enabled(core::LogLevel::debug)) {  // thousands at a time, when Kafka goes away
      core::log(core::LogLevel::debug, "handover.failed",
                {{"sequence", delivery.ref.sequence}, {"error", result.error().message}});
    }
    take_back(delivery);
    return;
  }
  parts_.commands.submit(std::make_unique<journal::ConfirmHandOver>(
      parts_.executor, delivery, [this](core::Result<bool> moved) {
        // Where that was not written, its fate confirms it, or the next start takes it back.
        --under_way_;
        if (moved.value_or(false)) {
          parts_.probe.handed_over();
        }
      }));
}

void HandOverDesk::take_back(const journal::GenerationRef& delivery) {
  parts_.commands.submit(std::make_unique<journal::TakeBack>(
      parts_.executor, std::vector{delivery},
      [this, delivery](core::Result<std::vector<journal::OpenDelivery>> taken) {
        if (!taken) {
          parts_.executor.run_at(parts_.clock.now() + kSecondTry,
                                 [this, delivery] { take_back(delivery); });
          return;
        }
        --under_way_;
        parts_.probe.taken_back(taken->size());
        parts_.taken_back(*std::move(taken));
      }));
}

}  // namespace spillway::retry
