#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_CHECKED_FLAGS_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_CHECKED_FLAGS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/flag.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::server {

// How main reads its flags: each value is checked on the way, and a bad one
// ends the process with 2, naming the flag and what it may be. To be used
// before anything listens.

// Ends the process with 2: `message`, and where help is.
[[noreturn]] void RefuseUsage(absl::string_view message);

// The same: `--flag: why`. For values that only main can judge.
[[noreturn]] void RefuseFlag(absl::string_view flag, absl::string_view why);

// The flag's value, refused when it is not from `min` to `max`.
int InRange(const absl::Flag<int>& flag, int min, int max);

// The same of a flag in milliseconds.
absl::Duration MillisecondsInRange(const absl::Flag<int>& flag, int min,
                                   int max);

// The flag's value: the host:port of another service.
std::string PeerAddress(const absl::Flag<std::string>& flag);

// The flag's value: those of its replicas, at least one, separated by commas.
std::vector<std::string> PeerAddresses(const absl::Flag<std::string>& flag);

// The flag's value: the path of a file that can be read. Empty stays empty.
std::string ReadableFile(const absl::Flag<std::string>& flag);

// The flag's value: the path of a directory. Empty stays empty.
std::string Directory(const absl::Flag<std::string>& flag);

// What `parse` makes of the flag's text (an absl::StatusOr), refused with the
// status's message when it makes nothing of it.
template <typename Parse>
auto Parsed(const absl::Flag<std::string>& flag, Parse parse) {
  auto value = parse(absl::GetFlag(flag));
  if (!value.ok()) {
    RefuseFlag(absl::GetFlagReflectionHandle(flag).Name(),
               value.status().message());
  }
  return *std::move(value);
}

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_CHECKED_FLAGS_H_
