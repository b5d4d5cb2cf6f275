// How fast push_dispatcher takes in and delivers, and what its durability
// costs: the same events through a running push_dispatcher (Publish, Postgres,
// sealed transactions), and straight into the same application service, one
// PUT an event, as a sender does that keeps nothing. Both in one run, so that
// the ratio holds where the machine's speed doesn't.
//
// Needs a running registry and push_dispatcher: tests/bench/run.sh starts them.
#include <curl/curl.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/matrix/token.h"
#include "tests/bench/http_sink.h"

ABSL_FLAG(std::string, registry, "127.0.0.1:7101", "gRPC address");
ABSL_FLAG(std::string, push_dispatcher, "127.0.0.1:7103", "gRPC address");
ABSL_FLAG(int, events, 50000, "events of the throughput run; at least 1000");
ABSL_FLAG(int, batch, 500, "events a Publish; 1 to 2000");
ABSL_FLAG(int, paced_events, 500, "events of the latency run, 100 a second");
ABSL_FLAG(int, direct_events, 5000, "events sent without push_dispatcher");
ABSL_FLAG(std::string, json, "", "file to write the results to, as JSON");

namespace causeway::bench {
namespace {

namespace push = causeway::push::v1;
namespace registry = causeway::registry::v1;

constexpr absl::Duration kPatience = absl::Minutes(2);

[[noreturn]] void Die(absl::string_view what) {
  std::cerr << "push_bench: " << what << "\n";
  std::exit(1);
}

void Check(const grpc::Status& status, absl::string_view what) {
  if (!status.ok()) Die(absl::StrCat(what, ": ", status.error_message()));
}

// Counts events by their IDs' mark and remembers when the paced ones came.
class Arrivals {
 public:
  void Take(absl::string_view body) {
    const absl::Time now = absl::Now();
    constexpr absl::string_view kMark = "\"event_id\":\"$";
    absl::MutexLock lock(&mu_);
    for (size_t at = body.find(kMark); at != absl::string_view::npos;
         at = body.find(kMark, at + kMark.size())) {
      ++count_;
      last_ = now;
      times_.push_back(now);
    }
  }

  absl::Time AwaitCount(size_t count) {
    absl::MutexLock lock(&mu_);
    auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return count_ >= count;
    };
    if (!mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience)) {
      Die(absl::StrCat("only ", count_, " of ", count, " events arrived"));
    }
    return last_;
  }

  std::vector<absl::Time> TakeTimes() {
    absl::MutexLock lock(&mu_);
    count_ = 0;
    return std::exchange(times_, {});
  }

 private:
  absl::Mutex mu_;
  size_t count_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time last_ ABSL_GUARDED_BY(mu_);
  std::vector<absl::Time> times_ ABSL_GUARDED_BY(mu_);
};

std::string EventJson(int64_t number) {
  return absl::StrCat(
      R"({"event_id":"$bench)", number,
      R"(","room_id":"!bench:bench.test","type":"m.room.message",)",
      R"("sender":"@bench_sender:bench.test","user_id":"@bench_sender:bench.test",)",
      R"("origin_server_ts":1421416883133,"content":{"msgtype":"m.text","body":")",
      std::string(400, 'x'), R"("}})");
}

// A source of events with the running hash that push_dispatcher asks for.
class Source {
 public:
  explicit Source(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(push::PushDispatcher::NewStub(channel)),
        name_(absl::StrCat("bench:", matrix::RandomHexToken().substr(0, 16))),
        prefix_(32, '\0') {}

  void AwaitRevision(int64_t revision) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    push::AwaitRevisionRequest request;
    request.set_revision(revision);
    push::AwaitRevisionResponse response;
    Check(stub_->AwaitRevision(&context, request, &response), "AwaitRevision");
  }

  void Publish(int event_count) {
    push::PublishRequest request;
    request.set_source(name_);
    request.set_first_position(next_);
    request.set_prefix_sha256(prefix_);
    for (int i = 0; i < event_count; ++i) {
      std::string json = EventJson(next_++);
      prefix_ = matrix::Sha256(absl::StrCat(prefix_, matrix::Sha256(json)));
      request.add_records()->set_event_json(std::move(json));
    }
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    push::PublishResponse response;
    Check(stub_->Publish(&context, request, &response), "Publish");
    if (response.outcome() != push::PublishResponse::ACCEPTED) {
      Die(absl::StrCat("Publish: ", response.ShortDebugString()));
    }
  }

 private:
  std::unique_ptr<push::PushDispatcher::Stub> stub_;
  const std::string name_;
  int64_t next_ = 1;
  std::string prefix_;
};

// Registers the sink. Returns the revision from which on it is pushed to.
int64_t Register(const std::shared_ptr<grpc::Channel>& channel,
                 const std::string& url) {
  auto stub = registry::Registry::NewStub(channel);
  const std::string token = matrix::RandomHexToken();
  const std::string name =
      absl::StrCat("bench-", matrix::RandomHexToken().substr(0, 8));
  {
    registry::CreateGrantRequest request;
    request.set_name(name);
    request.set_as_token_sha256(matrix::Sha256(token));
    request.mutable_ceilings()->add_users(".*");
    grpc::ClientContext context;
    registry::Grant response;
    Check(stub->CreateGrant(&context, request, &response), "CreateGrant");
  }
  registry::RegisterRequest request;
  request.set_as_token(token);
  request.set_id(name);
  request.set_url(url);
  request.set_sender_localpart(name);
  request.set_dialect(registry::V1);
  registry::Namespace* users = request.add_namespaces();
  users->set_kind(registry::Namespace::USERS);
  users->set_regex("@bench_.*");
  grpc::ClientContext context;
  registry::RegisterResponse response;
  Check(stub->Register(&context, request, &response), "Register");
  return response.revision();
}

