#include "services/push_dispatcher/event_explainer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/ingest/batch_builder.h"
#include "services/push_dispatcher/operator_requests.h"
#include "services/push_dispatcher/publish_request.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/namespaces/namespace_pattern.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

using registry_watch::Registration;

constexpr int kReasonsMax = 20;
// Of those set aside, the newest.
constexpr int32_t kSetAsideSearchedMax = 1000;

absl::string_view RuleName(InterestReason::Rule rule) {
  switch (rule) {
    case InterestReason::Rule::kRoomId:
      return "room ID";
    case InterestReason::Rule::kAlias:
      return "room alias";
    case InterestReason::Rule::kSender:
      return "sender";
    case InterestReason::Rule::kStateKey:
      return "state_key";
    case InterestReason::Rule::kJoinedMember:
      return "joined member";
  }
  return "";
}

// "users[0] @irc_.*": the first namespace that has the ID of `reason`.
std::string NamespaceOf(const InterestReason& reason,
                        const Registration& registration) {
  int index = 0;
  for (const registry_watch::Namespace& one : registration.namespaces) {
    if (one.kind != reason.kind()) continue;
    const auto pattern = namespaces::NamespacePattern::Compile(one.regex);
    if (pattern.ok() && pattern->Matches(reason.id)) {
      return absl::StrCat(namespaces::FieldName(one.kind), "[", index, "] ",
                          one.regex);
    }
    ++index;
  }
  return "its own user";
}

void AddReasons(const std::vector<InterestReason>& matching,
                const std::vector<InterestReason>& candidates,
                const Registration& registration,
                v1::ExplainResponse& response) {
  for (const InterestReason& reason : matching) {
    if (response.reasons_size() == kReasonsMax) return;
    response.add_reasons(absl::StrCat(RuleName(reason.rule), " ", reason.id,
                                      " matches ",
                                      NamespaceOf(reason, registration)));
  }
  for (const InterestReason& other : candidates) {
    if (response.reasons_size() == kReasonsMax) return;
    if (std::find(matching.begin(), matching.end(), other) != matching.end()) {
      continue;
    }
    response.add_reasons(
        absl::StrCat(RuleName(other.rule), " ", other.id, " matches none"));
  }
}

}  // namespace

absl::StatusOr<v1::ExplainResponse> EventExplainer::Explain(
    const v1::ExplainRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckAppserviceId(request.appservice_id()));
  if (!request.event_json().empty()) return ExplainGiven(request);
  CAUSEWAY_RETURN_IF_ERROR(CheckEventId(request.event_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary queue,
                            operators_.FindQueue(request.appservice_id()));
  CAUSEWAY_ASSIGN_OR_RETURN(const StoredEvent event,
                            FindStoredEvent(operators_, request.event_id()));
  v1::ExplainResponse response;
  response.set_source(event.source);
  response.set_position(event.position);
  CAUSEWAY_RETURN_IF_ERROR(
      ExplainInterest(event, request.appservice_id(), response));
  CAUSEWAY_RETURN_IF_ERROR(
      ExplainState(event, queue.uid, request.appservice_id(), response));
  return response;
}

absl::StatusOr<v1::ExplainResponse> EventExplainer::ExplainGiven(
    const v1::ExplainRequest& request) {
  CAUSEWAY_ASSIGN_OR_RETURN(const auto sources, operators_.ListSourceNames());
  StoredEvent event;
  int candidate_count = 0;
  for (const auto& [id, name] : sources) {
    if (absl::StartsWith(name, kOwnSourcePrefix) ||
        (!request.source().empty() && name != request.source())) {
      continue;
    }
    ++candidate_count;
    event.source_id = id;
    event.source = name;
  }
  if (candidate_count != 1) {
    return matrix::InvalidParam("source", candidate_count == 0
                                              ? "no such source"
                                              : "there are several: name one");
  }
  event.json = request.event_json();
  v1::ExplainResponse response;
  response.set_source(event.source);
  response.set_state(v1::ExplainResponse::NOT_STORED);
  CAUSEWAY_RETURN_IF_ERROR(
      ExplainInterest(event, request.appservice_id(), response));
  return response;
}

