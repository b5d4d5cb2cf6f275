#include "services/push_dispatcher/queue_proto.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace causeway::push {
namespace {

using Transaction = v1::ListTransactionsResponse::Transaction;

void SetTime(absl::Time time, google::protobuf::Timestamp& proto) {
  const int64_t nanos = absl::ToUnixNanos(time);
  proto.set_seconds(nanos / 1000000000);
  proto.set_nanos(static_cast<int32_t>(nanos % 1000000000));
}

v1::Queue::State StateOf(const QueueSummary& summary,
                         const KnownDelivery& delivery) {
  if (!summary.unreadable.empty()) return v1::Queue::UNKNOWN;
  // Also before its owner has heard of it.
  if (summary.settings.paused) return v1::Queue::PAUSED;
  if (delivery.ok()) return delivery->state();
  return summary.head.sealed.empty() && summary.queued_events == 0
             ? v1::Queue::IDLE
             : v1::Queue::UNKNOWN;
}

// What is told of a queue besides what the store knows.
void Merge(const Delivery& delivery, v1::Queue& queue) {
  queue.set_attempts(delivery.attempts());
  queue.set_last_error(delivery.last_error());
  queue.set_last_http_status(delivery.last_http_status());
  queue.set_last_answer(delivery.last_answer());
  if (delivery.has_last_attempt_time()) {
    *queue.mutable_last_attempt_time() = delivery.last_attempt_time();
  }
  if (delivery.has_next_attempt_time()) {
    *queue.mutable_next_attempt_time() = delivery.next_attempt_time();
  }
}

v1::Policy::OnRejection ToProto(OnRejection on_rejection) {
  switch (on_rejection) {
    case OnRejection::kBlock:
      break;
    case OnRejection::kQuarantine:
      return v1::Policy::QUARANTINE;
    case OnRejection::kSkip:
      return v1::Policy::SKIP;
  }
  return v1::Policy::BLOCK;
}

v1::Policy::OnExpiry ToProto(OnExpiry on_expiry) {
  switch (on_expiry) {
    case OnExpiry::kDeliver:
      break;
    case OnExpiry::kQuarantine:
      return v1::Policy::QUARANTINE_EXPIRED;
    case OnExpiry::kDrop:
      return v1::Policy::DROP_EXPIRED;
  }
  return v1::Policy::DELIVER_EXPIRED;
}

v1::Policy ToProto(const QueueSettings& settings) {
  v1::Policy policy;
  policy.set_on_rejection(ToProto(settings.on_rejection));
  policy.set_rejections_max(settings.rejections_max);
  policy.set_on_expiry(ToProto(settings.on_expiry));
  if (settings.event_age_max != absl::InfiniteDuration()) {
    policy.set_event_age_max_seconds(
        absl::ToInt64Seconds(settings.event_age_max));
  }
  policy.set_remembers_every_txn_id(settings.remembers_every_id);
  return policy;
}

Transaction::State StateOf(const SetAsideTransaction& transaction) {
  if (transaction.replay_time.has_value()) return Transaction::REPLAYED;
  if (transaction.expire_time.has_value()) return Transaction::EXPIRED;
  switch (transaction.kind) {
    case Settlement::Kind::kQuarantined:
      return Transaction::QUARANTINED;
    case Settlement::Kind::kDropped:
      return Transaction::DROPPED;
    default:
      return Transaction::SKIPPED;
  }
}

Transaction ToProto(const SealedTransaction& sealed, int64_t after_position,
                    const SourceNames& sources) {
  Transaction proto;
  proto.set_txn_id(sealed.txn_id);
  proto.set_state(Transaction::SEALED);
  proto.set_event_count(sealed.event_count);
  const auto source = sources.find(sealed.source_id);
  if (source != sources.end()) proto.set_source(source->second);
  proto.set_after_position(after_position);
  proto.set_last_position(sealed.last_position);
  return proto;
}

}  // namespace

v1::Queue::State ToProto(QueueState state) {
  switch (state) {
    case QueueState::kIdle:
      return v1::Queue::IDLE;
    case QueueState::kSending:
      return v1::Queue::SENDING;
    case QueueState::kBackingOff:
      return v1::Queue::BACKING_OFF;
    case QueueState::kBlocked:
      return v1::Queue::BLOCKED;
    case QueueState::kPaused:
      return v1::Queue::PAUSED;
    case QueueState::kQuarantining:
      return v1::Queue::QUARANTINING;
  }
  return v1::Queue::STATE_UNSPECIFIED;
}

