#include "services/push_dispatcher/owner_inquiry.h"

#include <grpcpp/client_context.h>

#include <cstddef>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/channel.h"
#include "services/shared/server/grpc_status.h"

namespace causeway::push {
namespace {

// An owner answers out of its memory, so at once or not at all.
constexpr absl::Duration kDeadline = absl::Seconds(1);

// One call, and which of the queues it is about.
struct Question {
  std::shared_ptr<v1::PushDispatcher::StubInterface> owner;
  std::vector<size_t> ordinals;
  grpc::ClientContext context;
  v1::ListDeliveriesRequest request;
  v1::ListDeliveriesResponse response;
  grpc::Status status;
};

// By owner. Waits for all answers.
using Questions = std::map<std::string, Question>;

void AskAll(Questions& questions) {
  absl::BlockingCounter unanswered(static_cast<int>(questions.size()));
  for (auto& owner_and_question : questions) {
    // A name of its own: clang 14 lets lambdas capture no structured binding.
    Question& question = owner_and_question.second;
    server::PrepareContext(question.context,
                           server::MakeCallContext(kDeadline));
    question.owner->async()->ListDeliveries(
        &question.context, &question.request, &question.response,
        [&unanswered, &question](grpc::Status status) {
          question.status = std::move(status);
          unanswered.DecrementCount();
        });
  }
  unanswered.Wait();
}

void TakeAnswers(const std::string& owner, const Question& question,
                 absl::Span<const QueueSummary> queues,
                 std::vector<KnownDelivery>& known) {
  absl::flat_hash_map<std::string, const Delivery*> deliveries;
  for (const Delivery& delivery : question.response.deliveries()) {
    deliveries[delivery.appservice_uid()] = &delivery;
  }
  for (size_t i : question.ordinals) {
    const auto found = deliveries.find(absl::StrCat(queues[i].uid));
    if (!question.status.ok()) {
      known[i] = absl::UnavailableError(
          absl::StrCat("its owner, ", owner, ", could not be asked: ",
                       server::FromGrpcStatus(question.status).message()));
    } else if (found == deliveries.end()) {
      known[i] = absl::UnavailableError(
          absl::StrCat("its owner, ", owner, ", does not have it now"));
    } else {
      known[i] = *found->second;
    }
  }
}

}  // namespace

std::vector<KnownDelivery> OwnerInquiry::Ask(
    absl::Span<const QueueSummary> queues) const {
  std::vector<KnownDelivery> known;
  known.reserve(queues.size());
  Questions questions;
  for (const QueueSummary& queue : queues) {
    const size_t ordinal = known.size();
    const std::optional<DeliveryStatus> own = own_status_(queue.uid);
    if (own.has_value()) {
      known.emplace_back(ToProto(queue.uid, *own, clock_));
      continue;
    }
    if (queue.owner.empty()) {
      known.emplace_back(absl::UnavailableError("no replica holds it"));
      continue;
    }
    known.emplace_back(absl::UnavailableError(
        absl::StrCat("its owner, ", queue.owner, ", is not known to live")));
    auto question = questions.find(queue.owner);
    if (question == questions.end()) {
      auto owner = find_replica_(queue.owner);
      if (owner == nullptr) continue;
      question = questions.try_emplace(queue.owner).first;
      question->second.owner = std::move(owner);
    }
    question->second.request.add_appservice_uids(absl::StrCat(queue.uid));
    question->second.ordinals.push_back(ordinal);
  }
  AskAll(questions);
  for (const auto& [owner, question] : questions) {
    TakeAnswers(owner, question, queues, known);
  }
  return known;
}

std::vector<v1::Queue> OwnerInquiry::Show(
    absl::Span<const QueueSummary> queues) const {
  const std::vector<KnownDelivery> known = Ask(queues);
  std::vector<v1::Queue> shown;
  shown.reserve(queues.size());
  for (size_t i = 0; i < queues.size(); ++i) {
    shown.push_back(ToProto(queues[i], known[i]));
  }
  return shown;
}

}  // namespace causeway::push
