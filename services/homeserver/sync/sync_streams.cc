#include "services/homeserver/sync/sync_streams.h"

#include <utility>

namespace causeway::homeserver {

SyncStreams::SyncStreams(SyncStream::Handler handler,
                         server::Executor& executor)
    : handler_(std::move(handler)), executor_(executor) {}

SyncStream* SyncStreams::Open() {
  const std::shared_ptr<SyncStream> stream =
      SyncStream::Start(handler_, executor_);
  bool draining = false;
  {
    absl::MutexLock lock(&mu_);
    std::erase_if(streams_, [](const std::weak_ptr<SyncStream>& other) {
      return other.expired();
    });
    streams_.push_back(stream);
    draining = draining_;
  }
  if (draining) stream->Drain();
  return stream.get();
}

void SyncStreams::Drain() {
  std::vector<std::weak_ptr<SyncStream>> streams;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    streams.swap(streams_);
  }
  for (const std::weak_ptr<SyncStream>& weak : streams) {
    if (const std::shared_ptr<SyncStream> stream = weak.lock()) stream->Drain();
  }
}

}  // namespace causeway::homeserver
