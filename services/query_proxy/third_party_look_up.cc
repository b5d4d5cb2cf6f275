#include "services/query_proxy/third_party_look_up.h"

#include <memory>
#include <optional>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/query_proxy/candidates.h"
#include "services/query_proxy/question.h"
#include "services/query_proxy/third_party_json.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/server/logging.h"

namespace causeway::query {
namespace {

using appservice_client::Route;
using registry_watch::Registration;
using registry_watch::RegistrySnapshot;

// Of one look-up. What is beyond that the next one learns: this is remembered.
constexpr size_t kLearntBytesMax = 16 << 20;

constexpr int kLinesPerSecondMax = 10;

void LogMalformed(const Registration& registration, const absl::Status& status,
                  const std::string& request_id, server::LineQuota& quota) {
  if (!quota.Take()) return;
  log::Warning("an application service's answer to a look-up makes no sense",
               {{"appservice_id", registration.id},
                {"problem", std::string(status.message())},
                {"request_id", request_id}});
}

LookUpOutcome OutcomeOf(const absl::Status& status) {
  if (status.ok()) return LookUpOutcome::kFound;
  return absl::IsNotFound(status) ? LookUpOutcome::kNotFound
                                  : LookUpOutcome::kTimedOut;
}

// What an answer tells of a protocol. Null: that there is none.
ProtocolMemory::Info InfoOf(const absl::StatusOr<std::string>& answer,
                            const Registration& registration,
                            const ThirdPartyLookUp::Context& context,
                            server::LineQuota& quota) {
  if (!answer.ok()) return nullptr;
  absl::StatusOr<ProtocolInfo> info =
      ParseProtocolInfo(*answer, registration.id);
  if (info.ok()) return std::make_shared<const ProtocolInfo>(*std::move(info));
  LogMalformed(registration, info.status(), context.request_id, quota);
  return nullptr;
}

// Why nothing was found.
absl::Status NothingFound(bool somebody_is_silent, const std::string& what) {
  return somebody_is_silent ? matrix::QueryTimedOut(what)
                            : matrix::NotFound(matrix::Quote(what));
}

}  // namespace

struct ThirdPartyLookUp::Known {
  // By protocol, in the order of registration.
  absl::btree_map<std::string, std::vector<ProtocolMemory::Info>> by_protocol;
  bool somebody_is_silent = false;

