// A checkpoint: the node's journal as it was at one instant, beside the journal on the same disk,
// for somebody to copy from while the node goes on. One at a time, for it keeps on the disk what
// the journal lets go. A port that app implements: it is files that are frozen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace spillway::admin {

struct Checkpoint {
  std::string directory;  // absolute, of the shape of a data_dir
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

// Called from one thread, where it may take seconds.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;

  // Everything acknowledged before the call is in it. One that stands is a `conflict`, or goes.
  virtual core::Result<Checkpoint> make(bool replace) = 0;

  // False: there was none.
  virtual core::Result<bool> remove() = 0;
};

}  // namespace spillway::admin