double Throughput(Source& source, Arrivals& arrivals) {
  const int events = absl::GetFlag(FLAGS_events);
  const int batch = absl::GetFlag(FLAGS_batch);
  const absl::Time start = absl::Now();
  for (int sent = 0; sent < events; sent += batch) {
    source.Publish(std::min(batch, events - sent));
  }
  const absl::Time end = arrivals.AwaitCount(events);
  arrivals.TakeTimes();
  return events / absl::ToDoubleSeconds(end - start);
}

struct Latency {
  double p50_ms = 0;
  double p99_ms = 0;
};

// From before Publish to the arrival of the event, at 100 events a second.
Latency PacedLatency(Source& source, Arrivals& arrivals) {
  const int events = absl::GetFlag(FLAGS_paced_events);
  std::vector<absl::Time> published;
  const absl::Time start = absl::Now();
  for (int i = 0; i < events; ++i) {
    absl::SleepFor(start + i * absl::Milliseconds(10) - absl::Now());
    published.push_back(absl::Now());
    source.Publish(1);
  }
  arrivals.AwaitCount(events);
  const std::vector<absl::Time> arrived = arrivals.TakeTimes();
  std::vector<double> ms;
  for (int i = 0; i < events; ++i) {
    ms.push_back(absl::ToDoubleMilliseconds(arrived[i] - published[i]));
  }
  std::sort(ms.begin(), ms.end());
  return {.p50_ms = ms[ms.size() / 2], .p99_ms = ms[ms.size() * 99 / 100]};
}

// The yardstick: one PUT an event over one kept connection, nothing kept.
double DirectThroughput(const std::string& url, Arrivals& arrivals) {
  const int events = absl::GetFlag(FLAGS_direct_events);
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION,
      +[](char*, size_t size, size_t count, void*) { return size * count; });
  const absl::Time start = absl::Now();
  for (int i = 0; i < events; ++i) {
    const std::string target = absl::StrCat(url, "/transactions/", i);
    const std::string body = absl::StrCat(R"({"events":[)", EventJson(i), "]}");
    curl_easy_setopt(curl, CURLOPT_URL, target.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, body.size());
    if (curl_easy_perform(curl) != CURLE_OK) Die("direct PUT failed");
  }
  curl_easy_cleanup(curl);
  const absl::Time end = arrivals.AwaitCount(events);
  arrivals.TakeTimes();
  return events / absl::ToDoubleSeconds(end - start);
}

void Report(double pushed, double direct, const Latency& latency) {
  absl::PrintF("%-44s %12s\n", "measure", "value");
  absl::PrintF("%-44s %12.0f\n", "push: durable events/s, 1 AS", pushed);
  absl::PrintF("%-44s %12.0f\n", "direct: one PUT an event, nothing kept",
               direct);
  absl::PrintF("%-44s %12.2f\n", "ratio push/direct", pushed / direct);
  absl::PrintF("%-44s %12.2f\n", "push latency p50 ms, 100 events/s",
               latency.p50_ms);
  absl::PrintF("%-44s %12.2f\n", "push latency p99 ms, 100 events/s",
               latency.p99_ms);
  const std::string file = absl::GetFlag(FLAGS_json);
  if (file.empty()) return;
  std::ofstream out(file);
  out << absl::StrFormat(
      R"({"push_events_per_second":%.0f,"direct_events_per_second":%.0f,)"
      R"("ratio":%.3f,"latency_p50_ms":%.3f,"latency_p99_ms":%.3f})",
      pushed, direct, pushed / direct, latency.p50_ms, latency.p99_ms);
  out << "\n";
  if (!out.flush()) Die(absl::StrCat("cannot write ", file));
}

int Main() {
  if (absl::GetFlag(FLAGS_events) < 1000) Die("--events is below 1000");
  if (absl::GetFlag(FLAGS_batch) < 1 || absl::GetFlag(FLAGS_batch) > 2000) {
    Die("--batch is not within 1 to 2000");
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Arrivals arrivals;
  HttpSink sink([&](absl::string_view body) { arrivals.Take(body); });
  const double direct = DirectThroughput(sink.url(), arrivals);

  const int64_t revision =
      Register(grpc::CreateChannel(absl::GetFlag(FLAGS_registry),
                                   grpc::InsecureChannelCredentials()),
               sink.url());
  Source source(grpc::CreateChannel(absl::GetFlag(FLAGS_push_dispatcher),
                                    grpc::InsecureChannelCredentials()));
  source.AwaitRevision(revision);
  source.Publish(1);  // Warms up: leases, connection, caches.
  arrivals.AwaitCount(1);
  arrivals.TakeTimes();
  const double pushed = Throughput(source, arrivals);
  Report(pushed, direct, PacedLatency(source, arrivals));
  return 0;
}

}  // namespace
}  // namespace causeway::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return causeway::bench::Main();
}
