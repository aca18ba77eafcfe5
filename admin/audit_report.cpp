#include "admin/audit_report.hpp"

#include <cstdint>

#include "admin/backlog.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {
namespace {

using core::JsonWriter;
using ByDestination = std::map<std::string, journal::Counts>;

std::uint64_t unaccounted_in(const ByDestination& by_destination) {
  std::uint64_t difference = 0;
  for (const auto& [name, counts] : by_destination) {
    difference += unaccounted(counts);
  }
  return difference;
}

void write_books(JsonWriter& json, bool balanced, const ByDestination& by_destination,
                 core::Time as_of) {
  json.key("balanced").value(balanced);
  json.key("unaccounted").value(unaccounted_in(by_destination));
  json.key("as_of").value(time_text(as_of));
  json.key("destinations").begin_object();
  for (const auto& [name, counts] : by_destination) {
    json.key(name).begin_object();
    write_counts(json, counts);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

JsonWriter audit_report(const ByDestination& by_destination, core::Time as_of) {
  JsonWriter json;
  json.begin_object();
  write_books(json, unaccounted_in(by_destination) == 0, by_destination, as_of);
  json.key("scan").null();
  json.end_object();
  return json;
}

JsonWriter audit_report(const journal::AuditReport& scan, core::Time as_of) {
  JsonWriter json;
  json.begin_object();
  write_books(json, scan.balanced(), scan.by_destination, as_of);
  json.key("scan").begin_object();
  json.key("events").value(scan.events);
  json.key("deliveries").value(scan.deliveries);
  json.key("problem_count").value(scan.problem_count);
  json.key("problems").begin_array();
  for (const std::string& problem : scan.problems) {
    json.value(problem);
  }
  json.end_array();
  json.end_object();
  json.end_object();
  return json;
}

}  // namespace spillway::admin
