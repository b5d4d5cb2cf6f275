#ifndef CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_COUNT_H_
#define CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_COUNT_H_

#include <atomic>
#include <cstdint>

#include "services/homeserver/ephemeral/ephemeral_position.h"

namespace causeway::homeserver {

// Numbers the changes of what lives in memory alone.
//
// Thread-safe.
class EphemeralCount {
 public:
  // `epoch` as in EphemeralPosition: another one for each process.
  explicit EphemeralCount(int64_t epoch) : epoch_(epoch) {}

  // To be taken and made visible under the lock of what changes: then a reader
  // that has Last() from before its own lock misses nothing.
  int64_t Next() { return ++last_; }
  EphemeralPosition Last() const { return {.epoch = epoch_, .number = last_}; }

  // How much of our changes somebody knows who stands at `position`.
  int64_t Known(const EphemeralPosition& position) const {
    return position.epoch == epoch_ ? position.number : 0;
  }

 private:
  const int64_t epoch_;
  std::atomic<int64_t> last_ = 0;
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_EPHEMERAL_EPHEMERAL_COUNT_H_
