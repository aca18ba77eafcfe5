// The dashboard's files, as its build made them (dashboard/stage.cmake) and this binary holds them.
// They live as long as the process; any thread.
#pragma once

#include <span>

#include "admin/dashboard.hpp"

namespace spillway::dashboard {

[[nodiscard]] std::span<const admin::DashboardFile> dashboard_files();

}  // namespace spillway::dashboard
