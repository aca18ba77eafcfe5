#include "http/client_response.hpp"

namespace spillway::http {

std::string_view to_string(SendStage stage) {
  switch (stage) {
    case SendStage::limit:
      return "limit";
    case SendStage::resolve:
      return "resolve";
    case SendStage::guard:
      return "guard";
    case SendStage::connect:
      return "connect";
    case SendStage::tls:
      return "tls";
    case SendStage::send:
      return "send";
    case SendStage::receive:
      return "receive";
  }
  return "unknown";
}

}  // namespace spillway::http
