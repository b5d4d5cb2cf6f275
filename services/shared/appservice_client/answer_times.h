// How soon application services (ASes) answer, for curl_appservice_client.cc.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_TIMES_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_TIMES_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace causeway::appservice_client {

enum class Pace { kUnknown, kQuick, kSlow };
inline constexpr size_t kPaceCount = 3;

// Judges an AS by the shortest of its last few answers, not by their mean: when
// this machine is busy everybody's answers take long, which says nothing about
// them, but hardly ever all of one's do.
//
// Thread-compatible.
class AnswerTimes {
 public:
  // Whose answers all take this long is slow.
  explicit AnswerTimes(absl::Duration slow_from) : slow_from_(slow_from) {}

  Pace Of(absl::string_view appservice_uid) const;

  // A request has ended that was `took` under way.
  void Note(absl::string_view appservice_uid, absl::Duration took);

 private:
  static constexpr size_t kLastCount = 4;

  struct Last {
    std::array<absl::Duration, kLastCount> times;
    size_t next = 0;
  };

  const absl::Duration slow_from_;
  absl::flat_hash_map<std::string, Last> last_;  // By the registration's uid.
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_ANSWER_TIMES_H_
