#include "services/push_dispatcher/store/queue_act.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/push_dispatcher/core/segment.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/queue_setting_names.h"
#include "services/push_dispatcher/store/set_aside_body.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

std::string Describe(const SealedTransaction& sealed) {
  return absl::StrCat(sealed.txn_id, ", events: ", sealed.event_count);
}

std::string Describe(const QueueSettings& policy) {
  return absl::StrCat(
      "on_rejection=", OnRejectionName(policy.on_rejection),
      " rejections_max=", policy.rejections_max,
      " on_expiry=", OnExpiryName(policy.on_expiry),
      " event_age_max=", absl::FormatDuration(policy.event_age_max),
      " remembers_every_txn_id=", policy.remembers_every_id ? "true" : "false");
}

// One overload an act. They change what is as it was before.
class Acting {
 public:
  Acting(const std::string& reason, const QueueFacts& facts)
      : reason_(reason),
        facts_(facts),
        change_{.head = facts.head, .settings = facts.settings} {}

  absl::Status operator()(const PauseQueue&) {
    change_.settings.paused = true;
    return Record("queue_paused", "");
  }

  absl::Status operator()(const ResumeQueue&) {
    change_.settings.paused = false;
    return Record("queue_resumed", "");
  }

  absl::Status operator()(const SetPolicy& act) {
    change_.settings = act.policy;
    change_.settings.paused = facts_.settings.paused;
    change_.settings.body_bytes_max_learned = 0;
    return Record("policy_set", Describe(act.policy));
  }

  absl::Status operator()(const RetryHead&) { return Record("retry_now", ""); }

  absl::Status operator()(const SkipTransaction& act) {
    std::vector<SealedTransaction>& list = change_.head.sealed;
    if (list.empty() || list.front().txn_id != act.txn_id) {
      return absl::FailedPreconditionError(
          absl::StrCat("the first sealed transaction of ", facts_.appservice_id,
                       " is ", list.empty() ? "none" : list.front().txn_id));
    }
    const SealedTransaction sealed = list.front();
    list.erase(list.begin());
    Cursors& cursors = change_.head.cursors;
    change_.records.set_aside.push_back(
        {.transaction = {.sealed = sealed,
                         .after_position = cursors.Get(sealed.source_id),
                         .kind = Settlement::Kind::kSkipped,
                         .reason = reason_,
                         .last_attempt = act.last_attempt},
         .body = nullptr});
    cursors.Set(sealed.source_id, sealed.last_position);
    change_.event_count = sealed.event_count;
    return Record("transaction_skipped", Describe(sealed));
  }

  absl::Status operator()(const MoveToNow&) {
    change_.head.sealed.clear();
    change_.head.cursors = facts_.source_ends;
    change_.event_count = facts_.queued_events;
    return Record("moved_to_now",
                  absl::StrCat("events given up: ", facts_.queued_events));
  }

  absl::Status operator()(const ReplayTransaction& act) {
    if (!facts_.set_aside.has_value()) {
      return absl::NotFoundError(absl::StrCat("no transaction ", act.txn_id,
                                              " of ", facts_.appservice_id,
                                              " was set aside"));
    }
    const SetAsideTransaction& set_aside = *facts_.set_aside;
    if (set_aside.kind != Settlement::Kind::kQuarantined) {
      return absl::FailedPreconditionError(
          absl::StrCat(act.txn_id, " was ", SettlementName(set_aside.kind),
                       "; only what is quarantined can be replayed"));
    }
    if (set_aside.replay_time.has_value()) {
      return absl::FailedPreconditionError(absl::StrCat(
          act.txn_id, " was replayed already, at ",
          absl::FormatTime(*set_aside.replay_time, absl::UTCTimeZone())));
    }
    if (set_aside.expire_time.has_value()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the bytes of ", act.txn_id, " were dropped, at ",
          absl::FormatTime(*set_aside.expire_time, absl::UTCTimeZone())));
    }
    CAUSEWAY_ASSIGN_OR_RETURN(
        BodyEvents replayed,
        EventsOfBody(set_aside.sealed.body_format, facts_.body));
    change_.replayed_events = std::move(replayed.events);
    change_.replayed_to_device = std::move(replayed.to_device);
    change_.event_count = static_cast<int64_t>(change_.replayed_events.size());
    return Record("transaction_replayed", Describe(set_aside.sealed));
  }

  absl::Status operator()(const ReplayEvents& act) {
    change_.replayed_events = act.events;
    change_.replayed_to_device = act.to_device;
    change_.event_count = static_cast<int64_t>(act.events.size());
    return Record("range_replayed", act.detail);
  }

  QueueChange TakeChange() { return std::move(change_); }

 private:
  absl::Status Record(absl::string_view action, absl::string_view detail) {
    change_.records.acts.push_back({.action = std::string(action),
                                    .detail = ToReason(detail),
                                    .reason = reason_});
    return absl::OkStatus();
  }

  const std::string& reason_;
  const QueueFacts& facts_;
  QueueChange change_;
};

}  // namespace

absl::Status NoSuchQueue(absl::string_view appservice_id) {
  return absl::NotFoundError(
      absl::StrCat("no queue of application service ", appservice_id));
}

absl::StatusOr<QueueChange> ApplyAct(const QueueAct& act,
                                     const std::string& reason,
                                     const QueueFacts& facts) {
  Acting acting(reason, facts);
  CAUSEWAY_RETURN_IF_ERROR(std::visit(acting, act));
  return acting.TakeChange();
}

IngestBatch ReplayBatch(const SourceState& source, AppserviceUid uid,
                        const std::vector<std::string>& events,
                        const EventSet& to_device) {
  IngestBatch batch;
  batch.before = source;
  batch.end = source.end;
  EventSet set;
  std::vector<absl::string_view> records;
  for (const std::string& event : events) {
    set.Add(records.size());
    records.push_back(event);
    batch.end = NextPoint(batch.end, matrix::Sha256(event));
  }
  batch.segment =
      Segment::Of(records, to_device).Encode(batch.end.prefix_sha256);
  batch.entries.push_back({.uid = uid,
                           .last_position = batch.end.position - 1,
                           .events = std::move(set)});
  return batch;
}

}  // namespace causeway::push
