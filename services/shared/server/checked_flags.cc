#include "services/shared/server/checked_flags.h"

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace causeway::server {
namespace {

constexpr int kUsageExitCode = 2;

}  // namespace

void RefuseUsage(absl::string_view message) {
  std::cerr << message << "\n(--help explains the flags)\n";
  std::exit(kUsageExitCode);
}

void RefuseFlag(absl::string_view flag, absl::string_view why) {
  RefuseUsage(absl::StrCat("--", flag, ": ", why));
}

int InRange(const absl::Flag<int>& flag, int min, int max) {
  const int value = absl::GetFlag(flag);
  if (value < min || value > max) {
    RefuseFlag(absl::GetFlagReflectionHandle(flag).Name(),
               absl::StrCat(value, " is not from ", min, " to ", max));
  }
  return value;
}

absl::Duration MillisecondsInRange(const absl::Flag<int>& flag, int min,
                                   int max) {
  return absl::Milliseconds(InRange(flag, min, max));
}

}  // namespace causeway::server
