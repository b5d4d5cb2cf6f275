#ifndef CAUSEWAY_SERVICES_GATEWAY_HEARD_APPSERVICES_H_
#define CAUSEWAY_SERVICES_GATEWAY_HEARD_APPSERVICES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"

namespace causeway::gateway {

// Which application services made an authenticated request since this was last
// looked at. For every request it is one look into a table of fixed size; when
// two uids want the same place the later one has it, which costs the other a
// report.
//
// Thread-safe. Nothing waits.
class HeardAppservices {
 public:
  // What a report may hold; more uids than this share places.
  static constexpr size_t kUidsMax = 8192;

  // `uid` is the registry's; what isn't a number is ignored.
  void Heard(absl::string_view uid);
  // It said by a ping that it listens.
  void Pinged(absl::string_view uid);

  // All of them, each once, and begins anew.
  push::v1::ReportSignsOfLifeRequest Take();

 private:
  // The uid, times two, and one more for a ping. 0: nobody.
  std::array<std::atomic<uint64_t>, kUidsMax> places_ = {};
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HEARD_APPSERVICES_H_