absl::Status EventExplainer::ExplainInterest(const StoredEvent& event,
                                             const std::string& appservice_id,
                                             v1::ExplainResponse& response) {
  const auto snapshot = applied_.Snapshot();
  const Registration* registration = snapshot->FindById(appservice_id);
  if (registration == nullptr) {
    return matrix::NotFound(
        absl::StrCat("registration of ", appservice_id, " in force here"));
  }
  CAUSEWAY_ASSIGN_OR_RETURN(const PublishedRecord record,
                            ParsePublishedEvent(event.json));
  CAUSEWAY_ASSIGN_OR_RETURN(
      auto rooms, rooms_.LoadRooms(event.source_id, {record.room_id}));
  const RoomInterest room(std::make_shared<const InterestRules>(snapshot),
                          record.room_id, rooms[record.room_id]);
  const RoutedEvent routed = ToRoutedEvent(record);
  const auto& all = snapshot->registrations();
  const auto handle = static_cast<RoomInterest::Handle>(
      std::find_if(all.begin(), all.end(),
                   [registration](const auto& one) {
                     return one.get() == registration;
                   }) -
      all.begin());
  const std::vector<InterestReason> matching = room.Explain(routed, handle);
  response.set_interested(!matching.empty());
  AddReasons(matching, room.Candidates(routed), *registration, response);
  return absl::OkStatus();
}

absl::Status EventExplainer::ExplainState(const StoredEvent& event,
                                          AppserviceUid uid,
                                          const std::string& appservice_id,
                                          v1::ExplainResponse& response) {
  CAUSEWAY_ASSIGN_OR_RETURN(const bool queued, IsQueued(event, uid));
  // Read after that: what was queued is swept only behind the cursors.
  CAUSEWAY_ASSIGN_OR_RETURN(const QueueSummary queue,
                            operators_.FindQueue(appservice_id));
  if (event.position <= queue.head.cursors.Get(event.source_id)) {
    response.set_state(v1::ExplainResponse::PASSED);
    CAUSEWAY_ASSIGN_OR_RETURN(
        const std::vector<SetAsideTransaction> set_aside,
        operators_.ListSetAside(uid, kNewest, kSetAsideSearchedMax));
    for (const SetAsideTransaction& one : set_aside) {
      if (one.sealed.source_id == event.source_id &&
          one.after_position < event.position &&
          event.position <= one.sealed.last_position) {
        response.set_txn_id(one.sealed.txn_id);
        break;
      }
    }
    return absl::OkStatus();
  }
  if (!queued) {
    response.set_state(v1::ExplainResponse::NOT_QUEUED);
    return absl::OkStatus();
  }
  response.set_state(v1::ExplainResponse::QUEUED);
  for (const SealedTransaction& sealed : queue.head.sealed) {
    if (sealed.source_id == event.source_id &&
        event.position <= sealed.last_position) {
      response.set_state(v1::ExplainResponse::SEALED);
      response.set_txn_id(sealed.txn_id);
      break;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> EventExplainer::IsQueued(const StoredEvent& event,
                                              AppserviceUid uid) {
  EntriesQuery query = {.uid = uid, .after = {}};
  query.after.Set(event.source_id, event.position - 1);
  // The first one behind it is of its segment, if any is.
  CAUSEWAY_ASSIGN_OR_RETURN(const auto entries,
                            queues_.ReadEntries({query}, 1));
  for (const QueueEntry& entry : entries[0]) {
    const int64_t index = event.position - entry.segment.first_position;
    if (entry.segment.source_id == event.source_id && index >= 0) {
      return entry.events.Contains(static_cast<size_t>(index));
    }
  }
  return false;
}

}  // namespace causeway::push
