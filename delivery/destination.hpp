// A destination as delivery uses it: its number in the journal, its policy, and what is prepared
// from it once. A reload makes new ones; an attempt keeps the one it started with. Immutable, any
// thread.
#pragma once

#include "core/error.hpp"
#include "delivery/options.hpp"
#include "delivery/signer.hpp"
#include "journal/records.hpp"

#include <memory>

namespace spillway::delivery {

struct HttpTarget;  // http_target.hpp

struct Destination {
  journal::DestinationNumber number = journal::kNoDestination;
  DestinationOptions options;
  Signer signer;
  // How HttpSender reaches it; nothing where another Sender is used.
  std::shared_ptr<const HttpTarget> http;
};

using DestinationPtr = std::shared_ptr<const Destination>;

}  // namespace spillway::delivery
