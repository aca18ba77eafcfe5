// Which build this is: shown by `spillway version`, told by the admin API and by the metrics. Any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace spillway::app {

// Such as "0.1.0".
[[nodiscard]] std::string_view version();

// Version, commit where it is known, compiler and libraries, for people.
[[nodiscard]] std::string build_description();

}  // namespace spillway::app
