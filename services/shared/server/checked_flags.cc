#include "services/shared/server/checked_flags.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/server/peer_address.h"

namespace causeway::server {
namespace {

constexpr int kUsageExitCode = 2;

absl::string_view NameOf(const absl::Flag<std::string>& flag) {
  return absl::GetFlagReflectionHandle(flag).Name();
}

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

std::string PeerAddress(const absl::Flag<std::string>& flag) {
  std::string address = absl::GetFlag(flag);
  if (absl::Status status = CheckPeerAddress(address); !status.ok()) {
    RefuseFlag(NameOf(flag), status.message());
  }
  return address;
}

std::vector<std::string> PeerAddresses(const absl::Flag<std::string>& flag) {
  std::vector<std::string> addresses = absl::StrSplit(absl::GetFlag(flag), ',');
  for (const std::string& address : addresses) {
    if (absl::Status status = CheckPeerAddress(address); !status.ok()) {
      RefuseFlag(NameOf(flag), status.message());
    }
  }
  return addresses;
}

std::string ReadableFile(const absl::Flag<std::string>& flag) {
  std::string path = absl::GetFlag(flag);
  if (!path.empty() && !std::ifstream(path).good()) {
    RefuseFlag(NameOf(flag), absl::StrCat(path, " can't be read"));
  }
  return path;
}

std::string Directory(const absl::Flag<std::string>& flag) {
  std::string path = absl::GetFlag(flag);
  std::error_code error;
  if (!path.empty() && !std::filesystem::is_directory(path, error)) {
    RefuseFlag(NameOf(flag), absl::StrCat(path, " is not a directory"));
  }
  return path;
}

}  // namespace causeway::server
