#include "services/shared/registry_watch/registry_watcher.h"

#include <grpcpp/impl/codegen/channel_interface.h>

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/registry_watch/watch_assembler.h"
#include "services/shared/registry_watch/watch_stream.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::registry_watch {

namespace pb = causeway::registry::v1;

RegistryWatcher::RegistryWatcher(
    Options options, const std::shared_ptr<grpc::ChannelInterface>& channel,
    const Clock& clock, LatestSnapshot& latest, WatchMetrics& metrics)
    : options_(options),
      clock_(clock),
      latest_(latest),
      metrics_(metrics),
      thread_([this, channel] { Run(channel); }) {}

RegistryWatcher::~RegistryWatcher() {
  stop_.Notify();
  {
    absl::MutexLock lock(&mu_);
    if (stream_ != nullptr) stream_->Cancel();
  }
  thread_.join();
}

void RegistryWatcher::Run(
    const std::shared_ptr<grpc::ChannelInterface>& channel) {
  std::unique_ptr<pb::Registry::StubInterface> stub =
      pb::Registry::NewStub(channel);
  WatchAssembler assembler;
  absl::BitGen bitgen;
  absl::Duration backoff = options_.backoff_min;
  do {
    pb::WatchRequest request;
    request.set_since_revision(assembler.revision());
    request.set_with_secrets(options_.with_secrets);
    assembler.StartStream();
    bool followed = false;
    absl::Status ended;
    {
      WatchStream stream(*stub, std::move(request));
      SetStream(&stream);
      ended = Follow(stream, assembler, followed);
      SetStream(nullptr);
    }
    if (stop_.HasBeenNotified()) return;
    metrics_.Interrupted();
    if (assembler.revision() == 0) {
      log::Warning("no word from the registry yet; whatever it decides waits",
                   {{"error", ended}});
    } else {
      log::Warning("lost the registry; the last snapshot stays in force",
                   {{"revision", assembler.revision()}, {"error", ended}});
    }
    // Jitter, so that after a restart not all consumers come at one moment.
    backoff = followed ? options_.backoff_min
                       : std::min(2 * backoff, options_.backoff_max);
  } while (!stop_.WaitForNotificationWithTimeout(
      backoff * absl::Uniform(bitgen, 0.5, 1.0)));
}

absl::Status RegistryWatcher::Follow(WatchStream& stream,
                                     WatchAssembler& assembler,
                                     bool& followed) {
  while (!stop_.HasBeenNotified()) {
    CAUSEWAY_ASSIGN_OR_RETURN(pb::WatchResponse message,
                              stream.Next(options_.silence_max));
    metrics_.MessageReceived(clock_.Now());
    if (message.complete() && !followed) {
      followed = true;
      log::Info("following the registry", {{"revision", message.revision()}});
    }
    absl::StatusOr<std::shared_ptr<const RegistrySnapshot>> snapshot =
        assembler.Take(std::move(message));
    if (!snapshot.ok()) {
      metrics_.RevisionUnusable();
      log::Error(
          "a revision of the registry is unusable; the last usable one "
          "stays in force",
          {{"revision", assembler.revision()}, {"error", snapshot.status()}});
    } else if (*snapshot != nullptr) {
      metrics_.RevisionReached((*snapshot)->revision(),
                               (*snapshot)->registration_count());
      latest_.Set(*std::move(snapshot));
    }
  }
  return absl::CancelledError("the watcher is being destroyed");
}

void RegistryWatcher::SetStream(WatchStream* stream) {
  absl::MutexLock lock(&mu_);
  stream_ = stream;
  // The destructor may have come and gone past before this.
  if (stream != nullptr && stop_.HasBeenNotified()) stream->Cancel();
}

}  // namespace causeway::registry_watch
