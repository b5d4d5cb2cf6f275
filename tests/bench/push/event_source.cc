#include "tests/bench/push/event_source.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "causeway/push/v1/push.pb.h"
#include "services/shared/matrix/token.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

namespace push = causeway::push::v1;

constexpr char kPublish[] = "/causeway.push.v1.PushDispatcher/Publish";
constexpr absl::Duration kAnswerPatience = absl::Minutes(2);
// Until a refused batch is sent again.
constexpr absl::Duration kRefusalPause = absl::Milliseconds(5);

std::string NextPrefix(const std::string& prefix, absl::string_view event) {
  return matrix::Sha256(absl::StrCat(prefix, matrix::Sha256(event)));
}

}  // namespace

struct EventSource::Call {
  int64_t batch = 0;
  std::string records;  // Must not move while the call is under way.
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<push::PublishResponse>>
      reader;
  push::PublishResponse response;
  grpc::Status status;
};

// What is the matter between the first batch of a Publish() and its last
// answer. Batches are numbered from 0 here.
class EventSource::Run {
 public:
  Run(EventSource& source, absl::Duration time, const Pace& pace)
      : source_(source),
        pace_(pace),
        stub_(source.channel_),
        batch_count_(static_cast<int64_t>(source.prefixes_.size()) - 1),
        accepted_position_(source.next_position_) {
    for (const auto& call : source.calls_) free_.push_back(call.get());
    outcome_.first_sent_at = source.clock_.MonotonicNow();
    end_at_ = outcome_.first_sent_at + time;
  }

  ~Run() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  Outcome Go() {
    while (true) {
      const absl::Duration pause = SendWhatMay();
      if (is_over_ && IsIdle()) break;
      Collect(pause);
    }
    outcome_.event_count = accepted_position_ - source_.next_position_;
    return outcome_;
  }

 private:
  bool IsIdle() const { return free_.size() == source_.calls_.size(); }

  // Returns how long there is nothing to do but to wait for answers.
  absl::Duration SendWhatMay() {
    while (!free_.empty()) {
      if (turning_back_) {
        // An answer to what is under way may still move where to go back to.
        if (!IsIdle()) return kAnswerPatience;
        turning_back_ = false;
        next_batch_ = (accepted_position_ - source_.next_position_) /
                      source_.options_.batch_events;
      }
      if (next_batch_ == batch_count_ ||
          source_.clock_.MonotonicNow() >= end_at_) {
        is_over_ = true;
        return kAnswerPatience;
      }
      const absl::Duration pause = pace_(PositionOf(next_batch_));
      if (pause > absl::ZeroDuration()) return pause;
      Send(next_batch_++);
    }
    return kAnswerPatience;
  }

  int64_t PositionOf(int64_t batch) const {
    return source_.next_position_ + batch * source_.options_.batch_events;
  }

  void Send(int64_t batch) {
    Call& call = *free_.back();
    free_.pop_back();
    call.batch = batch;
    source_.Renumber(call.records.data(), PositionOf(batch));
    push::PublishRequest head;
    head.set_source(source_.name_);
    head.set_first_position(PositionOf(batch));
    head.set_prefix_sha256(source_.prefixes_[batch]);
    // A message's fields may come in any order, so the records may follow.
    const grpc::Slice slices[] = {
        grpc::Slice(head.SerializeAsString()),
        grpc::Slice(call.records.data(), call.records.size(),
                    grpc::Slice::STATIC_SLICE)};
    call.context = std::make_unique<grpc::ClientContext>();
    call.context->set_deadline(
        absl::ToChronoTime(source_.clock_.Now() + kAnswerPatience));
    call.reader = stub_.PrepareUnaryCall(call.context.get(), kPublish,
                                         grpc::ByteBuffer(slices, 2), &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.response, &call.status, &call);
  }

