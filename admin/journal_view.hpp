// A frozen state of the journal with the names of its sources and destinations: what one question
// of an operator is answered from, so that an answer never mixes two moments. Made and used on the
// reader; the store outlives it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event_id.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"

namespace spillway::admin {

// The pseudo-destination of events without a route.
inline constexpr std::string_view kNoDestinationName = "-";

class JournalView {
 public:
  static core::Result<JournalView> open(const journal::Store& store);

  [[nodiscard]] const journal::Readable& readable() const { return *view_; }
  [[nodiscard]] const journal::Reader& reader() const { return reader_; }
  [[nodiscard]] const journal::SourceNames& sources() const { return sources_; }
  // In order of their names, without the pseudo-destination.
  [[nodiscard]] const std::vector<journal::NamedDestinationRecord>& destinations() const {
    return destinations_;
  }

  [[nodiscard]] std::string_view source_name(journal::SourceNumber number) const;
  [[nodiscard]] std::string_view destination_name(journal::DestinationNumber number) const;

  // Names and ids of operators; `not_found` says what this node does not have.
  [[nodiscard]] core::Result<journal::SourceNumber> source(std::string_view name) const;
  [[nodiscard]] core::Result<journal::DestinationNumber> destination(std::string_view name) const;
  [[nodiscard]] core::Result<journal::Sequence> event(const core::EventId& id) const;

 private:
  explicit JournalView(std::unique_ptr<journal::View> view)
      : view_(std::move(view)), reader_(*view_) {}

  std::unique_ptr<journal::View> view_;
  journal::Reader reader_;
  journal::SourceNames sources_;
  std::vector<journal::NamedDestinationRecord> destinations_;
  std::map<journal::DestinationNumber, std::string_view> destination_names_;
};

}  // namespace spillway::admin
