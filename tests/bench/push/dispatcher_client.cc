#include "tests/bench/push/dispatcher_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr int kPageSize = 1000;
constexpr absl::Duration kCallPatience = absl::Seconds(30);
constexpr absl::Duration kPollInterval = absl::Milliseconds(100);
constexpr char kReason[] = "a benchmark";

void SetDeadline(grpc::ClientContext& context,
                 absl::Duration patience = kCallPatience) {
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + patience));
}

}  // namespace

DispatcherClient::DispatcherClient(std::shared_ptr<grpc::Channel> channel)
    : channel_(std::move(channel)),
      dispatcher_(push::v1::PushDispatcher::NewStub(channel_)),
      operator_(push::v1::PushOperator::NewStub(channel_)) {}

void DispatcherClient::AwaitRevision(int64_t revision,
                                     absl::Duration patience) {
  grpc::ClientContext context;
  SetDeadline(context, patience);
  push::v1::AwaitRevisionRequest request;
  request.set_revision(revision);
  push::v1::AwaitRevisionResponse response;
  CheckOk(dispatcher_->AwaitRevision(&context, request, &response),
          "AwaitRevision");
}

std::map<std::string, int> DispatcherClient::AwaitOwners(
    int queue_count, int replica_count, absl::Duration patience) {
  const RealClock clock;
  const absl::Duration deadline = clock.MonotonicNow() + patience;
  while (true) {
    std::map<std::string, int> owners = CountOwners();
    int owned = 0;
    int spread_over = 0;
    for (const auto& [name, count] : owners) {
      owned += name.empty() ? 0 : count;
      spread_over +=
          !name.empty() && count >= 0.8 * queue_count / replica_count;
    }
    if (owned >= queue_count && spread_over >= replica_count) return owners;
    if (clock.MonotonicNow() > deadline) {
      Die(absl::StrCat(owned, " of ", queue_count,
                       " queues have an owner, and ", spread_over, " of ",
                       replica_count, " replicas have their share"));
    }
    absl::SleepFor(kPollInterval);
  }
}

std::map<std::string, int> DispatcherClient::CountOwners() {
  std::map<std::string, int> owners;
  push::v1::ListQueuesRequest request;
  request.set_page_size(kPageSize);
  do {
    grpc::ClientContext context;
    SetDeadline(context);
    push::v1::ListQueuesResponse response;
    CheckOk(operator_->ListQueues(&context, request, &response), "ListQueues");
    for (const auto& queue : response.queues()) ++owners[queue.owner()];
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return owners;
}

void DispatcherClient::RetryNow(const std::string& appservice_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  push::v1::RetryNowRequest request;
  request.set_appservice_id(appservice_id);
  request.set_reason(kReason);
  push::v1::RetryNowResponse response;
  CheckOk(operator_->RetryNow(&context, request, &response), "RetryNow");
}

bool DispatcherClient::RememberEveryTxnId(const std::string& appservice_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  push::v1::SetPolicyRequest request;
  request.set_appservice_id(appservice_id);
  request.mutable_policy()->set_on_rejection(push::v1::Policy::BLOCK);
  request.mutable_policy()->set_remembers_every_txn_id(true);
  request.set_reason(kReason);
  push::v1::Queue response;
  const grpc::Status status =
      operator_->SetPolicy(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return false;
  CheckOk(status, "SetPolicy");
  return true;
}

}  // namespace causeway::bench
