#include "services/push_dispatcher/ingest/load_meter.h"

namespace causeway::push {

void LoadMeter::Add(int64_t count, absl::Duration now) {
  CountUntil(now);
  to_do_count_ += count;
}

double LoadMeter::Load(absl::Duration now) {
  CountUntil(now);
  return load_;
}

void LoadMeter::CountUntil(absl::Duration now) {
  if (to_do_count_ > 0) busy_ += now - counted_until_;
  counted_until_ = now;
  const absl::Duration counted = now - window_begin_;
  if (counted < window_) return;
  load_ = absl::FDivDuration(busy_, counted);
  busy_ = absl::ZeroDuration();
  window_begin_ = now;
}

}  // namespace causeway::push
