#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/channel.h"
#include "tests/bench/query/rows.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

namespace pb = causeway::query::v1;

constexpr absl::Duration kPatience = absl::Seconds(30);

// One that waits, is answered, and asks about the next user.
class Waiter {
 public:
  Waiter(pb::QueryProxy::Stub& stub, Whose whose, absl::Duration end)
      : stub_(stub), whose_(whose), end_(end) {}

  // Calls `done` when its time is over.
  void Start(std::function<void()> done) {
    done_ = std::move(done);
    Ask();
  }

  const std::vector<double>& milliseconds() const { return milliseconds_; }

 private:
  void Ask() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(absl::ToChronoTime(clock_.Now() + kPatience));
    request_.set_user_id(whose_ == Whose::kAppservice ? NextUserId()
                                                      : "@nobody:bench.test");
    begin_ = clock_.MonotonicNow();
    stub_.async()->QueryUser(
        context_.get(), &request_, &response_,
        [this](const grpc::Status& status) { Answered(status); });
  }

  void Answered(const grpc::Status& status) {
    CheckOk(status, "QueryUser");
    if (response_.outcome() !=
        (whose_ == Whose::kAppservice ? pb::LOOK_AGAIN : pb::NOBODY_TO_ASK)) {
      Die(absl::StrCat("a query ended as ",
                       pb::Outcome_Name(response_.outcome())));
    }
    const absl::Duration now = clock_.MonotonicNow();
    milliseconds_.push_back(absl::ToDoubleMilliseconds(now - begin_));
    now < end_ ? Ask() : done_();
  }

  const RealClock clock_;
  pb::QueryProxy::Stub& stub_;
  const Whose whose_;
  const absl::Duration end_;
  std::function<void()> done_;
  std::unique_ptr<grpc::ClientContext> context_;
  pb::QueryUserRequest request_;
  pb::QueryUserResponse response_;
  absl::Duration begin_;
  std::vector<double> milliseconds_;
};

}  // namespace

RoundTrips RunQueries(const std::string& address, Whose whose, int waiter_count,
                      absl::Duration time) {
  const RealClock clock;
  const auto stub = pb::QueryProxy::NewStub(server::MakeChannel(address));
  const absl::Duration begin = clock.MonotonicNow();
  std::vector<std::unique_ptr<Waiter>> waiters;
  absl::BlockingCounter left(waiter_count);
  for (int i = 0; i < waiter_count; ++i) {
    waiters.push_back(std::make_unique<Waiter>(*stub, whose, begin + time));
    waiters.back()->Start([&left] { left.DecrementCount(); });
  }
  left.Wait();
  RoundTrips result{.milliseconds = {}, .time = clock.MonotonicNow() - begin};
  for (const auto& waiter : waiters) {
    result.milliseconds.insert(result.milliseconds.end(),
                               waiter->milliseconds().begin(),
                               waiter->milliseconds().end());
  }
  return result;
}

}  // namespace causeway::bench
