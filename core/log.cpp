#include "core/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <string>

#include "core/json_text.hpp"

namespace spillway::core {
namespace {

std::atomic<LogLevel> current_level{LogLevel::info};
std::atomic<LogFormat> current_format{LogFormat::text};

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("spillway",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
  current_level = level;
  current_format = format;
  sink().set_pattern(format == LogFormat::json
                         ? R"({"time":"%Y-%m-%dT%H:%M:%S.%f","level":"%l",%v})"
                         : "%Y-%m-%d %H:%M:%S.%e %-5l %v",
                     spdlog::pattern_time_type::utc);
}

bool log_enabled(LogLevel level) {
  return level >= current_level.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level) || level == LogLevel::off) {
    return;
  }
  const bool json = current_format.load(std::memory_order_relaxed) == LogFormat::json;
  std::string line = json ? fmt::format(R"("event":"{}")", event) : std::string(event);
  for (const LogField& field : fields) {
    line += json ? fmt::format(R"(,"{}":)", field.key) : fmt::format(" {}=", field.key);
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string_view>) {
            // Quoted in text too: what a peer sent must not be able to fake a line.
            append_json_string(line, value);
          } else {
            line += fmt::to_string(value);
          }
        },
        field.value);
  }
  sink().log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace spillway::core
