#include "admin/journal_view.hpp"
#include "admin/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::admin {

core::Result<JournalView> JournalView::open(const journal::Store& store) {
  JournalView opened(store.view());
  auto sources = opened.reader_.sources();
  if (!sources) {
    return std::unexpected(std::move(sources).error());
  }
  auto destinations = opened.reader_.destinations();
  if (!destinations) {
    return std::unexpected(std::move(destinations).error());
  }
  opened.sources_ = *std::move(sources);
  opened.destinations_ = *std::move(destinations);
  opened.destination_names_[journal::kNoDestination] = kNoDestinationName;
  for (const journal::NamedDestinationRecord& destination : opened.destinations_) {
    opened.destination_names_[destination.record.number] = destination.name;
  }
  return opened;
}

std::string_view JournalView::source_name(journal::SourceNumber number) const {
  const auto found = sources_.find(number);
  return found == sources_.end() ? "?" : std::string_view(found->second);
}

std::string_view JournalView::destination_name(journal::DestinationNumber number) const {
  const auto found = destination_names_.find(number);
  return found == destination_names_.end() ? "?" : found->second;
}

core::Result<journal::SourceNumber> JournalView::source(std::string_view name) const {
  const auto found = std::ranges::find_if(
      sources_, [name](const auto& numbered) { return numbered.second == name; });
  if (found == sources_.end()) {
    return not_found(fmt::format("no source is called \"{}\"", name));
  }
  return found->first;
}

core::Result<journal::DestinationNumber> JournalView::destination(std::string_view name) const {
  for (const auto& [number, known] : destination_names_) {
    if (known == name) {
      return number;
    }
  }
  return not_found(fmt::format("no destination is called \"{}\"", name));
}

core::Result<journal::Sequence> JournalView::event(const core::EventId& id) const {
  const auto sequence = reader_.sequence_of(id);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  if (!*sequence) {
    return not_found(
        fmt::format("this node does not have the event {}: the node with the tag "
                    "{:04x} accepted it, or its retention has passed",
                    id.to_string(), id.node_tag()));
  }
  return **sequence;
}

}  // namespace spillway::admin