Delivery ToProto(AppserviceUid uid, const DeliveryStatus& status,
                 const Clock& clock) {
  Delivery delivery;
  delivery.set_appservice_uid(absl::StrCat(uid));
  delivery.set_state(ToProto(StateOf(status)));
  delivery.set_txn_id(status.txn_id);
  delivery.set_attempts(status.attempts);
  delivery.set_last_error(status.phase == Phase::kBlocked ? status.obstacle
                                                          : status.last_error);
  delivery.set_last_http_status(status.last_http_status);
  delivery.set_last_answer(status.last_answer_excerpt);
  if (status.last_attempt_time != absl::UnixEpoch()) {
    SetTime(status.last_attempt_time, *delivery.mutable_last_attempt_time());
  }
  if (status.phase == Phase::kBackingOff) {
    SetTime(clock.Now() + (status.next_attempt_at - clock.MonotonicNow()),
            *delivery.mutable_next_attempt_time());
  }
  return delivery;
}

v1::Queue ToProto(const QueueSummary& summary, const KnownDelivery& delivery) {
  const auto& sealed = summary.head.sealed;
  v1::Queue queue;
  queue.set_appservice_uid(absl::StrCat(summary.uid));
  queue.set_appservice_id(summary.appservice_id);
  queue.set_state(StateOf(summary, delivery));
  queue.set_queued_events(summary.queued_events);
  if (summary.oldest_time.has_value()) {
    SetTime(*summary.oldest_time, *queue.mutable_oldest_event_time());
  }
  if (!sealed.empty()) {
    queue.set_txn_id(sealed.front().txn_id);
    queue.set_txn_events(sealed.front().event_count);
  }
  queue.set_sealed_transactions(static_cast<int32_t>(sealed.size()));
  queue.set_set_aside_transactions(summary.set_aside_transactions);
  queue.set_delivered_transactions(summary.delivered_transactions);
  queue.set_delivered_events(summary.delivered_events);
  queue.set_owner(summary.owner);
  queue.set_epoch(summary.epoch);
  *queue.mutable_policy() = ToProto(summary.settings);
  queue.set_body_bytes_max_learned(summary.settings.body_bytes_max_learned);
  if (!summary.unreadable.empty()) {
    queue.set_owner_error(absl::StrCat(
        "what is stored of it can't be read, so that nobody can hold it: ",
        summary.unreadable));
  } else if (delivery.ok()) {
    Merge(*delivery, queue);
  } else {
    queue.set_owner_error(std::string(delivery.status().message()));
  }
  return queue;
}

std::vector<Transaction> SealedToProto(const QueueHead& head,
                                       const KnownDelivery& delivery,
                                       const SourceNames& sources) {
  std::vector<Transaction> protos;
  Cursors cursors = head.cursors;
  for (const SealedTransaction& sealed : head.sealed) {
    protos.push_back(ToProto(sealed, cursors.Get(sealed.source_id), sources));
    cursors.Set(sealed.source_id, sealed.last_position);
    if (delivery.ok() && delivery->txn_id() == sealed.txn_id &&
        delivery->attempts() > 0) {
      Transaction& tried = protos.back();
      tried.set_attempts(delivery->attempts());
      tried.set_last_error(delivery->last_error());
      tried.set_last_http_status(delivery->last_http_status());
      tried.set_last_answer(delivery->last_answer());
      *tried.mutable_last_attempt_time() = delivery->last_attempt_time();
    }
  }
  return protos;
}

Transaction ToProto(const SetAsideTransaction& transaction,
                    const SourceNames& sources) {
  Transaction proto =
      ToProto(transaction.sealed, transaction.after_position, sources);
  proto.set_state(StateOf(transaction));
  proto.set_reason(transaction.reason);
  SetTime(transaction.settle_time, *proto.mutable_settle_time());
  if (transaction.replay_time.has_value()) {
    SetTime(*transaction.replay_time, *proto.mutable_replay_time());
  }
  const LastAttempt& last = transaction.last_attempt;
  if (last.attempts > 0) {
    proto.set_attempts(last.attempts);
    proto.set_last_error(last.error);
    proto.set_last_http_status(last.http_status);
    proto.set_last_answer(last.answer_excerpt);
    SetTime(last.time, *proto.mutable_last_attempt_time());
  }
  return proto;
}

v1::ListAuditRecordsResponse::Record ToProto(const AuditRecord& record) {
  v1::ListAuditRecordsResponse::Record proto;
  SetTime(record.create_time, *proto.mutable_create_time());
  proto.set_actor(record.actor);
  proto.set_action(record.action);
  proto.set_appservice_id(record.appservice_id);
  proto.set_reason(record.reason);
  proto.set_detail(record.detail);
  return proto;
}

}  // namespace causeway::push
