// Structured log: one line per terminal fact, JSON or text, to standard error. `error` means a
// person must act. Never bodies, secrets, tokens or a URL's query. Any thread; a line is written
// whole.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace spillway::core {

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { json, text };

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

void configure_log(LogLevel level, LogFormat format);
[[nodiscard]] bool log_enabled(LogLevel level);

// log(LogLevel::info, "event.accepted", {{"source", name}, {"count", 3}});
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace spillway::core
