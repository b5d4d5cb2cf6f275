// A registry full of application services: what registering takes, what a
// change takes to reach those who watch, and what they are sent; ../runner
// starts what it needs and tells what it prints.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/channel.h"
#include "tests/bench/registry/appservices.h"
#include "tests/bench/registry/consumer.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/resident_bytes.h"
#include "tests/bench/shared/sample_line.h"

ABSL_FLAG(int, appservices, 10000, "How many are registered, 1 to 100000.");
ABSL_FLAG(int, consumers, 5, "How many watch, 1 to 20.");
ABSL_FLAG(double, seconds, 10, "How long changes are made one by one.");
ABSL_FLAG(std::string, registry, "", "gRPC address.");
ABSL_FLAG(int, registry_pid, 0, "Whose memory counts.");
ABSL_FLAG(std::string, row, "", "For the runner; there is only one.");

namespace causeway::bench {
namespace {

namespace pb = causeway::registry::v1;

// What one that reconnects has missed.
constexpr int kMissedChanges = 100;
constexpr int kChecks = 500;
// So that neighbours don't follow each other.
constexpr int kStride = 7919;

double Milliseconds(absl::Duration duration) {
  return absl::ToDoubleMilliseconds(duration);
}

class Run {
 public:
  Run()
      : count_(absl::GetFlag(FLAGS_appservices)),
        channel_(server::MakeChannel(absl::GetFlag(FLAGS_registry))),
        appservices_(channel_) {
    if (count_ < 1 || count_ > 100000) Die("--appservices must be 1 to 100000");
    const int consumers = absl::GetFlag(FLAGS_consumers);
    if (consumers < 1 || consumers > 20) Die("--consumers must be 1 to 20");
  }

  void Measure() {
    Fill();
    Watch();
    Reconnect();
    Decide();
    PrintSample("row", values_);
  }

 private:
  void Fill() {
    appservices_.CreateGrants(count_);
    const Appservices::Registered all = appservices_.RegisterAll(count_);
    revision_ = all.revision;
    values_.emplace_back("registrations_per_second",
                         count_ / absl::ToDoubleSeconds(all.time));
  }

  void Watch() {
    const absl::Duration begin = clock_.MonotonicNow();
    std::vector<std::unique_ptr<Consumer>> consumers;
    for (int i = 0; i < absl::GetFlag(FLAGS_consumers); ++i) {
      // Connections of their own, as services have.
      consumers.push_back(std::make_unique<Consumer>(
          server::MakeChannel(absl::GetFlag(FLAGS_registry))));
    }
    absl::Duration all_at;
    for (const auto& consumer : consumers) {
      all_at = std::max(all_at, consumer->ReachedAt(revision_));
    }
    values_.emplace_back("snapshot_ms", Milliseconds(all_at - begin));

    const absl::Duration end =
        clock_.MonotonicNow() + absl::Seconds(absl::GetFlag(FLAGS_seconds));
    std::vector<double> delays;
    do {
      Change();
      const absl::Duration answered_at = clock_.MonotonicNow();
      for (const auto& consumer : consumers) {
        const absl::Duration delay =
            consumer->ReachedAt(revision_) - answered_at;
        // Some have it before the answer has come.
        delays.push_back(Milliseconds(std::max(delay, absl::ZeroDuration())));
      }
    } while (clock_.MonotonicNow() < end);
    AddQuantiles("delay", std::move(delays));
    values_.emplace_back("resident_bytes",
                         ResidentBytes(absl::GetFlag(FLAGS_registry_pid)));
  }

  void Reconnect() {
    const int64_t last_seen = revision_;
    for (int i = 0; i < kMissedChanges; ++i) Change();
    const Told missed = Read(last_seen);
    values_.emplace_back("missed_bytes", missed.bytes);
    values_.emplace_back("missed_messages", missed.messages);
    values_.emplace_back("missed_updates", missed.updates);
    const Told all = Read(0);
    values_.emplace_back("snapshot_bytes", all.bytes);
    values_.emplace_back("snapshot_messages", all.messages);
  }

  void Decide() {
    std::vector<double> times;
    for (int i = 0; i < kChecks; ++i) {
      const absl::Duration begin = clock_.MonotonicNow();
      appservices_.Check(count_ + i);
      times.push_back(Milliseconds(clock_.MonotonicNow() - begin));
    }
    AddQuantiles("decision", std::move(times));
  }

  // Replaces a registration by one with other namespaces.
  void Change() {
    ++changes_;
    const int number =
        static_cast<int>(int64_t{changes_} * kStride % int64_t{count_});
    revision_ = appservices_.Register(number, changes_);
  }

  struct Told {
    double messages = 0;
    double bytes = 0;
    double updates = 0;
  };

  // What a consumer that has `since` is sent until it has `revision_`.
  Told Read(int64_t since) {
    pb::WatchRequest request;
    request.set_since_revision(since);
    request.set_with_secrets(true);
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stream = appservices_.stub().Watch(&context, request);
    Told told;
    pb::WatchResponse message;
    while (stream->Read(&message)) {
      told.messages += 1;
      told.bytes += static_cast<double>(message.ByteSizeLong());
      told.updates += message.updated_size();
      if (message.complete() && message.revision() >= revision_) {
        context.TryCancel();
        return told;
      }
    }
    CheckOk(stream->Finish(), "Watch");
    Die("Watch has ended");
  }

  void AddQuantiles(const std::string& name, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    values_.emplace_back(name + "_p50_ms", Quantile(values, 0.5));
    values_.emplace_back(name + "_p99_ms", Quantile(values, 0.99));
    values_.emplace_back(name + "_max_ms", values.back());
    values_.emplace_back(name + "_count", static_cast<double>(values.size()));
  }

  const int count_;
  const RealClock clock_;
  const std::shared_ptr<grpc::Channel> channel_;
  Appservices appservices_;
  int64_t revision_ = 0;  // The last that is known.
  int changes_ = 0;
  Values values_;
};

}  // namespace
}  // namespace causeway::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  causeway::bench::Run().Measure();
}