  void Add(const std::string& protocol, const ProtocolMemory::Info& info) {
    if (info != nullptr) by_protocol[protocol].push_back(info);
  }
  std::string Merge(const std::string& protocol) const {
    std::vector<const ProtocolInfo*> infos;
    for (const auto& info : by_protocol.at(protocol)) {
      infos.push_back(info.get());
    }
    return MergeProtocol(infos);
  }
};

ThirdPartyLookUp::ThirdPartyLookUp(
    ProtocolMemory::Options memory, FanOut& fan_out,
    const registry_watch::LatestSnapshot& registry, const Clock& clock,
    QueryMetrics& metrics)
    : fan_out_(fan_out),
      registry_(registry),
      clock_(clock),
      metrics_(metrics),
      memory_(memory, clock),
      line_quota_(kLinesPerSecondMax, clock) {}

boost::asio::awaitable<std::string> ThirdPartyLookUp::Protocols(
    Context context) {
  const absl::Duration begin = clock_.MonotonicNow();
  const Known known = co_await Learn("", std::move(context));
  std::string json = "{";
  for (const auto& [protocol, infos] : known.by_protocol) {
    const std::string merged = known.Merge(protocol);
    // One that is too long for the rest of the room hides no other.
    if (json.size() + merged.size() > kMergedBytesMax) continue;
    absl::StrAppend(&json, json.size() > 1 ? "," : "",
                    matrix::DumpJson(protocol), ":", merged);
  }
  metrics_.LookUpFinished(LookUpKind::kProtocol, LookUpOutcome::kFound,
                          clock_.MonotonicNow() - begin);
  co_return json + "}";
}

boost::asio::awaitable<absl::StatusOr<std::string>> ThirdPartyLookUp::Protocol(
    std::string protocol, Context context) {
  const absl::Duration begin = clock_.MonotonicNow();
  const Known known = co_await Learn(protocol, std::move(context));
  absl::StatusOr<std::string> result =
      NothingFound(known.somebody_is_silent, protocol);
  if (known.by_protocol.contains(protocol)) result = known.Merge(protocol);
  metrics_.LookUpFinished(LookUpKind::kProtocol, OutcomeOf(result.status()),
                          clock_.MonotonicNow() - begin);
  co_return result;
}

// Of `protocol`, or of all if it is empty.
boost::asio::awaitable<ThirdPartyLookUp::Known> ThirdPartyLookUp::Learn(
    std::string protocol, Context context) {
  const auto snapshot = registry_.Snapshot();
  // What is known, or the index in `asked` of who is asked, in order.
  struct Part {
    ProtocolMemory::Key key;
    std::optional<ProtocolMemory::Info> info;
  };
  std::vector<Part> parts;
  std::vector<FanOut::Target> asked;
  Known known;
  for (const auto& registration : snapshot->registrations()) {
    if (registration == nullptr || registration->url.empty()) continue;
    for (const std::string& name : registration->protocols) {
      if (!protocol.empty() && name != protocol) continue;
      Part part{.key = {.appservice_uid = registration->uid,
                        .registration_revision = registration->revision,
                        .protocol = name},
                .info = std::nullopt};
      part.info = memory_.Find(part.key);
      if (!part.info.has_value()) {
        asked.push_back({.registration = registration.get(),
                         .route = Route::kThirdPartyProtocol,
                         .id = name});
      }
      parts.push_back(std::move(part));
    }
  }
  std::vector<std::optional<ProtocolMemory::Info>> learnt(asked.size());
  size_t learnt_bytes = 0;
  const auto learn = [&](size_t index, absl::StatusOr<std::string> answer) {
    if (absl::IsUnavailable(answer.status())) return true;
    if (answer.ok()) learnt_bytes += answer->size();
    learnt[index] =
        InfoOf(answer, *asked[index].registration, context, line_quota_);
    return learnt_bytes < kLearntBytesMax;
  };
  co_await fan_out_.Ask(asked, context.request_id, context.patience, learn);
  auto next = learnt.begin();
  for (Part& part : parts) {
    if (!part.info.has_value()) {
      part.info = *next++;
      if (!part.info.has_value()) {
        known.somebody_is_silent = true;
        continue;
      }
      memory_.Add(part.key, *part.info);
    }
    known.Add(part.key.protocol, *part.info);
  }
  co_return known;
}

boost::asio::awaitable<absl::StatusOr<std::string>> ThirdPartyLookUp::Find(
    Search search, Context context) {
  const absl::Duration begin = clock_.MonotonicNow();
  const auto snapshot = registry_.Snapshot();
  const std::vector<FanOut::Target> targets = TargetsOf(*snapshot, search);
  EntryList entries(search.kind == LookUpKind::kUser ? "userid" : "alias");
  bool somebody_is_silent = false;
  const auto take = [&](size_t index, absl::StatusOr<std::string> answer) {
    if (!answer.ok()) {
      somebody_is_silent |= absl::IsUnavailable(answer.status());
      return true;
    }
    const absl::Status taken = entries.Add(*answer);
    if (!taken.ok()) {
      LogMalformed(*targets[index].registration, taken, context.request_id,
                   line_quota_);
    }
    return !entries.is_full();
  };
  co_await fan_out_.Ask(targets, context.request_id, context.patience, take);
  absl::StatusOr<std::string> result = NothingFound(
      somebody_is_silent,
      search.protocol.empty() ? search.matrix_id : search.protocol);
  if (!entries.empty()) result = entries.json();
  metrics_.LookUpFinished(search.kind, OutcomeOf(result.status()),
                          clock_.MonotonicNow() - begin);
  co_return result;
}

std::vector<FanOut::Target> ThirdPartyLookUp::TargetsOf(
    const RegistrySnapshot& snapshot, const Search& search) const {
  const bool is_user = search.kind == LookUpKind::kUser;
  FanOut::Target target{
      .route = is_user ? Route::kThirdPartyUser : Route::kThirdPartyLocation,
      .id = search.protocol,
      .parameters = search.fields};
  std::vector<FanOut::Target> targets;
  if (!search.protocol.empty()) {
    for (const Registration* registration :
         FindByProtocol(snapshot, search.protocol)) {
      target.registration = registration;
      targets.push_back(target);
    }
    return targets;
  }
  // Whose the ID is, if it is on any network.
  target.parameters = {{is_user ? "userid" : "alias", search.matrix_id}};
  const Question question{
      .kind = is_user ? QuestionKind::kUser : QuestionKind::kRoomAlias,
      .id = search.matrix_id};
  for (const std::string& uid :
       FindCandidates(snapshot, question).appservice_uids) {
    target.registration = snapshot.FindByUid(uid);
    if (!target.registration->protocols.empty()) targets.push_back(target);
  }
  return targets;
}

}  // namespace causeway::query
