#include "tests/bench/query/hung.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/shared/clock/clock.h"
#include "services/shared/server/channel.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/listener.h"

namespace causeway::bench {
namespace {

constexpr int kBacklog = 4096;  // More than query_proxy connects at once.
constexpr absl::Duration kUntilSent = absl::Seconds(1);

}  // namespace

// The kernel makes the connections, and nobody takes them.
HangingAppservice::HangingAppservice()
    : listener_fd_(ListenOnFreePort(kBacklog)) {}

HangingAppservice::~HangingAppservice() { close(listener_fd_); }

std::string HangingAppservice::Url() const {
  return absl::StrCat("http://127.0.0.1:", PortOf(listener_fd_));
}

struct Hung::Call {
  grpc::ClientContext context;
  query::v1::QueryUserRequest request;
  query::v1::QueryUserResponse response;
};

Hung::Hung(const std::string& address, const std::string& name, int count,
           absl::Duration time)
    : stub_(query::v1::QueryProxy::NewStub(server::MakeChannel(address))),
      left_(count) {
  const absl::Time deadline = RealClock().Now() + time;
  for (int i = 0; i < count; ++i) {
    calls_.push_back(std::make_unique<Call>());
    Call& call = *calls_.back();
    call.context.set_deadline(absl::ToChronoTime(deadline));
    call.request.set_user_id(absl::StrCat("@", name, "_", i, ":bench.test"));
    stub_->async()->QueryUser(&call.context, &call.request, &call.response,
                              [this](const grpc::Status&) {
                                ++ended_count_;
                                left_.DecrementCount();
                              });
  }
  absl::SleepFor(kUntilSent);
  CheckAllWait();
}

Hung::~Hung() { left_.Wait(); }

void Hung::CheckAllWait() const {
  if (ended_count_ == 0) return;
  Die(absl::StrCat(ended_count_.load(), " don't wait for who hangs"));
}

}  // namespace causeway::bench
