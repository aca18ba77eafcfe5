#include "http/listener_probe.hpp"

#include <utility>

namespace spillway::http {
namespace {

core::Counter& refused_for(core::Registry& registry, const std::string& listener,
                           std::string reason) {
  return registry.counter("spillway_listener_refused_total",
                          "Requests and connections a listener refused by itself, by reason",
                          {{"listener", listener}, {"reason", std::move(reason)}});
}

}  // namespace

ListenerProbe::ListenerProbe(core::Registry& registry, const std::string& listener)
    : connections_(refused_for(registry, listener, "connections")),
      framing_(refused_for(registry, listener, "framing")),
      head_size_(refused_for(registry, listener, "head_size")),
      body_size_(refused_for(registry, listener, "body_size")),
      memory_(refused_for(registry, listener, "memory")),
      timeout_(refused_for(registry, listener, "timeout")),
      tls_(refused_for(registry, listener, "tls")) {}

void ListenerProbe::refused(int status) {
  switch (status) {
    case 408:
      return timeout_.add();
    case 413:
      return body_size_.add();
    case 414:
    case 431:
      return head_size_.add();
    case 503:
      return memory_.add();
    default:  // 400, 417, 501, 505
      return framing_.add();
  }
}

}  // namespace spillway::http