  // Takes the answers that come within `pause`, if any.
  void Collect(absl::Duration pause) {
    void* tag = nullptr;
    bool ok = false;
    auto deadline = absl::ToChronoTime(source_.clock_.Now() + pause);
    while (queue_.AsyncNext(&tag, &ok, deadline) ==
           grpc::CompletionQueue::GOT_EVENT) {
      Call& call = *static_cast<Call*>(tag);
      Take(call);
      free_.push_back(&call);
      deadline = absl::ToChronoTime(absl::UnixEpoch());  // What is there still.
    }
  }

  void Take(const Call& call) {
    if (call.status.error_code() == grpc::StatusCode::UNAVAILABLE) {
      ++outcome_.refused;
      turning_back_ = true;
      absl::SleepFor(kRefusalPause);
      return;
    }
    CheckOk(call.status, "Publish");
    if (call.response.outcome() == push::PublishResponse::ACCEPTED) {
      outcome_.last_accepted_at = source_.clock_.MonotonicNow();
    } else if (call.response.outcome() == push::PublishResponse::GAP) {
      ++outcome_.gaps;
      turning_back_ = true;
    } else {
      Die(absl::StrCat("Publish at ", PositionOf(call.batch), ": ",
                       call.response.ShortDebugString()));
    }
    accepted_position_ =
        std::max(accepted_position_, call.response.next_position());
  }

  EventSource& source_;
  const Pace& pace_;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, push::PublishResponse> stub_;
  grpc::CompletionQueue queue_;
  const int64_t batch_count_;
  absl::Duration end_at_;
  std::vector<Call*> free_;
  int64_t next_batch_ = 0;
  // To it everything is accepted.
  int64_t accepted_position_;
  // Nothing more is sent until nothing is under way.
  bool turning_back_ = false;
  bool is_over_ = false;
  Outcome outcome_;
};

EventSource::EventSource(std::shared_ptr<grpc::Channel> channel)
    : EventSource(std::move(channel), Options()) {}

EventSource::EventSource(std::shared_ptr<grpc::Channel> channel,
                         Options options)
    : options_(options),
      channel_(std::move(channel)),
      name_(absl::StrCat("bench:", matrix::RandomHexToken().substr(0, 16))),
      text_(options.batch_events),
      prefix_(matrix::kSha256Bytes, '\0') {
  for (int i = 0; i < text_.body_count(); ++i) {
    push::PublishRequest one;
    const absl::string_view event = text_.Event(i);
    one.add_records()->set_event_json(event.data(), event.size());
    records_ += one.SerializeAsString();
  }
  for (int i = 0; i < options_.window; ++i) {
    calls_.push_back(std::make_unique<Call>());
    calls_.back()->records = records_;
  }
}

EventSource::~EventSource() = default;

size_t EventSource::RecordBytes() const {
  return records_.size() / static_cast<size_t>(options_.batch_events);
}

void EventSource::Renumber(char* records, int64_t position) const {
  for (int i = 0; i < options_.batch_events; ++i, ++position) {
    records += RecordBytes();  // An event ends where its record does.
    EventText::Renumber(records - kEventBytes, position,
                        audience_.Room(position), audience_.Sender(position));
  }
}

Audience EventSource::Prepare(int64_t event_count, Audience audience) {
  audience.first_position = next_position_;
  audience_ = audience;
  const int64_t batches =
      (event_count + options_.batch_events - 1) / options_.batch_events;
  std::string prefix = prefix_;
  prefixes_.assign(1, prefix);
  for (int64_t batch = 0; batch < batches; ++batch) {
    Renumber(records_.data(), next_position_ + batch * options_.batch_events);
    for (size_t end = RecordBytes(); end <= records_.size();
         end += RecordBytes()) {
      prefix = NextPrefix(
          prefix,
          absl::string_view(records_.data() + end - kEventBytes, kEventBytes));
    }
    prefixes_.push_back(prefix);
  }
  return audience;
}

EventSource::Outcome EventSource::Publish(absl::Duration time,
                                          const Pace& pace) {
  const Outcome outcome = Run(*this, time, pace).Go();
  next_position_ += outcome.event_count;
  prefix_ = prefixes_[outcome.event_count / options_.batch_events];
  return outcome;
}

}  // namespace causeway::bench
