#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_METER_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_METER_H_

#include <cstdint>

#include "absl/time/time.h"

namespace causeway::push {

// For how much of the time there was something to do lately. `now` is always
// that of the monotonic clock.
//
// Thread-compatible.
class LoadMeter {
 public:
  LoadMeter(absl::Duration window, absl::Duration now)
      : window_(window), window_begin_(now), counted_until_(now) {}

  // So many more, or less, are to be done.
  void Add(int64_t count, absl::Duration now);

  // Of the last whole window: 0 to 1.
  double Load(absl::Duration now);

 private:
  void CountUntil(absl::Duration now);

  const absl::Duration window_;
  int64_t to_do_count_ = 0;
  absl::Duration window_begin_;
  absl::Duration counted_until_;
  absl::Duration busy_;  // Of what is counted of the window.
  double load_ = 0;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_LOAD_METER_H_
